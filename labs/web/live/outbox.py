"""What one page is sent of one lab: numbered, acknowledged, and never a growing queue. No I/O."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cached_property

from labs.messages.page import Delta, Full, People
from labs.messages.status import PlanEntry, RunStatus

WINDOW = 16
"""Messages that a page may have unacknowledged; after that it gets nothing until it acknowledges, and then only the newest state."""
PATIENCE = 30.0
"""Seconds after which a page that does not acknowledge is given up: it comes back by itself."""


class Encoded:
    """A message to many pages, of which only the number is each page's own: encoded once."""

    def __init__(self, message: Full | Delta) -> None:
        self.message = message

    def numbered(self, seq: int) -> str:
        head, tail = self._parts
        return f"{head}{seq}{tail}"

    @cached_property
    def _parts(self) -> tuple[str, str]:
        """Only the type and the lab's id come before the number, and in neither is a quotation mark."""
        head, mark, tail = self.message.model_copy(update={"seq": 0}).model_dump_json().partition('"seq":0')
        return head + mark[:-1], tail


class Outbox:
    """Takes every change, and yields the messages that the page can take now, as JSON. What does not go now is merged into one."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seq = 0
        self._acknowledged = 0
        self._waiting: Encoded | None = None
        self._waits_since: float | None = None
        self._plan: tuple[int, tuple[PlanEntry, ...]] | None = None
        """The generation and the plan that the page has."""
        self._people: People | None = None
        """Who looks, as the page was told or will be."""

    @property
    def stalled(self) -> bool:
        return self._waits_since is not None and self._clock() - self._waits_since > PATIENCE

    def full(self, all_of_it: Full) -> list[str]:
        """What the page had before is void."""
        self._plan, self._people = None, all_of_it.people
        self._waiting = Encoded(all_of_it)
        return self._flush()

    def delta(self, newer: Encoded) -> list[str]:
        people = newer.message.people
        if people is not None:
            if people == self._people and newer.message.status is None and newer.message.run is None:
                return []
            self._people = people
        self._waiting = newer if self._waiting is None else Encoded(merged(self._waiting.message, newer.message))
        return self._flush()

    def acknowledge(self, seq: int) -> list[str]:
        """The page has drawn what it was sent up to `seq`; a number that was not sent is ignored."""
        if self._acknowledged < seq <= self._seq:
            self._acknowledged = seq
        return self._flush()

    def _flush(self) -> list[str]:
        if self._waiting is None:
            return []
        if self._seq - self._acknowledged >= WINDOW:
            self._waits_since = self._waits_since or self._clock()
            return []
        self._seq += 1
        waiting, self._waiting, self._waits_since = self._waiting, None, None
        run = self._without_known_plan(waiting.message.run)
        if run is not waiting.message.run:
            waiting = Encoded(waiting.message.model_copy(update={"run": run}))
        return [waiting.numbered(self._seq)]

    def _without_known_plan(self, run: RunStatus | None) -> RunStatus | None:
        """A plan is sent once: it may be a thousand operations, of which each report counts one more as done. A repair has its own."""
        if run is None or run.plan is None:
            return run
        plan = (run.generation, run.plan)
        if self._plan == plan:
            return run.model_copy(update={"plan": None})
        self._plan = plan
        return run


def merged(older: Full | Delta, newer: Full | Delta) -> Full | Delta:
    """One message that says what both say, one after the other."""
    status = older.status.updated(newer.status) if older.status and newer.status else newer.status or older.status
    parts = ("version", "role", "run", "people")
    return older.model_copy(update={"status": status} | {part: getattr(newer, part) or getattr(older, part) for part in parts})
