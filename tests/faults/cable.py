"""The cable between a worker and its server, which can be cut or stand still: a TCP proxy on loopback, in a thread of its own."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Literal

Fault = Literal["cut", "still"]
_PIECE = 1 << 16


class Cable:
    def __init__(self, port: int, near: socket.socket | None = None) -> None:
        """To a port of this machine. `near`: where it listens, if not on a port of its own beside that."""
        self._far = port
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._fault: Fault | None = None
        self._flows = asyncio.Event()
        self._flows.set()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        starting = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._carry, sock=near or socket.create_server(("127.0.0.1", 0))), self._loop
        )
        self._server = starting.result()
        self.port: int = self._server.sockets[0].getsockname()[1]

    @contextmanager
    def suffering(self, fault: Fault) -> Iterator[None]:
        """Cut: every connection is closed, and every new one. Still: they are there, and nothing comes through."""
        self._loop.call_soon_threadsafe(self._suffer, fault)
        try:
            yield
        finally:
            self._loop.call_soon_threadsafe(self._mend)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._suffer, "cut")
        self._loop.call_soon_threadsafe(self._server.close)

    def _suffer(self, fault: Fault) -> None:
        self._fault = fault
        if fault == "still":
            self._flows.clear()
        else:
            for task in self._tasks:
                task.cancel()

    def _mend(self) -> None:
        self._fault = None
        self._flows.set()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._fault == "cut":
            writer.close()
            return
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._far)
        ways = [asyncio.create_task(self._pump(*way)) for way in ((reader, far_writer), (far_reader, writer))]
        self._tasks.update(ways)
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        self._tasks.difference_update(ways)
        for end in (writer, far_writer):
            end.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(_PIECE):
                await self._flows.wait()
                writer.write(data)
                await writer.drain()
