"""Where the page's numbers come from, in sentences: what it cost and took, when tables were written, versions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from longhand.report.wording import counted, hours, listed, money, seen
from longhand.summary.origins import EXAMPLES
from longhand.tables.files import Row

PARTS = {
    "responses": "responses",
    "verdicts": "verdicts",
    "facts": "facts of contexts",
    "embeddings": "embeddings",
}


def costs(rows: Sequence[Row], paid: Sequence[Row]) -> str:
    """What answers cost, in a few sentences; empty where nothing was asked.

    Args:
        rows: of COSTS.
        paid: of PAID.
    """
    evaluation = [row for row in rows if row["used_for"] == "evaluation"]
    data = [row for row in rows if row["used_for"] == "data"]
    sentences = [_cost(evaluation), _cost_of_data(data)]
    if not any(sentences):
        unpriced = [row for row in rows if row["name"] is not None and _lacks_price(row)]
        return "No price is known, so no cost." if unpriced else ""
    return " ".join(filter(None, [*sentences, _paid(paid)]))


def _cost(rows: Sequence[Row]) -> str:
    """Of the answers that are evaluated: the parts that cost something, and the sum of several."""
    whole = {row["what"]: row for row in rows if row["name"] is None and row["cost"] is not None}
    parts = [f"{money(whole[what]['cost'])} for {words}" for what, words in PARTS.items() if what in whole]
    if not parts:
        return ""
    sums = f"{money(whole['all']['cost'])}: {listed(parts)}" if len(parts) > 1 else parts[0]
    shared = whole["all"]["shared"]
    once = f"; {counted(shared, 'answer')} to a question that was asked before cost nothing" if shared else ""
    return f"Cost {sums}, by the prices in the config{once}{_missing(rows)}."


def _missing(rows: Sequence[Row]) -> str:
    unpriced = list(dict.fromkeys(row["name"] for row in rows if row["name"] is not None and _lacks_price(row)))
    return f"; {listed(unpriced)} {'has' if len(unpriced) == 1 else 'have'} no price" if unpriced else ""


def _lacks_price(row: Row) -> bool:
    tokens = (row["prompt_tokens"], row["completion_tokens"])
    return row["cost"] is None and tokens != (None, None)


def _cost_of_data(rows: Sequence[Row]) -> str:
    usd = next((row["cost"] for row in rows if row["what"] == "all"), None)
    return (
        "" if usd is None else f"What else was written and judged for training data cost {money(usd)}{_missing(rows)}."
    )


def _paid(rows: Sequence[Row]) -> str:
    """What the journal says: it may be shared by other runs, and has what is in no table any more."""
    whole = next((row for row in rows if row["name"] is None and row["usd"] is not None), None)
    if whole is None:
        return ""
    most = f", and at most {money(whole['usd_at_most'])}" if whole["maybe_paid"] else ""
    lost = f" if {counted(whole['maybe_paid'], 'request')} without a reply cost all they can" if most else ""
    return f"By its journal, all that was ever asked of them cost {money(whole['usd'])}{most}{lost}."


def durations(rows: Sequence[Row]) -> str:
    """How long requests of the evaluation took, in a sentence: added up, since they ran at the same time."""
    whole = {row["what"]: row["seconds"] for row in rows if row["name"] is None and row["used_for"] == "evaluation"}
    parts = [f"{hours(whole[what])} for {words}" for what, words in PARTS.items() if whole.get(what)]
    return f"Requests took {listed(parts)}, added up over all that ran at the same time." if parts else ""


def dates(rows: Sequence[Row], made: datetime) -> str:
    """When the tables were written, and when the page was made.

    Args:
        rows: of DATES.
        made: the time of the page.
    """
    ends = [_minute(datetime.fromisoformat(row[end])) for row in rows for end in ("first", "last")]
    shown = list(dict.fromkeys(ends))
    span = f"from {shown[0]} to {shown[1]}" if len(shown) > 1 else f"at {shown[0]}" if shown else ""
    page = f"this page at {_minute(made)} UTC."
    return f"Tables written {span} UTC, {page}" if span else page.capitalize()


def _minute(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M}"


def versions(rows: Sequence[Row]) -> list[tuple[str, str]]:
    """The versions that made the tables, as (name, text): `0.1.0`; where they differ, each with its tables.

    Args:
        rows: of VERSIONS; those of a name stand together, the most frequent version first.
    """
    return [(seen(name), seen(_versions(list(of_name)))) for name, of_name in groupby(rows, itemgetter("name"))]


def _versions(rows: Sequence[Row]) -> str:
    most, *others = rows
    if not others:
        return str(most["version"])
    return "; ".join([f"{most['version']} ({counted(most['tables'], 'table')})", *map(_with_examples, others)])


def _with_examples(row: Row) -> str:
    more = row["tables"] - EXAMPLES
    return f"{row['version']} ({row['examples']}{f' and {more:,} more' if more > 0 else ''})"
