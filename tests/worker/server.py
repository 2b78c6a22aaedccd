"""A server's end of the worker's protocol, over a real WebSocket on loopback, that a test can lead by hand."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any, TypeVar

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request as HttpRequest
from websockets.http11 import Response

from labs.messages.numbering import Numbering
from labs.messages.status import LabStatus, RunStatus
from labs.messages.worker import (
    Desired,
    DesiredLab,
    Hello,
    Reply,
    Report,
    Request,
    Status,
    ToTerminal,
    Watched,
    WorkerToServer,
    worker_to_server,
)

TOKEN = "token-of-a-test"
SECONDS = 20.0
Wanted = TypeVar("Wanted", bound=WorkerToServer)


class FakeServer:
    """Keeps what the worker said; `wait` looks at that first, then waits for more."""

    def __init__(self) -> None:
        self.received: list[WorkerToServer] = []
        self.connections = 0
        self._news = asyncio.Condition()
        self._socket: ServerConnection | None = None
        self._numbering = Numbering()
        self._ids = itertools.count(1)
        self._server: Server | None = None
        self.port = 0

    async def __aenter__(self) -> FakeServer:
        await self.listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.hang_up()

    async def listen(self) -> None:
        self._server = await serve(self._serve, "127.0.0.1", self.port, process_request=_check_token, max_size=None)
        self.port = self._server.sockets[0].getsockname()[1]

    async def hang_up(self) -> None:
        """The server goes away, with all connections."""
        if self._server:
            self._server.close()
            await self._server.wait_closed()

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    async def _serve(self, socket: ServerConnection) -> None:
        self._socket = socket
        self._numbering = numbering = Numbering()
        self.connections += 1
        async for data in socket:
            async with self._news:
                self.received += map(worker_to_server.validate_json, (numbering.accept(str(data)) or "").split("\n"))
                self._news.notify_all()

    async def wait(self, what: Callable[[WorkerToServer], bool], *, since: int = 0, seconds: float = SECONDS) -> Any:
        """The first message, from the number `since` on, that `what` is true of."""
        seen = since
        async with asyncio.timeout(seconds), self._news:
            while True:
                for message in self.received[seen:]:
                    seen += 1
                    if what(message):
                        return message
                await self._news.wait()

    async def connected(self, times: int = 1) -> None:
        await self.wait(lambda message: isinstance(message, Hello) and self.connections >= times)

    async def send(self, message: Desired | Watched | Request | ToTerminal) -> None:
        await self.send_text(message.model_dump_json())

    async def send_text(self, text: str) -> None:
        await self.send_raw(self._numbering.number(text))

    async def send_raw(self, text: str) -> None:
        """With the number that it has."""
        assert self._socket is not None
        await self._socket.send(text)

    async def want(self, *labs: DesiredLab, same: Sequence[str] = ()) -> None:
        await self.send(Desired(labs=labs, same=tuple(same)))

    async def watch(self, *labs: str) -> None:
        await self.send(Watched(labs=labs))

    async def run(self, lab: str, generation: int, document: dict[str, Any]) -> RunStatus:
        """Want a lab alone, and wait until that generation runs or has failed."""
        since = len(self.received)
        await self.want(desired(lab, generation, document))
        return await self.settled(lab, generation, since=since)

    async def settled(self, lab: str, generation: int, *, since: int = 0) -> RunStatus:
        report = await self.wait(
            lambda m: (
                isinstance(m, Report)
                and m.lab == lab
                and m.run.generation == generation
                and m.run.state in ("running", "failed", "stopped")
            ),
            since=since,
        )
        run: RunStatus = report.run
        return run

    async def status(self, lab: str, what: Callable[[LabStatus], bool], *, since: int = 0, seconds: float = SECONDS) -> LabStatus:
        message = await self.wait(lambda m: isinstance(m, Status) and m.lab == lab and what(m.status), since=since, seconds=seconds)
        status: LabStatus = message.status
        return status

    async def ask(self, lab: str, action: Any, **fields: Any) -> Reply:
        number = str(next(self._ids))
        await self.send(Request(id=number, lab=lab, action=action, **fields))
        reply: Reply = await self.wait(lambda m: isinstance(m, Reply) and m.id == number)
        return reply


def desired(lab: str, generation: int, document: dict[str, Any], *, running: bool = True, failed: bool = False) -> DesiredLab:
    return DesiredLab(lab=lab, generation=generation, version=generation, running=running, failed=failed, document=document)


def _check_token(connection: ServerConnection, request: HttpRequest) -> Response | None:
    if request.path == "/ws/worker" and request.headers.get("Authorization") == f"Bearer {TOKEN}":
        return None
    return connection.respond(HTTPStatus.FORBIDDEN, "no\n")
