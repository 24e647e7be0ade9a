"""Batches at the provider that no file of the journal knows: theirs was removed by hand, or is in another journal.

What the provider lists may be written by anybody. The metadata only say which input files to look into; what a batch
holds are the requests in its file, and our key has to be the one that they give.
"""

from __future__ import annotations

from collections.abc import Collection

from longhand.ask.batches.api import KEY, OVER, WORK, Batch, Unknown, batch_status, id_of, metadata_of
from longhand.ask.batches.desk import Desk
from longhand.ask.batches.state import UNDER_WAY, BatchState, batch_folders, is_key, states_in
from longhand.ask.ledger import most_tokens
from longhand.program.errors import LonghandError
from longhand.wire.replies import parsed


async def unknown_batches(desk: Desk, lost: Collection[str]) -> list[BatchState]:
    """Those of a work that are under way, as states that are not written yet.

    Args:
        desk: of the work.
        lost: keys of batches that were submitted and have no file any more: they may be over by now.

    Raises:
        LonghandError: one that is under way has an input file that cannot be read, or is none of ours.
    """
    listed = [
        batch
        async for batch in desk.api.listed()
        if metadata_of(batch, WORK) == desk.about
        and (batch_status(batch) not in OVER or metadata_of(batch, KEY) in lost)
    ]
    # After the list: who creates a batch has written its file before.
    known = {state.key for folder in batch_folders(desk.journal.root) for state in states_in(folder)}
    states = [await _state_of(desk, batch) for batch in listed if metadata_of(batch, KEY) not in known]
    return [state for state in states if state is not None]


async def _state_of(desk: Desk, batch: Batch) -> BatchState | None:
    """What its file would say; None of one that is over, where that cannot be known any more."""
    entry, key, file = desk.work.entry, metadata_of(batch, KEY) or "", str(batch.get("input_file_id"))
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
        most = (len(tokens), sum(tokens.values()), len(tokens) * (entry.identity.longest or 0))
        url = str(entry.serving.base_url)
        return BatchState(key, desk.work.file, url, list(tokens), most, UNDER_WAY, file, batch=id_of(batch))
    if batch_status(batch) in OVER:
        return None
    what = (
        f"batch {id_of(batch)} asks judge {entry.name} about the same, no file of the journal knows it,"
        " and its input file does not say what it holds"
    )
    fix = "put its file back, or cancel it at the provider; then run again"
    raise LonghandError(what, str(desk.folder), fix)
