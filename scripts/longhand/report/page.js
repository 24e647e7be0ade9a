// The page's own script: tables sort and filter, charts are drawn. Without it the page shows the same.
(function () {
  "use strict";

  function element(tag, attributes, text) {
    var made = document.createElement(tag);
    Object.keys(attributes || {}).forEach(function (name) { made.setAttribute(name, attributes[name]); });
    if (text !== undefined) made.textContent = text;
    return made;
  }

  // What a cell sorts by: its number where it begins with one, else its words. What is small in it does not count.
  function sortKey(cell) {
    if (!cell) return null;
    var copy = cell.cloneNode(true);
    copy.querySelectorAll(".small, .n, .flag, .demo, .strip, .up, .down, svg").forEach(function (part) { part.remove(); });
    var text = copy.textContent.trim();
    if (!text || text === "—") return null;
    var number = /^[$+▲▼]?([−-]?)[$]?(\d[\d,]*(?:\.\d+)?)/.exec(text);
    if (number) return (number[1] ? -1 : 1) * Number(number[2].replace(/,/g, ""));
    return text.toLowerCase();
  }

  function compare(a, b, down) {
    if (a === null || b === null) return (a === null) - (b === null); // what is missing comes last both ways
    var order = typeof a === typeof b ? (a < b ? -1 : a > b ? 1 : 0) : typeof a === "number" ? -1 : 1;
    return down ? -order : order;
  }

  // The header cells of the lowest row that stand over one column each: [cell, column].
  function columnHeads(head) {
    var taken = [], heads = [];
    Array.from(head.rows).forEach(function (row, y) {
      var x = 0;
      Array.from(row.cells).forEach(function (cell) {
        while (taken[y] && taken[y][x]) x += 1;
        for (var down = 0; down < cell.rowSpan; down += 1) {
          taken[y + down] = taken[y + down] || [];
          for (var across = 0; across < cell.colSpan; across += 1) taken[y + down][x + across] = true;
        }
        if (cell.colSpan === 1 && y + cell.rowSpan === head.rows.length) heads.push([cell, x]);
        x += cell.colSpan;
      });
    });
    return heads;
  }

  function sortable(table) {
    var head = table.tHead, body = table.tBodies[0];
    if (!head || !body || body.rows.length < 2 || table.querySelector("tbody [rowspan], tbody [colspan]")) return;
    columnHeads(head).forEach(function (pair) {
      var cell = pair[0], column = pair[1];
      var button = element("button", { type: "button", class: "sort", title: "sort by this column" });
      while (cell.firstChild) button.append(cell.firstChild);
      cell.append(button);
      button.addEventListener("click", function () {
        var was = cell.getAttribute("aria-sort");
        var first = sortKey(body.rows[0].cells[column]);
        var down = was ? was === "ascending" : typeof first === "number";
        head.querySelectorAll("[aria-sort]").forEach(function (other) { other.removeAttribute("aria-sort"); });
        cell.setAttribute("aria-sort", down ? "descending" : "ascending");
        var rows = Array.from(body.rows).map(function (row, place) { return [sortKey(row.cells[column]), place, row]; });
        rows.sort(function (a, b) { return compare(a[0], b[0], down) || a[1] - b[1]; });
        rows.forEach(function (row) { body.append(row[2]); });
      });
    });
    if (body.rows.length >= 6) filterable(table, body);
  }

  function filterable(table, body) {
    var box = element("input", { type: "search", class: "filter", placeholder: "filter rows", "aria-label": "Filter rows" });
    var count = element("span", { class: "small", role: "status" }, "");
    var line = element("p", { class: "filterline" });
    line.append(box, count);
    (table.closest(".scroll") || table).before(line);
    box.addEventListener("input", function () {
      var words = box.value.toLowerCase().split(/\s+/).filter(Boolean), shown = 0;
      Array.from(body.rows).forEach(function (row) {
        var text = row.textContent.toLowerCase();
        row.hidden = !words.every(function (word) { return text.includes(word); });
        shown += row.hidden ? 0 : 1;
      });
      count.textContent = words.length ? shown + " of " + body.rows.length + " rows" : "";
    });
  }

  // What a mark of a chart says when it is pointed at: plain text, whatever stands in the data.
  var tip = element("div", { id: "tip", role: "tooltip", hidden: "" });
  document.body.append(tip);
  function pointed(_, event, item, value) {
    tip.replaceChildren();
    tip.hidden = value === null || value === undefined || value === "";
    if (tip.hidden) return;
    Object.keys(Object(value)).forEach(function (name) {
      var line = element("div");
      line.append(element("span", {}, name + " "), element("b", {}, String(value[name])));
      tip.append(line);
    });
    var x = Math.min(event.clientX + 14, document.documentElement.clientWidth - tip.offsetWidth - 4);
    var y = event.clientY + 14 + tip.offsetHeight > window.innerHeight ? event.clientY - tip.offsetHeight - 8 : event.clientY + 14;
    tip.style.left = Math.max(4, x) + "px";
    tip.style.top = Math.max(4, y) + "px";
  }
  window.addEventListener("scroll", function () { tip.hidden = true; }, { passive: true, capture: true });

  function drawChart(figure) {
    var spec = JSON.parse(figure.querySelector('script[type="application/json"]').textContent);
    var picture = figure.querySelector(".plot"), place = element("div", { class: "plot" });
    var options = { mode: "vega-lite", ast: true, renderer: "svg", actions: false, tooltip: pointed, defaultStyle: false };
    place.hidden = true;
    picture.after(place);
    return window.vegaEmbed(place, spec, options).then(function () {
      var svg = place.querySelector("svg");
      svg.removeAttribute("width"); // as wide as there is room, as the picture was
      svg.removeAttribute("height");
      ["role", "aria-label"].forEach(function (name) { place.setAttribute(name, picture.getAttribute(name)); });
      picture.remove();
      place.hidden = false;
      figure.setAttribute("data-drawn", "");
    }, function (error) {
      place.remove(); // the picture stays
      console.warn("a chart cannot be drawn: " + error.message);
    });
  }

  document.querySelectorAll("main table").forEach(sortable);
  if (!window.vegaEmbed) return;
  var near = new IntersectionObserver(function (entries) {
    entries.filter(function (entry) { return entry.isIntersecting; }).forEach(function (entry) {
      near.unobserve(entry.target);
      drawChart(entry.target);
    });
  }, { rootMargin: "400px" });
  document.querySelectorAll("figure.chart").forEach(function (figure) { near.observe(figure); });
})();
