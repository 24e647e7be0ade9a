"""Batches at the provider that no file of the journal knows: theirs was removed by hand, or is in another journal.

What the provider lists may be written by anybody. The metadata only say which input files to look into; what a batch
holds are the requests in its file, and our key has to be the one that they give.
"""

from __future__ import annotations

from pathlib import PurePath

from longhand.ask.batches.api import KEY_FIELD, OVER, WORK_FIELD, Batch, Unknown, batch_status, id_of, metadata_of
from longhand.ask.batches.desk import Desk
from longhand.ask.batches.state import UNDER_WAY, BatchState, batch_folders, is_key, states_in
from longhand.ask.ledger import most_tokens
from longhand.program.errors import LonghandError
from longhand.wire.replies import parsed


async def unknown_batches(desk: Desk) -> list[BatchState]:
    """Those of a work that are under way, or lost and over, as states that are not written yet.

    Raises:
        LonghandError: one that is under way has an input file that cannot be read, or is none of ours; or nothing says
            what a lost one holds.
    """
    listed = [
        batch
        async for batch in desk.api.listed()
        if metadata_of(batch, WORK_FIELD) == desk.about
        and (batch_status(batch) not in OVER or metadata_of(batch, KEY_FIELD) in desk.lost)
    ]
    # After the list: who creates a batch has written its file before.
    with_file = {state.key for folder in batch_folders(desk.journal.root) for state in states_in(folder)}
    without_file = [batch for batch in listed if metadata_of(batch, KEY_FIELD) not in with_file]
    states = [state for batch in without_file if (state := await _state_of(desk, batch)) is not None]
    for key in sorted(set(desk.lost) - with_file - {state.key for state in states}):
        judge = desk.work.entry.name
        what = f"batch {key} of judge {judge} was submitted, and the provider does not show what it holds"
        note = f"work/{PurePath(desk.work.file).parent}/batches/{judge}.json"
        fix = f"run again later; or put its file back; or delete {note}: what it holds is then asked and paid anew"
        raise LonghandError(what, str(desk.folder / f"{key}.json"), fix)
    return states


async def _state_of(desk: Desk, batch: Batch) -> BatchState | None:
    """What its file would say; None of one that is over, where that cannot be known any more."""
    key, file = metadata_of(batch, KEY_FIELD) or "", str(batch.get("input_file_id"))
    tokens: dict[str, int] = {}

    def take(line: bytes) -> None:
        try:
            record = parsed(line)
            tokens[str(record["custom_id"])] = most_tokens(record["body"])
        except (ValueError, TypeError, LookupError):
            pass  # no line of ours: then the key does not fit

    try:
        await desk.api.lines(file, take)
    except Unknown:
        tokens.clear()
    if is_key(key, tokens):
        state = desk.new_state(key, list(tokens), sum(tokens.values()))
        return state.to(UNDER_WAY, file=file, batch=id_of(batch))
    if batch_status(batch) in OVER:
        return None
    what = (
        f"batch {id_of(batch)} asks judge {desk.work.entry.name} about the same, no file of the journal knows it,"
        " and its input file does not say what it holds"
    )
    fix = "put its file back, or cancel it at the provider; then run again"
    raise LonghandError(what, str(desk.folder), fix)
