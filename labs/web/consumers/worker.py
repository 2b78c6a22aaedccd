"""`/ws/worker`: a worker's one connection. It proves itself with `Authorization: Bearer TOKEN`, which no page can send."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from channels.db import database_sync_to_async
from django.conf import settings
from django.db import DatabaseError
from pydantic import ValidationError

from labs.messages.numbering import MissingMessageError, Numbering
from labs.messages.worker import (
    ALIVE,
    Alive,
    Desired,
    FromTerminal,
    Hello,
    Reply,
    Report,
    Request,
    ServerToWorker,
    Status,
    ToTerminal,
    Watched,
    worker_to_server,
)
from labs.models import Worker
from labs.web import permissions, storage
from labs.web.actions import runs, workers
from labs.web.consumers.base import Consumer
from labs.web.live import hints
from labs.web.live.board import Board
from labs.web.live.latest import Latest
from labs.web.live.terminals import Viewers

logger = logging.getLogger(__name__)

# A program's own codes (RFC 6455, 7.4.2): Daphne sends no other.
BAD_MESSAGE = 4400
SUPERSEDED = 4409
MISSING = 4410
TOO_BIG = 4413
FAILED = 4500
HEARTBEAT = ALIVE
"""Seconds: the worker is noted as alive, and what it should have is compared with what it was told, also without a hint."""
AGAIN = 1.0
"""Seconds after a database that could not be written; what the worker shows and its terminals go on meanwhile."""
HINTS = 0.05
"""Seconds after it was told what should be in which hints that this changed are gathered."""


class WorkerConsumer(Consumer):
    worker: Worker

    async def connect(self) -> None:
        self.tasks: list[asyncio.Task[None]] = []
        self.told: workers.Digest | None = None
        self.changed = asyncio.Event()
        self.board = Board()
        self.reports = Latest(self._record, merge=_later)
        self.asked: dict[str, str] = {}
        """Requests under way, and the channel of the hub that waits for each."""
        self.early: list[dict[str, Any]] = []
        """Requests that came before it was known which labs are this worker's."""
        self.viewers = Viewers()
        self.numbering = Numbering()
        self.was_superseded = False
        self.is_storing = True
        worker = await database_sync_to_async(permissions.worker_by_token)(_bearer(self.scope))
        if worker is None:
            await self.close()
            return
        self.worker = worker
        await self.accept()

    async def disconnect(self, code: int) -> None:
        tasks, self.tasks = self.tasks, []
        if not tasks:
            return
        for task in tasks:
            task.cancel()
        if not self.was_superseded:
            with self._patience():
                await database_sync_to_async(workers.worker_gone)(self.worker)
        for group in self._groups():
            await self.channel_layer.group_discard(group, self.channel_name)
        for request, reply_to in self.asked.items():
            await self._answer(Reply(id=request, error="The worker's connection ended."), reply_to)

    # From the worker

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if len(text_data or bytes_data or "") > settings.LIMITS.worker_message_bytes:
            await self.close(TOO_BIG)
            return
        try:
            text = self.numbering.accept(text_data or "")
        except MissingMessageError as error:
            logger.warning("The connection of worker %s begins anew. %s", self.worker, error)
            await self.close(MISSING)
            return
        if text is not None:
            for line in text.split("\n"):
                await self._receive(line)

    async def _receive(self, text: str) -> None:
        try:
            message = worker_to_server.validate_json(text)
        except ValidationError as error:
            logger.warning(
                "Worker %s sent what is not a message: %s", self.worker, error.errors(include_input=False, include_url=False)[:3]
            )
            await self.close(BAD_MESSAGE)
            return
        match message:
            case Hello():
                await self._hello(message)
            case Report():
                if message.run.state == "stopped":
                    self.board.drop(message.lab)
                self.reports.put(message.lab, message)
            case Status() if self._is_ours(message.lab):
                self.board.put(message)
            case FromTerminal(viewer=viewer, output=output) if self._is_ours(output.lab):
                await self.viewers.hand_on(viewer, output)
            case Reply(id=request):
                if reply_to := self.asked.pop(request, None):
                    await self._answer(message, reply_to)

    async def _hello(self, hello: Hello) -> None:
        if self.tasks:
            return
        group = hints.worker_group(self.worker.pk)
        await self.channel_layer.group_send(group, {"type": "superseded"})
        await self.channel_layer.group_add(group, self.channel_name)
        logger.info("Worker %s is here: %s", self.worker, hello.name)
        keep_desired = partial(self._keep_desired, hello)
        loops: tuple[Callable[[], Awaitable[None]], ...] = (keep_desired, self.reports.work, self._relay_status)
        self.tasks = [asyncio.create_task(self._guard(loop)) for loop in loops]

    async def _guard(self, loop: Callable[[], Awaitable[None]]) -> None:
        """A connection whose work failed is of no use: closed, it comes back and begins anew."""
        try:
            await loop()
        except Exception:
            logger.exception("The connection of worker %s failed", self.worker)
            await self.close(FAILED)

    async def _record(self, reports: Sequence[Report]) -> None:
        while True:
            with self._patience():
                await database_sync_to_async(runs.record_reports)(self.worker, {report.lab: report.run for report in reports})
                return
            await asyncio.sleep(AGAIN)

    @contextmanager
    def _patience(self) -> Iterator[None]:
        """The block ends where the database cannot be used, and is to be done again later. That is logged, not at every try."""
        try:
            yield
        except DatabaseError as error:
            if storage.refusal_of(error) is None:
                raise
            if self.is_storing:
                logger.error("What worker %s reports cannot be written down: %s. Trying again", self.worker, error)  # noqa: TRY400 - the trace says nothing more
            self.is_storing = False
        else:
            self.is_storing = True

    async def _relay_status(self) -> None:
        while True:
            for lab, message in await self.board.due():
                await self.channel_layer.group_send(hints.lab_group(lab), message)

    def _is_ours(self, lab: str) -> bool:
        return any(lab == told.lab for told in self.told or ())

    # To the worker

    async def _keep_desired(self, hello: Hello) -> None:
        """Tell the worker what should be, whenever that differs from what it was told."""
        noted: float | None = None
        while True:
            self.changed.clear()
            with self._patience():
                if noted is None:
                    await database_sync_to_async(workers.worker_connected)(self.worker, hello.name, hello.features)
                    noted = time.monotonic()
                elif time.monotonic() - noted >= HEARTBEAT:
                    await database_sync_to_async(workers.worker_seen)(self.worker)
                    noted = time.monotonic()
                    await self._stay()
            with self._patience():
                await self._tell_desired()
            try:
                await asyncio.sleep(HINTS)
                async with asyncio.timeout(HEARTBEAT):  # wait_for may swallow that this is cancelled
                    await self.changed.wait()
            except TimeoutError:
                await self._tell(Alive())

    async def _tell_desired(self) -> None:
        desired = await database_sync_to_async(workers.desired)(self.worker, self.told)
        if desired is not None:
            is_first = self.told is None
            labs, same = desired
            self.told = same.union(map(workers.Told.of, labs))
            await self._tell(Desired(labs=labs, same=tuple(told.lab for told in same)))
            if is_first:
                await self._meet_hubs()

    async def _meet_hubs(self) -> None:
        """Once it is known which labs are this worker's: of others no status is taken, and what is watched it tells in full only once."""
        await self._stay()
        self.changed.set()  # hints were missed until now
        await self.channel_layer.group_send(hints.ALL_HUBS, {"type": "watched.who"})
        while self.early:
            await self.request(self.early.pop(0))

    async def _stay(self) -> None:
        """In the groups: a layer forgets its members after a day, and a Redis that is started again has forgotten all."""
        for group in self._groups():
            await self.channel_layer.group_add(group, self.channel_name)

    def _groups(self) -> tuple[str, str]:
        return hints.ALL_WORKERS, hints.worker_group(self.worker.pk)

    async def _tell(self, message: ServerToWorker) -> None:
        await self.send(self.numbering.number(message.model_dump_json()))

    async def _answer(self, reply: Reply, reply_to: str) -> None:
        await self.channel_layer.send(reply_to, {"type": "reply", "reply": reply.model_dump(mode="json")})

    # From the channel layer

    async def desired_changed(self, event: dict[str, Any]) -> None:
        self.changed.set()

    async def superseded(self, event: dict[str, Any]) -> None:
        self.was_superseded = True
        await self.close(SUPERSEDED)

    async def request(self, event: dict[str, Any]) -> None:
        request = Request.model_validate(event["request"])
        self.asked[request.id] = event["reply_to"]
        if self.told is None:
            self.early.append(event)
        elif request.action == "preview" or self._is_ours(request.lab):
            await self._tell(request)
        else:
            del self.asked[request.id]
            await self._answer(Reply(id=request.id, error="The lab is not on this worker."), event["reply_to"])

    async def to_terminal(self, event: dict[str, Any]) -> None:
        message = ToTerminal.model_validate(event["message"])
        if self._is_ours(message.message.lab):
            self.viewers.note(message.viewer)
            await self._tell(message)

    async def watched(self, event: dict[str, Any]) -> None:
        watched = self.board.watch(event["hub"], event["labs"])
        if watched is not None:
            await self._tell(Watched(labs=watched))
        for lab in event["ask"]:
            if message := self.board.all_of(lab):
                await self.channel_layer.send(event["hub"], message)


def _later(older: Report, newer: Report) -> Report:
    """The newer report, with the plan that the older one brought."""
    if newer.run.plan is None and newer.run.generation == older.run.generation:
        return newer.model_copy(update={"run": newer.run.model_copy(update={"plan": older.run.plan})})
    return newer


def _bearer(scope: dict[str, Any]) -> str:
    for name, value in scope["headers"]:
        if name == b"authorization":
            kind, _, token = value.decode("latin1").partition(" ")
            return token.strip() if kind.lower() == "bearer" else ""
    return ""
