"""Links from the report into the reader beside it."""

from __future__ import annotations

from urllib.parse import quote, urlencode

READER = "browse/index.html"


def response_link(dataset: str, prompt_id: str, model: str, sample: int) -> str:
    """Where one response is read."""
    return f"{READER}#/" + "/".join(quote(str(part), safe="") for part in (dataset, prompt_id, model, sample))


def worst_first_link(dataset: str, model: str, metric: str, judge: str | None) -> str:
    """Where the responses of a model are listed, those with the lowest score first."""
    choices = {"model": model, "metric": metric, "judge": judge or "", "list": "responses", "sort": "lowest"}
    return f"{READER}#/{quote(dataset, safe='')}?" + urlencode(
        {name: value for name, value in choices.items() if value}
    )
