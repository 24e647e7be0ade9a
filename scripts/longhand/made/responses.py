"""Responses as a made dataset takes them: each with its prompt, and why it is left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from longhand.prompts.datasets import prompt_id
from longhand.tables.by_prompt import rows_by_prompt
from longhand.tables.files import Row
from longhand.tables.filtered import filtered_rows

NO_TEXT = ("no_text", "rejected", "truncated")
"""Filters of all made datasets: the responses that have no text, or not all of it."""
PROMPT_COLUMNS = ("prompt", "language", "category", "constraint", "required", "required_min", "required_max")


@dataclass(frozen=True)
class Response:
    """A response to a prompt.

    Attributes:
        prompt: its row of the prompts table.
        status, text, error: of the response.
        imagined: the text is not written yet, and this one, of the length that is expected, stands for it in a plan.
    """

    prompt: Row
    status: str
    text: str | None
    error: str | None = None
    imagined: bool = False

    @property
    def lacking(self) -> str | None:
        """Which of NO_TEXT drops it; None: it has a whole text."""
        if self.status in ("rejected", "truncated"):
            return self.status
        return None if self.status == "ok" and self.text is not None and self.text.strip() else "no_text"


@dataclass
class Dropped:
    """What became of the rows, filter by filter.

    Attributes:
        filters: in the order in which they are applied.
        total: rows that there were.
        counts: filter -> rows that it dropped.
        reasons: what was said of rejected responses.
        first: filter -> the name of the first that it dropped, where rows have one before they are made.
    """

    filters: Sequence[str] = ()
    total: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)

    @property
    def left(self) -> int:
        """Rows that no filter dropped."""
        return self.total - self.counts.total()

    def drop(self, name: str, of: str) -> None:
        """Counts what a filter drops, by its name."""
        self.counts[name] += 1
        self.first.setdefault(name, of)

    def rows(self) -> Iterator[Row]:
        """The rows of the table of filters."""
        return filtered_rows(self.total, self.filters, self.counts)

    def summary(self) -> str:
        """The counts of what was dropped, in words: "40 rejected (most often: not suited), 2 truncated"."""
        parts = []
        for name in (name for name in self.filters if self.counts[name]):
            why = self.reasons.most_common(1) if name == "rejected" else []
            most = "".join(f" (most often: {reason})" for reason, _ in why)
            first = f" (first: {self.first[name]})" if name in self.first else ""
            parts.append(f"{self.counts[name]} {name}{most}{first}")
        return ", ".join(parts) or "none dropped"


def responses_of(prompts: Iterable[Row], responses: Iterable[Row], where: str) -> Iterator[Response]:
    """The responses to a dataset's prompts, in the order of the tables.

    Args:
        prompts, responses: rows of both tables.
        where: the table of responses, for the message.

    Raises:
        LonghandError: the tables do not belong together.
    """
    for prompt, rows in rows_by_prompt(prompts, responses, where):
        for row in rows:
            yield Response(prompt, row["status"], row["response"], row["error"], row.get("imagined", False))


def with_text(responses: Iterable[Response], dropped: Dropped) -> Iterator[tuple[Response, str]]:
    """The responses that have a whole text, with it; the others are counted."""
    for response in responses:
        dropped.total += 1
        if (lacking := response.lacking) is not None or response.text is None:
            dropped.counts[lacking or "no_text"] += 1
            if lacking == "rejected" and response.error:
                dropped.reasons[response.error] += 1
        else:
            yield response, response.text


def prompt_row(name: str, source: Mapping[str, object], **columns: object) -> Row:
    """A row of the prompts table of a made dataset.

    Args:
        name: of the dataset.
        source: the row that it is made of, whose language, category and lengths it keeps.
        columns: what it has of its own.
    """
    nothing = dict.fromkeys(("context", "reference", "other_references", "examples", "criteria"))
    row: Row = {key: source.get(key) for key in PROMPT_COLUMNS} | nothing | columns
    return {"prompt_id": prompt_id(name, row["prompt"], row["context"])} | row
