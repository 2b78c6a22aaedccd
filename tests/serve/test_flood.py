"""A terminal that writes more than anybody can keep: it grows none of the processes that its bytes pass through."""

from __future__ import annotations

import asyncio
import json
from base64 import b64decode, b64encode
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection

from tests.serve.test_limits import MIB, memory
from tests.serve.test_live import page_socket
from tests.serve.test_serve import run_pair, web, worker
from tests.serving import Server

pytestmark = pytest.mark.kernel
SECONDS = 60.0


class Screen:
    """A page that shows a terminal, and acknowledges what it has shown."""

    def __init__(self, socket: ClientConnection, lab: str, terminal: str) -> None:
        self._socket = socket
        self._place = {"lab": lab, "terminal": terminal}
        self._position = self._typed = 0
        self._tail = b""

    async def open(self) -> None:
        await self._say(type="watch", lab=self._place["lab"])
        await self._see()

    async def type(self, line: str) -> None:
        data = f"{line}\n".encode()
        await self._say(type="terminal_input", position=self._typed, data=b64encode(data).decode(), **self._place)
        self._typed += len(data)

    async def shows(self, text: str) -> None:
        async with asyncio.timeout(SECONDS):
            while text.encode() not in self._tail:
                await self._hear(json.loads(await self._socket.recv()))

    async def _hear(self, message: dict[str, Any]) -> None:
        if message["type"] in ("full", "delta"):
            await self._say(type="ack", lab=message["lab"], seq=message["seq"])
        elif message["type"] == "terminal_output":
            if message["reset"]:
                self._position = message["position"]
            data = b64decode(message["data"])[max(0, self._position - message["position"]) :]
            if message["position"] <= self._position:  # else something was lost: what is acknowledged again is sent again
                self._position += len(data)
                self._tail = (self._tail + data)[-200:]
            if data:
                await self._see()

    async def _see(self) -> None:
        await self._say(type="terminal_seen", position=self._position, typed=self._typed, **self._place)

    async def _say(self, **message: object) -> None:
        await self._socket.send(json.dumps(message))


def flood(megabytes: int) -> str:
    return f"stty -echo; head -c {megabytes}000000 /dev/zero | tr '\\0' y; echo; echo {megabytes} were writt''en"


def test_a_flood_grows_nobody_also_where_a_page_does_not_look(server: Server) -> None:
    session = server.session("olga")
    lab = run_pair(session)
    terminal = session.post(f"/api/labs/{lab}/terminals", json={"node": "ns1"}).json()["key"]
    processes = {"web": web(server), "worker": worker(server)}

    async def look_on() -> dict[str, float]:
        async with page_socket(server, session) as socket, page_socket(server, session) as another:
            await Screen(another, lab, terminal).open()  # and it hears nothing
            screen = Screen(socket, lab, terminal)
            await screen.open()
            await screen.type(flood(1))
            await screen.shows("1 were written")
            before = {name: memory(pid) for name, pid in processes.items()}
            await screen.type(flood(10))
            await screen.shows("10 were written")
            return {name: (memory(pid) - before[name]) / MIB for name, pid in processes.items()}

    grown = asyncio.run(look_on())
    assert {name: growth for name, growth in grown.items() if growth > 4} == {}
    session.delete(f"/api/labs/{lab}").raise_for_status()
