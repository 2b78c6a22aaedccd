"""The status of a worker's labs on its way to those who watch: gathered for a tick, but for a link's state, which goes at once."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from labs.messages.status import LabStatus
from labs.messages.worker import Status

TICK = 0.05
"""Seconds between two rounds."""
FORGOTTEN = 30.0
"""Seconds after which a hub that does not say any more what it watches is taken for dead."""


@dataclass(slots=True)
class Seen:
    """What is seen in a lab, and what of it has not been sent yet."""

    status: LabStatus = field(default_factory=LabStatus)
    number: int = 0
    unsent: LabStatus | None = None
    void: bool = True
    """What was sent before is void: send all."""


class Board:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._labs: dict[str, Seen] = {}
        self._hubs: dict[str, tuple[float, frozenset[str]]] = {}
        self._watched: frozenset[str] = frozenset()
        self._some = asyncio.Event()
        self._urgent = asyncio.Event()
        self._next_round = 0.0

    def watch(self, hub: str, labs: Sequence[str]) -> tuple[str, ...] | None:
        """A hub says what it watches. Returns what is watched in all, None where that is as before."""
        now = self._clock()
        self._hubs[hub] = (now, frozenset(labs))
        self._hubs = {name: (since, theirs) for name, (since, theirs) in self._hubs.items() if theirs and now - since < FORGOTTEN}
        watched = frozenset[str]().union(*(theirs for _, theirs in self._hubs.values()))
        if watched == self._watched:
            return None
        self._watched = watched
        self._labs = {lab: seen for lab, seen in self._labs.items() if lab in watched}
        return tuple(sorted(watched))

    def put(self, message: Status) -> None:
        """What a worker sees. Of labs that nobody watches nothing is kept."""
        if message.lab not in self._watched:
            return
        seen = self._labs.setdefault(message.lab, Seen())
        urgent = _link_changed(seen.status, message.status)
        if message.full:
            seen.status, seen.unsent, seen.void = message.status, LabStatus(), True
        else:
            seen.status = seen.status.updated(message.status)
            seen.unsent = (seen.unsent or LabStatus()).updated(message.status)
        self._some.set()
        if urgent:
            self._urgent.set()

    def drop(self, lab: str) -> None:
        """The lab has stopped: what was seen in it is void."""
        self._labs.pop(lab, None)

    def all_of(self, lab: str) -> dict[str, Any] | None:
        """A message with all that is seen in a lab, for who has just come or has lost one."""
        seen = self._labs.get(lab)
        return _message(lab, seen.status, seen.number, full=True) if seen and seen.number else None

    async def due(self) -> list[tuple[str, dict[str, Any]]]:
        """Wait until something is to be sent: one message for each lab."""
        await self._some.wait()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._next_round - self._clock()):  # wait_for may swallow that this is cancelled
                await self._urgent.wait()
        self._next_round = self._clock() + TICK
        self._some.clear()
        self._urgent.clear()
        return [(lab, self._take(lab, seen)) for lab, seen in self._labs.items() if seen.unsent is not None]

    def _take(self, lab: str, seen: Seen) -> dict[str, Any]:
        status, full = (seen.status, True) if seen.void else (seen.unsent or LabStatus(), False)
        seen.number += 1
        seen.unsent, seen.void = None, False
        return _message(lab, status, seen.number, full=full)


def _message(lab: str, status: LabStatus, number: int, *, full: bool) -> dict[str, Any]:
    """The status as text: the layer makes a deep copy of a message for each who gets it."""
    return {"type": "status", "lab": lab, "full": full, "number": number, "status": status.model_dump_json()}


def _link_changed(before: LabStatus, after: LabStatus) -> bool:
    return any(name not in before.links or before.links[name].ends != link.ends for name, link in after.links.items())
