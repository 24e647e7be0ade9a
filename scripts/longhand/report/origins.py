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
    evaluation, data = ([row for row in rows if row["used_for"] == use] for use in ("evaluation", "data"))
    sentences = [_cost(evaluation), _cost_of_data(data)]
    if not any(sentences):
        return "No price is known, so no cost." if any(map(_lacks_price, rows)) else ""
    return " ".join(filter(None, [*sentences, _paid(paid)]))


def _cost(rows: Sequence[Row]) -> str:
    """Of the answers that are evaluated: the parts that cost something, and the sum of several."""
    whole = {row["what"]: row for row in rows if row["name"] is None and row["cost"] is not None}
    parts = [f"{money(whole[what]['cost'])} for {words}" for what, words in PARTS.items() if what in whole]
    if not parts:
        return ""
    sums = f"{money(whole['all']['cost'])}: {listed(parts)}" if len(parts) > 1 else parts[0]
    again = whole["all"]["shared"]
    once = f" {counted(again, 'answer')} came of questions that were paid once for several." if again else ""
    return f"Cost {sums}, by the prices in the config{_unpriced(rows)}.{once}"


def _cost_of_data(rows: Sequence[Row]) -> str:
    """Of all else that was written and judged: for training data, labels, and anchors of judges."""
    usd = next((row["cost"] for row in rows if row["what"] == "all"), None)
    return "" if usd is None else f"What is not on the leaderboard cost {money(usd)} more{_unpriced(rows)}."


def _unpriced(rows: Sequence[Row]) -> str:
    names = list(dict.fromkeys(row["name"] for row in rows if row["name"] is not None and _lacks_price(row)))
    return f"; {listed(names)} {'has' if len(names) == 1 else 'have'} no price" if names else ""


def _lacks_price(row: Row) -> bool:
    return row["cost"] is None and (row["prompt_tokens"], row["completion_tokens"]) != (None, None)


def _paid(rows: Sequence[Row]) -> str:
    """What the journal says: other runs may share it, and it has what is in no table any more."""
    whole = next((row for row in rows if row["name"] is None and row["usd"] is not None), None)
    if whole is None:
        return ""
    lost = f"; {counted(whole['maybe_paid'], 'request')} without a reply may make it {money(whole['usd_at_most'])}"
    return f"By the journal, {money(whole['usd'])} was paid over all runs{lost if whole['maybe_paid'] else ''}."


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
    page = f"{_minute(made)} UTC"
    ends = dict.fromkeys(_minute(datetime.fromisoformat(row[end])) for row in rows for end in ("first", "last"))
    if not ends:
        return f"This page was made at {page}."
    span = f"at {next(iter(ends))}" if len(ends) == 1 else "from {} to {}".format(*ends)
    return f"Tables written {span} UTC, this page at {page}."


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
