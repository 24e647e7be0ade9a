"""Responses as the page reads them, with the calls that they were made by."""

from __future__ import annotations

from pathlib import Path

from longhand.browse.offsets import loop_offset
from longhand.browse.side_files import without_nulls, write_list_file, write_side_file
from longhand.browse.word_index import WordIndex
from longhand.browse.words import words_of
from longhand.tables.files import Row, read_rows
from longhand.tables.in_step import rows_in_step
from longhand.tables.schemas import RESPONSES, TRACES
from longhand.tables.score_tables import LENGTHS

KEY = ("prompt_id", "sample")
OF_RESPONSE = (
    "status error response finish_reason prompt_tokens completion_tokens cut_tokens seconds attempts reported_model "
    "server"
).split()
OF_CALL = (
    "role step number status error required words text finish_reason prompt_tokens completion_tokens seconds attempts"
).split()


def write_texts(browse: Path, place: str, responses: Path, lengths: Path, traces: Path | None, index: WordIndex) -> int:
    """Writes the side files `texts/{place}` of a model, and adds their words to an index; returns how many texts.

    Args:
        browse: the reader's folder.
        place: dataset and model, with a slash between them.
        responses, lengths, traces: the model's tables; None: each text took one call.
        index: of words.
    """
    keys = [(row["prompt_id"], row["sample"]) for row in read_rows(responses, RESPONSES, [*KEY])]
    onsets = rows_in_step(keys, read_rows(lengths, LENGTHS, [*KEY, "loop_onset"]), KEY, str(lengths))
    calls = rows_in_step(keys, read_rows(traces, TRACES, [*KEY, *OF_CALL]) if traces else (), KEY, str(traces))
    rows = read_rows(responses, RESPONSES, [*KEY, *OF_RESPONSE])
    for number, (row, of_lengths, of_traces) in enumerate(zip(rows, onsets, calls, strict=True)):
        onset = of_lengths[0]["loop_onset"] if of_lengths else None
        write_side_file(browse, f"texts/{place}/{number}", text_row(row, onset, len(of_traces)))
        if of_traces:
            named = ({name: call[name] for name in OF_CALL} for call in of_traces)
            write_list_file(browse, f"texts/{place}/{number}.calls", map(without_nulls, named))
        index.add(number, words_of(row["response"] or ""))
    return len(keys)


def text_row(response: Row, onset: int | None, calls: int) -> Row:
    """What the page gets of a response; see `longhand.browse`."""
    text = response["response"]
    row = {"id": response["prompt_id"], "sample": response["sample"]} | {name: response[name] for name in OF_RESPONSE}
    row["text"] = row.pop("response")
    marks = {"cut": response["status"] == "truncated", "loop": None, "calls": calls}
    if text and onset is not None:
        marks["loop"] = loop_offset(text, onset)
    return without_nulls(row) | marks
