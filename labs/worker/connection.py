"""The worker's one connection: it dials out to the server, and dials again whenever it is cut."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus, WebSocketException

from labs.messages.numbering import MissingMessageError, Numbering
from labs.messages.worker import (
    ALIVE,
    Alive,
    Desired,
    Hello,
    Request,
    ServerToWorker,
    ToTerminal,
    Watched,
    WorkerToServer,
    server_to_worker,
)
from labs.worker.outbox import Outbox
from labs.worker.reconciler import Reconciler
from labs.worker.requests import answer

logger = logging.getLogger(__name__)

PATH = "/ws/worker"
MAX_MESSAGE = 256 * 1024 * 1024
"""Bytes: `Desired` carries the documents of all labs."""
FRAME = 64 * 1024
"""Characters of messages that go together: a frame costs both sides more than a message."""
FIRST_RETRY, LONGEST_RETRY = 0.2, 10.0
"""Seconds."""
_OPTIONS: dict[str, Any] = {"max_size": MAX_MESSAGE, "compression": None, "close_timeout": 2}
_GOING_AWAY = 1001  # RFC 6455, section 7.4.1


class Connection:
    def __init__(self, server: str, token: str, hello: Hello, reconciler: Reconciler, outbox: Outbox) -> None:
        self._url = worker_url(server)
        self._headers = {"Authorization": f"Bearer {token}"}
        self._hello = hello
        self._reconciler = reconciler
        self._outbox = outbox
        self._requests: set[asyncio.Task[None]] = set()
        self._retry = FIRST_RETRY
        self._numbering = Numbering()

    async def run(self) -> None:
        """Stay connected until cancelled."""
        said = ""
        while True:
            try:
                async with connect(self._url, additional_headers=self._headers, **_OPTIONS) as socket:
                    logger.info("Connected to %s", self._url)
                    said = ""
                    await self._serve(socket)
            except (OSError, WebSocketException, TimeoutError, MissingMessageError) as error:
                if (reason := _reason(error)) != said:  # once for each reason: a server may be away for hours
                    logger.warning("No connection to %s: %s. Trying again", self._url, reason)
                    said = reason
            finally:
                await self._disconnected()
            await asyncio.sleep(self._retry * random.uniform(0.5, 1))
            self._retry = min(self._retry * 2, LONGEST_RETRY)

    async def _serve(self, socket: ClientConnection) -> None:
        self._numbering = Numbering()
        await socket.send(self._numbering.number(self._hello.model_dump_json()))
        for lab, run in self._reconciler.reports():
            self._outbox.report(lab, run)
        sending = asyncio.get_running_loop().create_task(self._send(socket))
        try:
            async for data in socket:
                if (message := self._numbering.accept(str(data))) is not None:
                    self._receive(message)
                self._retry = FIRST_RETRY  # whoever speaks is the server, and let us in
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            await socket.close(_GOING_AWAY)

    async def _send(self, socket: ClientConnection) -> None:
        while True:
            try:
                async with asyncio.timeout(ALIVE):  # wait_for may swallow that this is cancelled
                    first: WorkerToServer = await self._outbox.take()
            except TimeoutError:
                first = Alive()
            for frame in in_frames(self._encoded(first)):
                await socket.send(self._numbering.number(frame))

    def _encoded(self, message: WorkerToServer | None) -> Iterator[str]:
        """It, and what waits besides."""
        while message is not None:
            yield message.model_dump_json()
            message = self._outbox.take_now()

    async def _disconnected(self) -> None:
        """Nobody watches, and nobody waits for answers any more."""
        self._reconciler.watch(())
        self._reconciler.forget_viewers()
        for task in self._requests:
            task.cancel()
        await asyncio.gather(*self._requests, return_exceptions=True)
        self._outbox.clear()

    def _receive(self, data: str) -> None:
        try:
            message: ServerToWorker = server_to_worker.validate_json(data)
        except ValidationError as error:
            logger.error("The server sent what is not a message: %s", error.errors(include_input=False, include_url=False)[:3])  # noqa: TRY400 - the trace says nothing more
            return
        match message:
            case Desired():
                self._reconciler.want(message.labs, frozenset(message.same))
            case Watched():
                self._reconciler.watch(message.labs)
            case ToTerminal(viewer=viewer, message=inbound):
                if (runner := self._reconciler.runner(inbound.lab)) and runner.terminals:
                    runner.terminals.receive(viewer, inbound)
            case Request():
                task = asyncio.get_running_loop().create_task(self._answer(message))
                self._requests.add(task)
                task.add_done_callback(self._requests.discard)

    async def _answer(self, request: Request) -> None:
        self._outbox.reply(await answer(request, self._reconciler.runner(request.lab), self._reconciler.surroundings))


def in_frames(messages: Iterable[str]) -> Iterator[str]:
    """As many lines as go into FRAME characters, or one that is longer."""
    frame: list[str] = []
    size = 0
    for message in messages:
        if frame and size + len(message) > FRAME:
            yield "\n".join(frame)
            frame, size = [], 0
        frame.append(message)
        size += len(message)
    if frame:
        yield "\n".join(frame)


def worker_url(server: str) -> str:
    """`ws://host:port` or `http://host:port`, with or without the path, as the WebSocket's address. Raises ValueError."""
    parts = urlsplit(server)
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
    if scheme not in ("ws", "wss") or not parts.netloc:
        raise ValueError(f"{server!r} is not the address of a server: it begins with ws://, wss://, http:// or https://")
    path = parts.path.rstrip("/")
    return f"{scheme}://{parts.netloc}{path if path.endswith(PATH) else path + PATH}"


def _reason(error: Exception) -> str:
    if isinstance(error, InvalidStatus) and error.response.status_code in (401, 403):
        return "it does not know this token"
    return str(error) or type(error).__name__
