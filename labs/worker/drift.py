"""What was done by hand in a running lab: how it is noticed, taken into a drawing, or undone.

Drift is `diff(base, observed)`, where `base` is what was applied last.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass

from labs.document.problems import find_problems
from labs.document.schema import LabDocument
from labs.formats.entries import plan_entries
from labs.kernel.observe import Observation
from labs.kernel.running import RunningLab
from labs.messages.status import DRIFT_SHOWN, NotAdopted, PlanEntry, Stranger
from labs.network.compile import compile
from labs.network.diff import diff
from labs.network.draw import draw, not_drawable
from labs.network.merge import MergeError, merge
from labs.network.normal import normalize
from labs.network.operations import Plan, SetMac
from labs.network.part import with_needed, without
from labs.network.replay import replay
from labs.network.state import Bridge, NetworkState
from labs.worker.errors import RefusedError

GATHER = 0.05
"""Seconds in which changes are gathered: what a person does by one command is one change."""
LEAST_REST = 0.3
"""Seconds between two looks."""
WORK_SHARE = 0.25
"""Of the processor's time, at most, that looking takes: a large lab is looked at less often."""
UNTOLD_AGAIN = 0.5
"""Seconds between two looks at what nobody tells of: the STP of a bridge that is down. With the rest before, less than one."""


@dataclass(frozen=True, slots=True)
class Drift:
    entries: tuple[PlanEntry, ...] = ()
    strangers: tuple[Stranger, ...] = ()

    @classmethod
    def of(cls, seen: Observation, base: NetworkState, most: int | None = None) -> Drift:
        return cls(plan_entries(diff(base, seen.normal(base))[:most], base), seen.strangers[:most])


class DriftWatch:
    """Shows the drift of a lab whenever it has changed, while it runs."""

    def __init__(self, lab: RunningLab, base: NetworkState, show: Callable[[Drift], None]) -> None:
        self._lab = lab
        self._base = base
        self._show = show
        self._changed = asyncio.Event()
        self._stp_is_untold = False
        """There is a bridge that is down."""

    def note_change(self) -> None:
        """Something in the lab is not as it was."""
        self._changed.set()

    async def run(self) -> None:
        """Look now, and after each change. Raises KernelError, or OSError where a namespace cannot be read."""
        shown: Drift | None = None
        while True:
            self._changed.clear()
            begun = time.process_time()
            seen = await self._lab.look()
            self._stp_is_untold = any(isinstance(link.kind, Bridge) and not link.up for _, link in seen.state.links())
            drift = Drift.of(seen, self._base, DRIFT_SHOWN)
            if drift != shown:
                self._show(drift)
                shown = drift
            await asyncio.sleep(max(LEAST_REST, (time.process_time() - begun) / WORK_SHARE))
            await self._wait_for_change()
            await asyncio.sleep(GATHER)

    async def _wait_for_change(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(UNTOLD_AGAIN if self._stp_is_untold else None):  # wait_for may swallow that this is cancelled
                await self._changed.wait()


TRIES = 100
"""Drawings that one adoption makes at most: what is left then is refused for what was in the way of it together."""


@dataclass(frozen=True, slots=True)
class Adoption:
    document: LabDocument | None
    """The drawing with what was done by hand in it, as much of that as fits; None where nothing does."""
    refused: tuple[NotAdopted, ...] = ()


async def adopt(document: LabDocument, base: NetworkState, observed: NetworkState, entries: Sequence[str] | None) -> Adoption:
    """Take what was done by hand into the drawing: all of it, or `entries` with what they lean on.

    `observed` is as the kernel has it, with all MAC addresses. Raises RefusedError where an entry is not there any more.
    """
    adopting = _Adopting(document, diff(base, normalize(observed, base)), observed)
    await adopting.take(_chosen(adopting.drift, entries))
    return Adoption(adopting.drawn if adopting.drawn or adopting.refused else document, tuple(adopting.refused))


class _Adopting:
    """Finds what fits into a drawing, and what does not."""

    def __init__(self, document: LabDocument, drift: Plan, observed: NetworkState) -> None:
        self.drift = drift
        self.drawn: LabDocument | None = None
        self.refused: list[NotAdopted] = []
        self._document = document
        self._meant = compile(document)
        self._observed = observed
        self._taken: set[int] = set()
        self._tries = 0

    async def take(self, chosen: Sequence[int]) -> None:
        """Those of the operations that fit: where they do not together, each half by itself."""
        if not chosen:
            return
        self._tries += 1
        await asyncio.sleep(0)  # the other labs have their turn
        try:
            self.drawn = self._draw(self._taken.union(chosen))
            self._taken.update(chosen)
        except RefusedError as error:
            if len(chosen) == 1 or self._tries >= TRIES:
                self.refused += [self._refusal(at, error) for at in chosen]
                return
            half = len(chosen) // 2
            await self.take(chosen[:half])
            await self.take(chosen[half:])

    def _draw(self, chosen: Collection[int]) -> LabDocument:
        """Raises RefusedError where that cannot be, has a problem, or is not all in it."""
        try:
            wanted = merge(with_needed(self.drift, chosen), self._meant)
        except MergeError as error:
            entry = error.operation.describe()
            message = f"“{entry}” does not fit the drawing as it is now. Change the drawing back, or repair the network"
            raise RefusedError(message, code="drift-unfit", params={"entry": entry}) from None
        wanted = replay(self._fix_macs(wanted), wanted)
        drawn = draw(wanted, self._document)
        for problem in find_problems(drawn):
            raise RefusedError(problem.message, code=problem.code, params=problem.params)
        self._refuse_undrawable(chosen, not_drawable(wanted, drawn))
        return drawn

    def _refuse_undrawable(self, chosen: Collection[int], left: Plan) -> None:
        """`left`: what the drawing lacks of what it was to hold."""
        missing = {operation.describe() for operation in left}
        for entry in (self.drift[at].describe() for at in sorted(chosen)):
            if entry in missing:
                message = f"No drawing can hold “{entry}”: a name or a value is not allowed there. Do it otherwise, or repair the network"
                raise RefusedError(message, code="drift-undrawable", params={"entry": entry})

    def _fix_macs(self, wanted: NetworkState) -> Plan:
        """A drawn bridge with addresses has a fixed MAC address. The one that it has by now is known to its users."""
        return tuple(
            SetMac(interface, there.mac)
            for interface, link in wanted.links()
            if isinstance(link.kind, Bridge) and link.addresses and link.mac is None and (there := self._observed.link(interface))
        )

    def _refusal(self, at: int, error: RefusedError) -> NotAdopted:
        return NotAdopted(entry=self.drift[at].describe(), code=error.code, params=error.params, message=error.message)


def drawn_entries(base: NetworkState, seen: NetworkState, desired: NetworkState) -> tuple[str, ...]:
    """Of what was done by hand, what the drawing has too: Apply leaves it as it is."""
    drift = [operation.describe() for operation in diff(base, seen)]
    drawn = {operation.describe() for operation in diff(base, desired)} if drift else set()
    return tuple(entry for entry in drift if entry in drawn)


def repaired(base: NetworkState, seen: NetworkState, entries: Sequence[str]) -> NetworkState:
    """The network without `entries` of what was done by hand, and what leans on them. Raises RefusedError."""
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
