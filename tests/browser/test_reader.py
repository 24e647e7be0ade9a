"""The reader in a real browser: what is listed, found, shown and saved; hostile texts run nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import browse_example
import pytest
from browse_example import CELLS, MODELS, sample_row, score_q
from browser.chromium import Chromium
from browser.reading import Reader

from longhand.browse.page import reader_page
from longhand.report.reader import READER, worst_first_link


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    browse = tmp_path_factory.mktemp("results") / "browse"
    browse_example.main(browse)
    (browse / "index.html").write_text(reader_page(), encoding="utf-8")
    return browse


@pytest.fixture
def reader(folder: Path, chromium: Chromium) -> Iterator[Reader]:
    """What a test shows must run nothing, load nothing from elsewhere and complain of nothing."""
    yield Reader(chromium, folder)
    assert chromium.alarms == []
    assert all(url.startswith((folder.as_uri(), "data:", "blob:", "about:")) for url in chromium.requests)
    assert chromium.evaluate("window.hacked === undefined && !document.querySelector('b, [onclick]')")


def listed_prompts(reader: Reader) -> list[str]:
    """The numbers in the listed prompts, in their order."""
    return [text.split("Write text number ")[1][0] for text in reader.texts("#list a")]


def test_all_models_on_one_prompt_come_first(reader: Reader) -> None:
    reader.open()
    cards = reader.texts(".grid > li")
    assert reader.count == "8 of 8 prompts." and len(cards) == 3
    for m, card in enumerate(cards):
        row = sample_row(0, m)
        assert card.startswith(MODELS[m]) and f"{row['words']} of 300 words" in card
        assert f"SL {row['score_l']:.1f}" in card and f"Response of {MODELS[m]} to prompt 0." in card
        judges = {line.split("\t")[0].split()[0]: line.split("\t")[1:] for line in card.splitlines() if "\t" in line}
        both = [None if (q := score_q(judge, 0, m)) is None else (q, (q + row["score_l"]) / 2) for judge in (0, 1)]
        shown = [["—", "—"] if each is None else [f"{each[0]:.1f}", f"{each[1]:.1f}"] for each in both]
        assert [judges["judge"], judges["strict"]] == shown
    assert "unparsed" in cards[0]
    widths = "[...document.querySelectorAll('.grid .bar')].map(e => +e.querySelector('.written').getAttribute('width'))"
    first, second, third = reader.value(widths)
    assert first > second > third > 0
    reader.open("#/set/p3")
    assert all(word in reader.texts(".grid > li")[0] for word in ("truncated", "looped", "without a closing mark"))


@pytest.mark.parametrize(
    ("choices", "prompts"),
    [
        ({"range": "[0,500)"}, "0"),
        ({"language": "zh"}, "1357"),
        ({"category": "Report"}, "45"),
        ({"category": f"A {browse_example.HOSTILE}"}, "67"),
        ({"status": "response:failed"}, "4"),
        ({"status": "health:looped"}, "23"),
        ({"status": "health:other_language", "model": "two"}, "5"),
        ({"status": "health:other_language", "model": "one"}, ""),
        ({"status": "verdict:unparsed"}, "0"),
        ({"metric": "score_l", "least": "92"}, "01"),
        ({"metric": "score_q", "most": "59"}, "67"),
        ({"metric": "score_q", "judge": "strict", "least": "59"}, "01"),
        ({"sort": "longest"}, "76543210"),
        ({"sort": "lowest"}, "76543210"),
        ({"sort": "highest", "language": "zh"}, "1357"),
    ],
)
def test_lists_are_filtered_and_sorted(reader: Reader, choices: dict[str, str], prompts: str) -> None:
    reader.open()
    for control, value in choices.items():
        reader.choose(control, value)
    assert listed_prompts(reader) == list(prompts)
    assert reader.count == f"{len(prompts)} of 8 prompts."
    link = reader.address
    reader.open(link)
    assert listed_prompts(reader) == list(prompts), "a link has the filters and the order"
    filters = [name for name in choices if name not in ("sort", "list")]
    assert (f"({len(filters)} set)" in reader.texts("#filters summary")[0]) == bool(filters)
    if filters:
        reader.click("#clear")
        assert len(listed_prompts(reader)) == 8


def test_the_worst_response_is_found_in_the_list_of_responses(reader: Reader) -> None:
    reader.open()
    reader.choose("kind", "responses")
    reader.choose("metric", "score_q")
    reader.choose("sort", "lowest")
    assert reader.count == "24 responses."
    order = sorted(CELLS, key=lambda cell: score_q(0, *cell) or 0.0)
    shown = [(text.split("\n")[0].split()[0], text.split("number ")[1][0]) for text in reader.texts("#list a")]
    assert shown == [(MODELS[m], str(n)) for n, m in order]
    reader.click("#list a")
    assert reader.address.startswith("#/set/p7/three/0") and "Response of three to prompt 7." in reader.main


@pytest.mark.parametrize("metric", ["score", "score_l", "score_q"])
def test_a_link_of_the_report_shows_what_its_list_is_sorted_by(reader: Reader, metric: str) -> None:
    reader.open(worst_first_link("set", "three", metric, "strict").removeprefix(READER))
    chosen = "[...document.querySelectorAll('#metric option')].map(each => [each.text, each.selected])"
    names = {"score": "S̄", "score_l": "S_L", "score_q": "S_Q"}
    assert reader.value(chosen) == [[name, each == metric] for each, name in names.items()]
    assert reader.count == "8 responses."


@pytest.mark.parametrize(
    ("words", "hits"),
    [
        ("lighthouse", ["two 2"]),
        ("LIGHTHOUSE diary", ["two 2"]),
        ("grey", ["one 3", "one 4"]),
        ("grey sea", ["one 3", "one 4"]),
        ('"grey sea"', ["one 3"]),
        ("灯塔", ["three 1", "three 6"]),
        ("灯塔的日记", ["three 1"]),
        ("الحارس", ["two 5"]),
        ("ghthou", []),
        ("constructor", []),
    ],
)
def test_words_and_phrases_are_found(reader: Reader, words: str, hits: list[str]) -> None:
    reader.open()
    reader.search(words)
    assert reader.count == f"{len(hits)} response{'s' * (len(hits) != 1)}."
    entries = reader.texts("#list a")
    assert [f"{text.split()[0]} {text.split('number ')[1][0]}" for text in entries] == hits
    if not hits:
        assert "Nothing matches" in reader.main
        return
    reader.wait("document.querySelector('.snippet mark')")
    reader.click("#list a")
    marks = {text.lower() for text in reader.texts(".written-text mark")}
    assert marks and all(mark in words.lower() for mark in marks)
    assert reader.texts("mark.current")


def test_prompts_are_searched_where_the_reader_says_so(reader: Reader) -> None:
    reader.open()
    reader.choose("where", "prompts")
    reader.search('"text number 5"')
    assert listed_prompts(reader) == ["5"]
    reader.search('"!!"')
    assert "no word in it" in reader.texts("#troubles")[0]


def test_a_link_leads_to_one_response_with_its_verdicts_and_calls(reader: Reader) -> None:
    reader.open("#/set/p3/two/0")
    assert reader.texts(".response h2") == ["two"] and "Response of two to prompt 3." in reader.main
    assert reader.texts(".text .mark") == [
        "The text loops from here on",
        "The text was cut off here: it reached the limit of tokens",
    ]
    before = "document.querySelector('.text .mark').previousSibling.textContent"
    assert reader.value(before).endswith("It rains in Paris. " * 5), "the mark stands where the loop begins"
    assert reader.texts("aside h3") == ["Verdict of judge", "Verdict of strict"]
    for _ in range(2):  # boxes in boxes
        reader.value("document.querySelectorAll('main details').forEach(box => box.open = true)")
        reader.wait("!document.getElementById('main').innerText.includes('Loading')")
    for words in (
        "Relevance",
        "The judge's reply, repeat 1",
        "Since 1.",
        "partly supported",
        "It rains.",
        "section",
        "A fact.",
    ):
        assert words in reader.main, words
    assert browse_example.CONTEXT[2:9] in reader.texts(".statements")[0]


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("#/nothing/p1", "This run has no dataset “nothing”."),
        ("#/set/p99", "The dataset set has no prompt “p99”."),
        ("#/set/p1/four/0", "four has no sample 0 for this prompt."),
        ("#/set/p1/two/x", "two has no sample"),
        ("#/%E0%A4%A", "This link is damaged"),
        ("#/<img src=x onerror=hacked=1>/__proto__", "This run has no dataset"),
    ],
)
def test_a_link_to_nothing_says_so(reader: Reader, address: str, words: str) -> None:
    reader.open(address)
    assert words in reader.main


def test_two_responses_stand_side_by_side(reader: Reader) -> None:
    reader.open("#/set/p2")
    reader.click(".grid li:nth-child(1) button")
    reader.click(".grid li:nth-child(3) button")
    assert reader.address == "#/set/p2/one/0/three/0"
    assert reader.texts(".response h2") == ["one", "three"]
    left, right = reader.value("[...document.querySelectorAll('.response')].map(e => e.getBoundingClientRect().left)")
    assert left < right
    reader.press("j")
    assert reader.address == "#/set/p3/one/0/three/0", "the next prompt is read with the same models"
    reader.open("#/set/p2/one/0/three/0", width=390)
    assert reader.texts(".response h2") == ["one"]
    reader.click(".narrow button:nth-child(2)")
    assert reader.texts(".response h2") == ["three"]


def test_the_keyboard_does_it_all(reader: Reader) -> None:
    reader.open()
    addresses = []
    for key in ("j", "j", "k", "ArrowRight", "ArrowLeft", "]", "]", "[", "j", "g"):
        reader.press(key)
        addresses.append(reader.address.removeprefix("#/set/"))
    assert addresses == ["p0", "p1", "p0", "p1", "p0", "p0/one/0", "p0/two/0", "p0/one/0", "p1/one/0", "p1"]
    assert reader.value("document.activeElement.tagName") == "H2", "what is read out begins with what is new"
    assert reader.texts("#list a[aria-current]")[0].startswith("Write text number 1.")
    reader.press("/")
    assert reader.value("document.activeElement.id") == "words"
    reader.press("j")
    assert reader.value("document.getElementById('words').value") == "j", "a field takes the keys that are typed in it"
    reader.value("document.activeElement.blur()")
    reader.press("?")
    assert reader.value("document.getElementById('help').open")
    reader.press("Escape")
    assert not reader.value("document.getElementById('help').open")
    reader.press("?")
    reader.press("Enter")
    assert not reader.value("document.getElementById('help').open"), "Close has the focus"
    for _ in range(9):
        reader.press("j")
    assert reader.value("document.getElementById('spoken').textContent") == "This is the last of the list."


def test_every_control_has_a_name(reader: Reader) -> None:
    reader.open("#/set/p2/one/0")
    tree = reader.chromium.send("Accessibility.getFullAXTree")["nodes"]
    roles = ("button", "combobox", "textbox", "searchbox", "spinbutton", "link", "dialog", "navigation", "region")
    nodes = [node for node in tree if not node["ignored"] and node["role"]["value"] in roles]
    assert len(nodes) > 15
    assert [node for node in nodes if not node.get("name", {}).get("value")] == []
    assert reader.value("document.getElementById('count').getAttribute('role')") == "status"
