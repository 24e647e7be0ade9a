"""Training data in the formats of trainers other than TRL, and the card that goes with it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from longhand.program.printable import printable
from longhand.tables.files import Row

DATASET_INFO = "dataset_info.json"
_SHAREGPT = {"user": "human", "assistant": "gpt"}
# What some readers take for the end of a line (U+0085, U+2028, U+2029), and what UTF-8 cannot hold (half a surrogate).
_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def json_line(value: object) -> str:
    """JSON on one line, whatever its texts hold; other scripts than Latin stay readable."""
    return _ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", json.dumps(value, ensure_ascii=False))


def turns(messages: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """The texts of a conversation by role; one of each."""
    return {message["role"]: message["content"] for message in messages}


def preference_line(pair: Row) -> Row:
    """A pair as plain text: prompt, chosen, rejected, and the system message where there is one."""
    request = turns(pair["prompt"])
    system = {"system": request["system"]} if "system" in request else {}
    answers = {side: turns(pair[side])["assistant"] for side in ("chosen", "rejected")}
    return {"prompt_id": pair["prompt_id"], **system, "prompt": request["user"], **answers}


def conversation_line(row: Row) -> Row:
    """A row of the table SFT as plain text: the last question and its answer, and what was said before."""
    system, turns_of_both = _apart(row["messages"])
    texts = [turn["content"] for turn in turns_of_both]
    history = [texts[n : n + 2] for n in range(0, len(texts) - 2, 2)]
    return {
        "prompt": texts[-2],
        "response": texts[-1],
        "system": system,
        "history": history,
        "source": row["source"],
    }


def llama_factory_line(line: Row) -> Row:
    """A line of plain text in LLaMA-Factory's alpaca form."""
    ranked: Row = {key: line[key] for key in ("chosen", "rejected") if key in line}
    request = {"instruction": line["prompt"], "input": "", "system": line.get("system", "")}
    return request | (ranked or {"output": line["response"], "history": line["history"]})


def llama_factory_info(name: str, ranking: bool) -> Row:
    """The entry of LLaMA-Factory's dataset_info.json for `{name}.json` beside it."""
    answers = {"chosen": "chosen", "rejected": "rejected"} if ranking else {"response": "output", "history": "history"}
    columns = {"prompt": "instruction", "query": "input", "system": "system", **answers}
    return {name: {"file_name": f"{name}.json", "ranking": ranking, "columns": columns}}


def sharegpt_line(row: Row) -> Row:
    """A row of the table SFT in ShareGPT's form, as LLaMA-Factory reads it."""
    system, turns_of_both = _apart(row["messages"])
    shared_turns = [{"from": _SHAREGPT[turn["role"]], "value": turn["content"]} for turn in turns_of_both]
    return {"conversations": shared_turns, "system": system}


def sharegpt_info(name: str) -> Row:
    """The entry of LLaMA-Factory's dataset_info.json for `{name}.json` in ShareGPT's form beside it."""
    columns = {"messages": "conversations", "system": "system"}
    return {name: {"file_name": f"{name}.json", "formatting": "sharegpt", "columns": columns}}


def _apart(messages: list[dict[str, str]]) -> tuple[str, list[dict[str, str]]]:
    """The system message, empty without one, and the turns of user and assistant."""
    first = messages[0]
    return (first["content"], messages[1:]) if first["role"] == "system" else ("", messages)


def write_jsonl(path: Path, rows: Iterable[Row]) -> int:
    """One JSON object a line; returns how many."""
    number = 0
    with path.open("w", encoding="utf-8") as file:
        for number, row in enumerate(rows, 1):  # noqa: B007
            file.write(json_line(row) + "\n")
    return number


def write_json_list(path: Path, rows: Iterable[Row]) -> None:
    """A JSON list, a row at a time."""
    with path.open("w", encoding="utf-8") as file:
        file.write("[")
        for number, row in enumerate(rows):
            file.write((",\n" if number else "\n") + json_line(row))
        file.write("\n]\n")


def card(
    title: str,
    what: str,
    parts: Mapping[str, Mapping[str, Any]],
    counts: Mapping[str, Sequence[object]],
    file: str,
    columns: Sequence[str] = ("rows",),
    image: str | None = None,
) -> str:
    """A dataset card (README.md with the front matter that dataset hubs read).

    Args:
        title: name of the data.
        what: what it is, in a sentence.
        parts: where it comes from: heading -> settings (dataset, models, judge, filters).
        counts: what was kept and dropped, and why: what -> numbers.
        file: the Parquet file.
        columns: what these numbers are.
        image: a file beside the card that shows them.
    """
    lines = [
        "---",
        "configs:",
        "- config_name: default",
        f"  data_files: {file}",
        "---",
        "",
        f"# {title}",
        "",
        what,
        "",
    ]
    for heading, settings in parts.items():
        lines += [f"## {heading}", "", *_listed(settings), ""]
    lines += ["## What was kept and dropped", ""]
    if image is not None:
        lines += [f"![What each filter dropped; words required and written]({image})", ""]
    lines += [_table_row("", columns), "|---" * (1 + len(columns)) + "|"]
    lines += [_table_row(name, numbers) for name, numbers in counts.items()]
    return "\n".join(lines) + "\n"


def _table_row(name: str, cells: Sequence[object]) -> str:
    return "| " + " | ".join(map(_cell, (name, *cells))) + " |"


def _listed(settings: Mapping[str, Any]) -> Iterator[str]:
    for name, value in settings.items():
        shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        yield f"- {_cell(name)}: `{_cell(shown) or '—'}`"


def _cell(value: object) -> str:
    """Text from a config, on one line and without what Markdown, HTML or a terminal would read."""
    return printable(str(value)).translate(str.maketrans("|`<>", "/'‹›"))
