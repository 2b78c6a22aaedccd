"""What one page is sent of one lab: numbered, acknowledged, and never a growing queue. No I/O."""

from __future__ import annotations

import time
from collections.abc import Callable

from labs.messages.page import Delta, Full, People, RoleInLab, ServerToPage
from labs.messages.status import LabStatus, RunStatus

WINDOW = 8
"""Messages that a page may have unacknowledged; after that it gets nothing until it acknowledges, and then only the newest state."""
PATIENCE = 30.0
"""Seconds after which a page that does not acknowledge is given up: it comes back by itself."""


class Outbox:
    """Takes every change, and yields the messages that the page can take now. What does not go now is merged into one."""

    def __init__(self, lab: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._lab = lab
        self._clock = clock
        self._seq = 0
        self._acknowledged = 0
        self._waiting: Full | Delta | None = None
        self._waits_since: float | None = None
        self._plan_of: int | None = None
        """The generation whose plan the page has."""
        self._people: People | None = None
        """Who looks, as the page was told or will be."""

    @property
    def stalled(self) -> bool:
        return self._waits_since is not None and self._clock() - self._waits_since > PATIENCE

    def full(self, version: int, role: RoleInLab, run: RunStatus, status: LabStatus, people: People) -> list[ServerToPage]:
        """All of it: what the page had is void."""
        self._plan_of, self._people = None, people
        self._waiting = Full(lab=self._lab, seq=0, version=version, role=role, run=run, status=status, people=people)
        return self._flush()

    def delta(
        self,
        version: int | None = None,
        role: RoleInLab | None = None,
        run: RunStatus | None = None,
        status: LabStatus | None = None,
        people: People | None = None,
    ) -> list[ServerToPage]:
        if people is not None:
            if people == self._people and version is None and run is None and status is None:
                return []
            self._people = people
        newer = Delta(lab=self._lab, seq=0, version=version, role=role, run=run, status=status, people=people)
        self._waiting = newer if self._waiting is None else merged(self._waiting, newer)
        return self._flush()

    def acknowledge(self, seq: int) -> list[ServerToPage]:
        """The page has drawn what it was sent up to `seq`; a number that was not sent is ignored."""
        if self._acknowledged < seq <= self._seq:
            self._acknowledged = seq
        return self._flush()

    def _flush(self) -> list[ServerToPage]:
        if self._waiting is None:
            return []
        if self._seq - self._acknowledged >= WINDOW:
            self._waits_since = self._waits_since or self._clock()
            return []
        self._seq += 1
        message = self._waiting.model_copy(update={"seq": self._seq, "run": self._without_known_plan(self._waiting.run)})
        self._waiting = self._waits_since = None
        return [message]

    def _without_known_plan(self, run: RunStatus | None) -> RunStatus | None:
        """A plan is sent once for its generation: it may be a thousand operations, of which each report counts one more as done."""
        if run is None or run.plan is None:
            return run
        if self._plan_of == run.generation:
            return run.model_copy(update={"plan": None})
        self._plan_of = run.generation
        return run


def merged(older: Full | Delta, newer: Delta) -> Full | Delta:
    """One message that says what both say, one after the other."""
    status = older.status.updated(newer.status) if older.status and newer.status else newer.status or older.status
    parts = ("version", "role", "run", "people")
    return older.model_copy(update={"status": status} | {part: getattr(newer, part) or getattr(older, part) for part in parts})
