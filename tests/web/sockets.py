"""Both ends of the WebSockets: a page and a worker, as clients of the real ASGI application."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import User
from django.test import Client

from labs.messages.numbering import Numbering
from labs.messages.status import Features, LinkStatus
from labs.models import Lab, Worker
from labs.web.actions import runs
from labs.web.actions.workers import register_worker
from topoweb.asgi import application

Json = dict[str, Any]
ORIGIN = "http://127.0.0.1:8000"


class Socket(WebsocketCommunicator):
    """A WebSocket that a test holds."""

    def __init__(self, path: str, headers: dict[str, str]) -> None:
        super().__init__(application, path, [(name.encode(), value.encode()) for name, value in headers.items()])

    async def say(self, **message: Any) -> None:
        await self.send_to(text_data=json.dumps(message))

    async def hear(self, kind: str, patience: float = 5) -> Json:
        """The next message of a kind; those before it are passed over."""
        async with asyncio.timeout(patience):
            while True:
                message: Json = json.loads(await self.receive_from(timeout=patience))
                if message["type"] == kind:
                    return message

    async def hear_until(self, kind: str, found: Any, patience: float = 5) -> Json:
        """The next message of a kind for which `found` holds."""
        async with asyncio.timeout(patience):
            while not found(message := await self.hear(kind, patience)):
                continue
            return message

    async def code_of_close(self, patience: float = 5) -> int:
        """The code that the server closes with, which must be one that Daphne sends; what it says before is passed over."""
        async with asyncio.timeout(patience):
            while (event := await self.receive_output(patience))["type"] != "websocket.close":
                continue
        code = int(event.get("code") or 1000)
        assert code == 1000 or 3000 <= code <= 4999  # autobahn, WebSocketProtocol.sendClose
        return code

    async def connected(self) -> bool:
        return bool((await self.connect(timeout=5))[0])


class WorkerSocket(Socket):
    """A worker's: its messages are numbered."""

    def __init__(self, path: str, headers: dict[str, str]) -> None:
        super().__init__(path, headers)
        self._numbering = Numbering()

    async def send_to(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        await super().send_to(text_data=self._numbering.number(text_data or ""))

    async def send_raw(self, text: str) -> None:
        """With the number that it has."""
        await super().send_to(text_data=text)

    async def receive_from(self, timeout: float = 1) -> str:  # noqa: ASYNC109 - as it is called there
        return self._numbering.accept(await super().receive_from(timeout)) or ""


@sync_to_async
def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


async def session_cookie(user: User | Client) -> str:
    """Of a session of its own, or of a client's."""
    client = user if isinstance(user, Client) else await signed_in(user)
    return f"sessionid={client.cookies['sessionid'].value}"


async def page_of(user: User | Client | None, origin: str | None = ORIGIN) -> Socket:
    """A page that a user has open, not connected yet."""
    headers = {} if origin is None else {"origin": origin}
    return Socket("/ws/page", headers if user is None else headers | {"cookie": await session_cookie(user)})


async def open_page(user: User | Client) -> Socket:
    page = await page_of(user)
    assert await page.connected()
    return page


def worker_socket(token: str) -> WorkerSocket:
    return WorkerSocket("/ws/worker", {"authorization": f"Bearer {token}"})


async def open_worker(name: str = "w1", features: Features = Features()) -> tuple[Socket, Worker]:  # noqa: B008 - it is frozen
    """A worker that has said hello, and has been told what it should have."""
    worker = await sync_to_async(register_worker)(name, f"token of {name}")
    socket = worker_socket(f"token of {name}")
    assert await socket.connected()
    await socket.say(type="hello", name="machine", features=features.model_dump())
    await socket.hear("desired")
    return socket, worker


async def open_worker_of(owner: User, lab: Lab) -> Socket:
    """A worker that has been told to run a lab."""
    socket, _ = await open_worker()
    await sync_to_async(runs.run_lab)(owner, lab.pk)
    await socket.hear_until("desired", lambda message: message["labs"])
    return socket


def link_status(state: str = "up", bps: int = 0) -> Json:
    return LinkStatus.model_validate({"state": state, "ends": (state, "up"), "bps": (bps, bps)}).model_dump()
