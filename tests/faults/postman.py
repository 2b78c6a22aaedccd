"""Between a worker and its server, message by message: a postman who loses some, brings some twice and some too late."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

from websockets.asyncio.client import connect
from websockets.asyncio.connection import Connection
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed, InvalidHandshake

CHANCE = 0.03
"""Of each fault, for each message: most connections do some work before the first."""
_OPTIONS: dict[str, Any] = {"max_size": None, "compression": None}


class Postman:
    def __init__(self, port: int) -> None:
        self._far = port
        self._loop = asyncio.new_event_loop()
        self._is_careless = False
        self.faults = 0
        """That he has made."""
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self._server = asyncio.run_coroutine_threadsafe(self._open(), self._loop).result()
        self.port: int = self._server.sockets[0].getsockname()[1]

    async def _open(self) -> Any:
        return await serve(self._carry, "127.0.0.1", 0, **_OPTIONS)

    @contextmanager
    def careless(self) -> Iterator[None]:
        self._is_careless = True
        try:
            yield
        finally:
            self._is_careless = False

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._server.close)

    async def _carry(self, near: ServerConnection) -> None:
        assert near.request
        headers = {"Authorization": near.request.headers["Authorization"]}
        try:
            async with connect(f"ws://127.0.0.1:{self._far}{near.request.path}", additional_headers=headers, **_OPTIONS) as far:
                ways = [asyncio.create_task(self._deliver(*way)) for way in ((near, far), (far, near))]
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
                for way in ways:
                    way.cancel()
        except (OSError, InvalidHandshake):
            return  # the worker dials again

    async def _deliver(self, sender: Connection, receiver: Connection) -> None:
        try:
            async for message in self._carelessly(sender):
                await receiver.send(message)
        except ConnectionClosed:
            return

    async def _carelessly(self, sender: Connection) -> AsyncIterator[str | bytes]:
        late: list[str | bytes] = []
        async for message in sender:
            fault = random.random() // CHANCE if self._is_careless else None
            self.faults += fault in (0, 1, 2)
            if fault == 1:
                late.append(message)
                continue
            if fault != 0:
                yield message
            if fault == 2:
                yield message
            while late:
                yield late.pop()
