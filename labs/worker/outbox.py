"""What waits to be sent to the server: of a lab's reports the newest, of its status what changed, of terminals who may have something
to say; so it cannot grow."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Protocol

from labs.messages.status import LabStatus, RunStatus
from labs.messages.worker import FromTerminal, Reply, Report, Status, WorkerToServer


class Source(Protocol):
    """Makes its messages when they can be sent."""

    def make(self) -> FromTerminal | None:
        """The next one, if there is one now."""


class Outbox:
    def __init__(self) -> None:
        self._reports: dict[str, RunStatus] = {}
        self._statuses: dict[str, Status] = {}
        self._replies: deque[Reply] = deque()
        self._sources: dict[Source, None] = {}
        self._some = asyncio.Event()

    def report(self, lab: str, run: RunStatus) -> None:
        before = self._reports.pop(lab, None)
        if before and run.plan is None and before.generation == run.generation:
            run = run.model_copy(update={"plan": before.plan})
        self._reports[lab] = run
        self._some.set()

    def show(self, lab: str, status: LabStatus, full: bool) -> None:
        before = self._statuses.pop(lab, None)
        if before and not full:
            self._statuses[lab] = before.model_copy(update={"status": before.status.updated(status)})
        else:
            self._statuses[lab] = Status(lab=lab, full=full, status=status)
        self._some.set()

    def reply(self, reply: Reply) -> None:
        self._replies.append(reply)
        self._some.set()

    def ready(self, source: Source) -> None:
        """It may have something to say."""
        self._sources[source] = None
        self._some.set()

    def clear(self) -> None:
        """The connection is gone: who asked is told so by the server, and all reports are made anew."""
        self._reports.clear()
        self._statuses.clear()
        self._replies.clear()
        self._sources.clear()
        self._some.clear()

    async def take(self) -> WorkerToServer:
        """The next message, as soon as there is one."""
        while (message := self.take_now()) is None:
            self._some.clear()
            await self._some.wait()
        return message

    def take_now(self) -> WorkerToServer | None:
        """The next message, if there is one: answers first, then reports, then status, then the terminals in turn."""
        if self._replies:
            return self._replies.popleft()
        if self._reports:
            lab = next(iter(self._reports))
            return Report(lab=lab, run=self._reports.pop(lab))
        if self._statuses:
            return self._statuses.pop(next(iter(self._statuses)))
        return self._from_sources()

    def _from_sources(self) -> FromTerminal | None:
        while self._sources:
            source = next(iter(self._sources))
            del self._sources[source]
            if message := source.make():
                self._sources[source] = None  # it may have more, after the others
                return message
        return None
