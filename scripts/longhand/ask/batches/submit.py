"""Submits what a work would ask: in the state's file first, then at the provider."""

from __future__ import annotations

import asyncio
import random
import time

from longhand.ask.batches.api import KEY_FIELD, WORK_FIELD, MaybeCreated, id_of, metadata_of
from longhand.ask.batches.desk import Desk
from longhand.ask.batches.held import held_by_others
from longhand.ask.batches.questions import InputFile, input_files
from longhand.ask.batches.state import (
    CREATING,
    FAILED,
    NEW,
    UNDER_WAY,
    BatchState,
    drop_state,
    new_key,
    states_in,
    write_state,
)
from longhand.ask.batches.unknown import unknown_batches
from longhand.program.errors import LonghandError, NotFinished

LAG = 86400.0
"""Seconds in which a list of batches may lack one that was created: a batch is over by then."""
_LOOK_AGAIN = 0.5  # seconds


async def submit(desk: Desk) -> list[BatchState]:
    """Makes batches of all that a work would ask and that neither the journal nor another batch has.

    Args:
        desk: of the work.

    Returns:
        The work's batches that are under way now.

    Raises:
        NotFinished: one may have been created, and cannot be found yet.
        LonghandError: the provider takes none, or the budget does not suffice; what was created before is kept.
    """
    states = desk.states()
    failed = [state for state in states if state.status == FAILED]
    under_way = [state for state in states if state.status == UNDER_WAY]
    for state in states:
        if state.status == CREATING and (listed := await look_for(desk, state)) is not None:
            under_way.append(listed)
    held = {request for state in states_in(desk.folder) if state not in failed for request in state.requests}
    held |= held_by_others(desk.journal.root, desk.folder)
    unknown: list[BatchState] | None = None
    async for file in input_files(desk.work, desk.journal, held, desk.folder):
        unknown = await unknown_batches(desk) if unknown is None else unknown
        for state in unknown:
            if not file.requests.keys().isdisjoint(state.requests):
                if state not in under_way:
                    under_way.append(_taken_over(desk, state, str(state.batch)))
                file = file.without(set(state.requests))
        if (submitted := await _submitted(desk, file)) is not None:
            under_way.append(submitted)
    for state in failed:
        desk.write(state.settled(status=FAILED, error=state.error))
    return under_way


async def look_for(desk: Desk, state: BatchState) -> BatchState | None:
    """A batch that may have been created, under way if it is in the list; None where it never was, and is forgotten.

    Raises:
        NotFinished: it may still appear in the list.
    """
    check_address(desk, state)
    listed = [id_of(batch) async for batch in desk.api.listed() if metadata_of(batch, KEY_FIELD) == state.key]
    if listed:
        return _taken_over(desk, state, listed[-1])
    if time.time() - (state.creating or 0.0) < LAG:
        raise NotFinished(
            "no reply says whether a batch was created, and the list of batches does not show it; if the provider's own"
            f" page shows no {state.key} after an hour, remove this file, and the next run creates the batch anew;"
            f" after {LAG / 3600:.0f} hours a run does so by itself",
            str(desk.folder / f"{state.key}.json"),
        )
    drop_state(desk.folder, state)
    return None


def _taken_over(desk: Desk, state: BatchState, batch: str) -> BatchState:
    """The state of a batch that the list shows, written."""
    desk.say(f"batch {batch} is at the provider, and is taken over")
    return desk.write(state.to(UNDER_WAY, batch=batch))


def check_address(desk: Desk, state: BatchState) -> None:
    """Raises LonghandError for a batch that is at another address than the judge by now."""
    entry = desk.work.entry
    if state.base_url != entry.serving.base_url:
        what = f"batch {state.batch or state.key} is at {state.base_url}, and judge {entry.name} elsewhere by now"
        fix = "set base_url back until it is collected; or remove that file: what it holds is then asked and paid anew"
        raise LonghandError(what, str(desk.folder / f"{state.key}.json"), fix)


async def _submitted(desk: Desk, file: InputFile) -> BatchState | None:
    """The batch of an input file; None where others ask all of it by now."""
    if not file.requests:
        return None
    state = desk.new_state(new_key(file.requests), list(file.requests), file.prompt_tokens)
    await _noted(desk, state)
    if not _taken_by_others(desk, file).isdisjoint(file.requests):  # looked at last: who comes later sees the state
        drop_state(desk.folder, state)
        await asyncio.sleep(random.uniform(0, _LOOK_AGAIN))  # who met this state may have left it all to us, too
        return await _submitted(desk, file.without(_taken_by_others(desk, file)))
    try:
        state = desk.write(state.to(NEW, file=await desk.api.upload(f"{state.key}.jsonl", file.file)))
        return await _created(desk, state)
    finally:
        file.file.close()


def _taken_by_others(desk: Desk, file: InputFile) -> set[str]:
    """Which requests others have answered, send, or hold in batches."""
    held = held_by_others(desk.journal.root, desk.folder)  # first: who no longer holds one has written its answer
    return held | desk.journal.taken(file.requests)


async def _noted(desk: Desk, state: BatchState) -> None:
    """Writes a new state, once it can be afforded."""
    if desk.affords is None:
        desk.write(state)
    else:
        await desk.affords(state.reserved, lambda: write_state(desk.folder, state))


async def _created(desk: Desk, state: BatchState) -> BatchState:
    """Creates the batch of an uploaded file.

    Raises:
        NotFinished: it may have been created, and cannot be found yet.
        LonghandError: the provider does not take it. It holds nothing any more.
    """
    state = desk.write(state.to(CREATING, creating=time.time()))
    try:
        batch = await desk.api.create(str(state.file), {KEY_FIELD: state.key, WORK_FIELD: desk.about})
    except MaybeCreated as e:
        desk.say(f"a batch may have been created: {e}")
        taken_over = await look_for(desk, state)
        assert taken_over is not None, "it is too young to be given up"
        return taken_over
    except LonghandError:
        drop_state(desk.folder, state)
        raise
    desk.say(f"batch {id_of(batch)} has {len(state.requests):,} requests")
    return desk.write(state.to(UNDER_WAY, batch=id_of(batch)))
