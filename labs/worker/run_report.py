"""How a lab's run is, and how far its plan: what the server is told of it, whenever that changes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

from labs.formats.entries import plan_entries
from labs.messages.status import PlanEntry, RunError, RunState, RunStatus
from labs.messages.worker import DesiredLab
from labs.network.operations import Plan
from labs.network.state import NetworkState
from labs.worker.record import Record

PROGRESS_INTERVAL, UNWATCHED_PROGRESS_INTERVAL = 0.1, 1.0
"""Seconds between reports of progress, each of which the server writes down: of a lab that somebody watches, and of others."""
BEGUN_AFTER = 0.02
"""Seconds for which a plan is under way before that is told: most changes are done by then, and told and written down once."""


class RunReport:
    def __init__(self, send: Callable[[RunStatus], None]) -> None:
        self.run = RunStatus(state="stopped")
        self.plan: tuple[PlanEntry, ...] | None = None
        """The plan that is being applied, or was applied last."""
        self.is_watched = False
        self._send = send
        self._done = 0
        """Operations of it, of which the server may not know yet."""
        self._sent_at = 0.0
        """By the monotonic clock."""
        self._begun: asyncio.TimerHandle | None = None
        """Until the plan is told."""

    def send(self, *, with_plan: bool = False) -> None:
        is_new = self._forget_begun()
        self._send(self.with_plan() if with_plan or is_new else self.run)

    def _forget_begun(self) -> bool:
        """Whether there is a plan that was not told."""
        begun, self._begun = self._begun, None
        if begun:
            begun.cancel()
        return begun is not None

    def with_plan(self) -> RunStatus:
        return self.run.model_copy(update={"plan": self.plan})

    def begin(self, state: RunState, wanted: DesiredLab, plan: Plan, before: NetworkState, base: NetworkState | None = None) -> None:
        self.plan = plan_entries(plan, before, base)
        self._done, self._sent_at = 0, time.monotonic()
        self.run = RunStatus(state=state, generation=wanted.generation, version=wanted.version, total=len(plan), since=time.time())
        self._begun = self._begun or asyncio.get_running_loop().call_later(BEGUN_AFTER, self.send)

    def resume(self, record: Record) -> None:
        """Of a lab that was found: what its record says. A plan that was begun, since it seemed to be absent, is not carried out."""
        self._forget_begun()
        self.plan = None
        self.run = RunStatus(
            state=record.state, generation=record.generation, version=record.version, error=record.error, since=time.time()
        )

    def note_progress(self, numbers: Sequence[int]) -> None:
        """These operations are done."""
        self._done += len(numbers)
        now = time.monotonic()
        if now - self._sent_at >= (PROGRESS_INTERVAL if self.is_watched else UNWATCHED_PROGRESS_INTERVAL):
            self._sent_at = now
            self.run = self.run.model_copy(update={"done": self._done})
            self.send()

    def succeed(self, wanted: DesiredLab, remark: RunError | None) -> None:
        """It runs, and all of the plan is done. `remark`: what befell it."""
        total = self.run.total
        self.run = RunStatus(
            state="running",
            generation=wanted.generation,
            version=wanted.version,
            done=total,
            total=total,
            error=remark,
            since=time.time(),
        )
        self.send()

    def fail(self, generation: int, error: RunError, version: int | None) -> None:
        """`version`: the one that is there; None: there is none."""
        failed = {"state": "failed", "generation": generation, "version": version, "error": error}
        self.run = self.run.model_copy(update={**failed, "done": self._done, "since": time.time()})
        self.send()

    def enter_stopping(self, generation: int) -> None:
        if (self.run.state, self.run.generation) != ("stopping", generation):
            self.run = RunStatus(state="stopping", generation=generation, since=time.time())
            self.send()

    def remark(self, error: RunError) -> None:
        """What keeps it from going on."""
        self.run = self.run.model_copy(update={"error": error})
        self.send()
