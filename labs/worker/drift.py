"""What was done by hand in a running lab: how it is noticed, taken into a drawing, or undone.

Drift is `diff(base, observed)`, where `base` is what was applied last.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from labs.document.problems import find_problems
from labs.document.schema import LabDocument
from labs.formats.entries import plan_entries
from labs.kernel.errors import AgentError
from labs.kernel.lab import Lab
from labs.kernel.netns import LANS
from labs.messages.status import DRIFT_SHOWN, PlanEntry
from labs.network.compile import compile
from labs.network.diff import diff
from labs.network.draw import draw
from labs.network.merge import MergeError, merge
from labs.network.operations import Plan
from labs.network.part import with_needed, without
from labs.network.replay import replay
from labs.network.state import Netns, NetworkState
from labs.worker.errors import RefusedError
from labs.worker.observed import observed_state

GATHER = 0.05
"""Seconds in which changes are gathered: what a person does by one command is one change."""
LEAST_REST = 0.3
"""Seconds between two looks."""
WORK_SHARE = 0.25
"""Of the processor's time, at most, that looking takes: a large lab is looked at less often."""
SYSCTLS_AGAIN = 1.0
"""Seconds between two readings of the sysctls, most of which the kernel tells nobody about."""
SYSCTLS_SHARE = 0.1


class DriftWatch:
    """Shows the drift of a lab whenever it has changed, while it runs."""

    def __init__(self, lab: Lab, base: NetworkState, show: Callable[[tuple[PlanEntry, ...]], None]) -> None:
        self._lab = lab
        self._base = base
        self._show = show
        self._changed = asyncio.Event()
        self._sysctls: Mapping[Netns, Mapping[str, int]] = {}

    def note_change(self) -> None:
        """Something in the lab is not as it was."""
        self._changed.set()

    async def run(self) -> None:
        """Look now, and after each change. Raises KernelError, or OSError where a namespace cannot be read."""
        shown: tuple[PlanEntry, ...] | None = None
        await self._read_sysctls()
        while True:
            self._changed.clear()
            begun = time.process_time()
            seen = await observed_state(self._lab, self._base)
            drift = plan_entries(diff(self._base, seen)[:DRIFT_SHOWN], self._base)
            if drift != shown:
                self._show(drift)
                shown = drift
            await asyncio.sleep(max(LEAST_REST, (time.process_time() - begun) / WORK_SHARE))
            await self._wait_for_change()
            await asyncio.sleep(GATHER)

    async def _wait_for_change(self) -> None:
        clock = asyncio.get_running_loop().time
        rest = SYSCTLS_AGAIN
        while not self._changed.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), rest)
                return
            begun = clock()
            if await self._read_sysctls():
                return
            rest = max(SYSCTLS_AGAIN, (clock() - begun) / SYSCTLS_SHARE)

    async def _read_sysctls(self) -> bool:
        """Whether one is not as it was when they were read last."""
        keeper, before = self._lab.keeper, self._sysctls
        try:
            self._sysctls = await keeper.read_sysctls([netns for netns in keeper.handles if netns != LANS])
        except AgentError:  # a namespace came to its end while it was read
            return True
        return self._sysctls != before


def adopt(document: LabDocument, base: NetworkState, seen: NetworkState, entries: Sequence[str] | None) -> LabDocument:
    """The drawing with what was done by hand in it: all of it, or `entries` with what they lean on. Raises RefusedError."""
    drift = diff(base, seen)
    try:
        wanted = merge(with_needed(drift, _chosen(drift, entries)), compile(document))
    except MergeError as error:
        entry = error.operation.describe()
        message = f"“{entry}” does not fit the drawing as it is now. Change the drawing back, or repair the network"
        raise RefusedError(message, code="drift-unfit", params={"entry": entry}) from None
    drawn = draw(wanted, document)
    for problem in find_problems(drawn):
        message = f"It does not go into a drawing: {problem.message}. Adopt what else there is one by one"
        raise RefusedError(message, code="drift-problem", params={"problem": problem.message})
    return drawn


def repaired(base: NetworkState, seen: NetworkState, entries: Sequence[str] | None) -> NetworkState:
    """The network without what was done by hand: all of it, or `entries` with what leans on them. Raises RefusedError."""
    if entries is None:
        return base
    drift = diff(base, seen)
    return replay(without(drift, _chosen(drift, entries)), base)


def _chosen(drift: Plan, entries: Sequence[str] | None) -> Sequence[int]:
    """The positions of entries, which are called by their summaries. Raises RefusedError where one is not there any more."""
    if entries is None:
        return range(len(drift))
    positions = {operation.describe(): at for at, operation in enumerate(drift)}
    for entry in entries:
        if entry not in positions:
            raise RefusedError(f"“{entry}” is not so any more", code="drift-gone", params={"entry": entry})
    return [positions[entry] for entry in entries]
