"""Selects responses for supervised fine-tuning, as conversations that TRL reads, and mixes general ones in.

Reads: results/{dataset}/prompts.parquet, of one model scores.parquet and responses.parquet; files of general
conversations. Writes: of results/sft/{name}, train.parquet, filters.parquet, filters.png, train.jsonl, llama_factory/
and README.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from longhand.preferences.candidates import rows_of_judge
from longhand.preferences.exports import (
    DATASET_INFO,
    card,
    conversation_line,
    llama_factory_info,
    llama_factory_line,
    sharegpt_info,
    sharegpt_line,
    write_json_list,
    write_jsonl,
)
from longhand.preferences.mix import ChatSet, Messages, draw, rows_wanted
from longhand.preferences.plots import draw_selection
from longhand.preferences.questions import question_of
from longhand.preferences.selection import PROMPT_TEXTS, SCORED, TEXTS, Key, applied, select
from longhand.program.command import FileText, run
from longhand.program.errors import LonghandError
from longhand.tables.by_prompt import rows_by_prompt
from longhand.tables.files import Row, read_rows, write_table
from longhand.tables.schemas import FILTERED, RESPONSES
from longhand.tables.training_tables import SFT


def selected_rows(
    prompts: Path,
    responses: Path,
    kept: Mapping[Key, Row],
    question: Mapping[str, Any],
    system: str | None,
    source: str,
) -> Iterator[Row]:
    """The rows of the responses that are kept; the texts of one prompt in memory at a time."""
    of_prompts = read_rows(prompts, columns=PROMPT_TEXTS)
    for prompt, rows in rows_by_prompt(of_prompts, read_rows(responses, RESPONSES, TEXTS), str(responses)):
        for row in rows:
            if score := kept.get((row["prompt_id"], row["sample"])):
                messages = [{"role": "system", "content": system}] if system else []
                messages.append({"role": "user", "content": question_of(prompt, row["sample"], question)})
                messages.append({"role": "assistant", "content": row["response"]})
                yield {name: score.get(name) for name in SFT.names} | {"messages": messages, "source": source}


def mixed_rows(sets: list[ChatSet], number: int, seed: int, counts: dict[str, list[object]]) -> Iterator[Row]:
    """The rows that are mixed into `number` others, set by set.

    All sets are looked at before the first row. `counts` gets what the card says of each.

    Raises:
        LonghandError: a set is too small, or no set of conversations.
    """
    wanted = rows_wanted(number, {chat.name: chat.share for chat in sets})
    drawn: dict[str, Iterator[Messages]] = {}
    for chat in sets:
        drawn[chat.name], left_out = draw(chat, wanted[chat.name], seed)
        counts[f"mixed in: {chat.name}"] = ["", wanted[chat.name]]
        if left_out:
            counts[f"rows of {chat.name} without an answer, which took no part"] = [left_out, ""]
    nothing = dict.fromkeys(SFT.names)
    return (
        nothing | {"messages": messages, "source": name}
        for name, conversations in drawn.items()
        for messages in conversations
    )


def main(
    *,
    name: str,
    dataset: str,
    prompts: Path,
    responses: Path,
    scores: Path,
    judge: str | None = None,
    filters: str,
    question: FileText,
    mix: FileText,
    mix_files: tuple[Path, ...] = (),
    seed: int = 0,
    system: FileText,
    settings: FileText,
    out: Path,
) -> None:
    """Writes the data into the folder `out`.

    Args:
        name: of the data.
        dataset: whose prompts they are.
        prompts, responses, scores: the tables.
        judge: whose S_Q the filters are about.
        filters: JSON; see the config.
        question: JSON of what the user says: `kind`, and for `extend` `templates`, `dropped_lines` and `seed`.
        mix: JSON: a list of sets of general conversations, with name, kind, share and fields.
        mix_files: their files, in that order.
        seed: of what is drawn: drop_short, the mix.
        system: JSON of the system message that the model had, or null.
        settings: JSON: heading -> what the card says under it.
        out: the folder.
    """
    chosen_filters = json.loads(filters)
    words = applied(chosen_filters)
    rows = rows_of_judge(scores, judge, SCORED)
    kept, filtered = select(prompts, responses, rows, chosen_filters, seed)
    reasons = [f"{row['dropped']} dropped: {words[row['filter']]}" for row in filtered if row["dropped"]]
    summary = ", ".join([f"{len(kept)} kept", *reasons])
    print(summary)
    if not kept:
        raise LonghandError(
            f"not one of {len(rows)} responses is left ({summary})", f"sft {name}", "loosen its filters"
        )
    counts: dict[str, list[object]] = {
        words.get(row["filter"], "all"): [row["dropped"], row["left"]] for row in filtered
    }
    sets = [ChatSet(**one, file=file) for one, file in zip(json.loads(mix), mix_files, strict=True)]
    mixed = mixed_rows(sets, len(kept), seed, counts)
    selected = selected_rows(prompts, responses, kept, json.loads(question), json.loads(system), dataset)
    number = write_table(out / "train.parquet", chain(selected, mixed), SFT, "select_sft")
    write_table(out / "filters.parquet", filtered, FILTERED, "select_sft")
    required = [row["required"] for row in kept.values() if row["required"] is not None]
    draw_selection(filtered, words, required, [row["words"] for row in kept.values()], out / "filters.png")
    export(name, out)
    what = "Conversations for supervised fine-tuning, selected by Longhand."
    columns, counts["conversations"] = ("dropped", "left"), ["", number]
    text = card(name, what, json.loads(settings), counts, "train.parquet", columns, "filters.png")
    (out / "README.md").write_text(text, encoding="utf-8")


def export(name: str, out: Path) -> None:
    """Writes all conversations of the table as plain text and for LLaMA-Factory, in both of its forms."""
    table, lists = out / "train.parquet", out / "llama_factory"
    lists.mkdir(parents=True, exist_ok=True)
    write_jsonl(out / "train.jsonl", map(conversation_line, read_rows(table, SFT)))
    lines = map(conversation_line, read_rows(table, SFT))
    write_json_list(lists / f"{name}.json", map(llama_factory_line, lines))
    write_json_list(lists / f"{name}-sharegpt.json", map(sharegpt_line, read_rows(table, SFT)))
    info = llama_factory_info(name, ranking=False) | sharegpt_info(f"{name}-sharegpt")
    (lists / DATASET_INFO).write_text(json.dumps(info, indent=1) + "\n")


if __name__ == "__main__":
    run(main)
