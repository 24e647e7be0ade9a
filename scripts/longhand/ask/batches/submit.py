"""Submits what a work would ask: in the state's file first, then at the provider."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path

from longhand.ask.batches.api import BatchApi, MaybeCreated, id_of, key_of
from longhand.ask.batches.questions import InputFile, input_files
from longhand.ask.batches.state import (
    CREATING,
    FAILED,
    NEW,
    SETTLED,
    UNDER_WAY,
    BatchState,
    drop_state,
    new_key,
    states_in,
    write_state,
)
from longhand.ask.journal import Journal
from longhand.ask.ledger import Affords
from longhand.ask.work import Work
from longhand.program.errors import LonghandError, NotFinished

LAG = 600.0
"""Seconds in which a list of batches may lack one that was created."""


@dataclass(frozen=True)
class Desk:
    """What a job needs to submit and to collect the batches of a work; it has the lock of the judge's batches.

    Attributes:
        work: whose requests.
        journal: entered.
        folder: of the states.
        api: of the provider.
        affords: of a budget.
    """

    work: Work
    journal: Journal
    folder: Path
    api: BatchApi
    affords: Affords | None = None

    def states(self) -> list[BatchState]:
        """The work's batches that are not settled. What killed legs of any job left before they created one goes."""
        states = []
        for state in states_in(self.folder):
            if state.status == NEW:
                drop_state(self.folder, state)
            elif state.status != SETTLED and state.work == self.work.file:
                states.append(state)
        return states

    def say(self, line: str) -> None:
        """Tells the log."""
        print(self.api.clean(line), file=sys.stderr, flush=True)

    def write(self, state: BatchState) -> BatchState:
        """Keeps a state."""
        write_state(self.folder, state)
        return state


async def submit(desk: Desk) -> list[BatchState]:
    """Makes batches of all that a work would ask and that neither the journal nor another batch has.

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
        if state.status == CREATING:
            under_way.append(await look_for(desk, state) or await create(desk, state))
    held = {request for state in states_in(desk.folder) if state not in failed for request in state.requests}
    async for file in input_files(desk.work, desk.journal, held, desk.folder):
        if (submitted := await _submitted(desk, file)) is not None:
            under_way.append(submitted)
    for state in failed:
        desk.write(state.settled(status=FAILED, error=state.error))
    return under_way


async def look_for(desk: Desk, state: BatchState) -> BatchState | None:
    """A batch that may have been created, under way if it is in the list; None where it surely was not.

    Raises:
        NotFinished: it may still appear in the list.
    """
    check_address(desk, state)
    if (batch := await only_one(desk, state)) is not None:
        desk.say(f"batch {batch} was created, and is taken over")
        return desk.write(state.to(UNDER_WAY, batch=batch))
    if time.time() - (state.creating or 0.0) < LAG:
        raise NotFinished(
            "a batch was being created when the reply was lost, and the list of batches does not show it yet; after"
            f" {LAG / 60:.0f} minutes it is created again"
        )
    return None


async def only_one(desk: Desk, state: BatchState) -> str | None:
    """The listed batch with a state's key; of several, which a list that lagged for long may show, all others end."""
    listed = [id_of(batch) async for batch in desk.api.listed() if key_of(batch) == state.key]
    chosen = state.batch or (listed[-1] if listed else None)  # the first that was created comes last
    for double in listed:
        if double != chosen:
            await desk.api.cancel(double)
    return chosen


def check_address(desk: Desk, state: BatchState) -> None:
    """Raises LonghandError for a batch that is at another address than the judge by now."""
    entry = desk.work.entry
    if state.base_url != entry.serving.base_url:
        what = f"batch {state.batch or state.key} is at {state.base_url}, and judge {entry.name} elsewhere by now"
        fix = "set base_url back until it is collected; or remove that file: what it holds is then asked and paid anew"
        raise LonghandError(what, str(desk.folder / f"{state.key}.json"), fix)


async def _submitted(desk: Desk, file: InputFile) -> BatchState | None:
    """The batch of an input file; None where others ask all of it by now."""
    entry = desk.work.entry
    state = BatchState(
        key=new_key(file.requests),
        work=desk.work.file,
        base_url=str(entry.serving.base_url),
        requests=list(file.requests),
        most=(n := len(file.requests), file.prompt_tokens, n * (entry.identity.longest or 0)),
    )
    await _noted(desk, state)
    if taken := desk.journal.taken(file.requests):  # looked at last: who comes later sees the state
        file = file.without(taken)
        drop_state(desk.folder, state)
        return await _submitted(desk, file) if file.requests else None
    try:
        state = desk.write(state.to(NEW, file=await desk.api.upload(f"{state.key}.jsonl", file.file)))
        return await create(desk, state)
    finally:
        file.file.close()


async def _noted(desk: Desk, state: BatchState) -> None:
    """Writes a new state, once it can be afforded."""
    if desk.affords is None:
        desk.write(state)
    else:
        await desk.affords(state.reserved, lambda: write_state(desk.folder, state))


async def create(desk: Desk, state: BatchState) -> BatchState:
    """Creates the batch of an uploaded file.

    Raises:
        NotFinished: it may have been created, and cannot be found yet.
        LonghandError: the provider does not take it. It holds nothing any more.
    """
    state = desk.write(state.to(CREATING, creating=time.time(), again=state.creating is not None))
    try:
        batch = await desk.api.create(str(state.file), state.key)
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
