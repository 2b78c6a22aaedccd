from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import pytest

from labs.kernel.features import find_features
from labs.kernel.lab import end_labs
from labs.messages.status import Features
from labs.messages.worker import Hello
from labs.worker.connection import Connection
from labs.worker.outbox import Outbox
from labs.worker.reconciler import Reconciler
from labs.worker.surroundings import Surroundings
from tests.worker.server import TOKEN, FakeServer


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with FakeServer() as server:
        yield server


@pytest.fixture
async def directory(tmp_path: Path) -> AsyncIterator[Path]:
    """Where the labs' sockets are; all labs end with the test."""
    directory = tmp_path / "labs"
    yield directory
    await end_labs(directory)


class Worker:
    """A worker in the test's own loop."""

    def __init__(self, server: FakeServer, directory: Path, features: Features, token: str = TOKEN) -> None:
        outbox = Outbox()
        self.reconciler = Reconciler(Surroundings(directory, features, outbox.report, outbox.show, outbox.ready))
        self.connection = Connection(server.url, token, Hello(name="test", features=features), self.reconciler, outbox)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        await self.reconciler.adopt()
        self._task = asyncio.get_running_loop().create_task(self.connection.run())

    async def stop(self) -> None:
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None
            await self.reconciler.leave()


StartWorker = Callable[..., Awaitable[Worker]]


@pytest.fixture
async def start_worker(server: FakeServer, directory: Path) -> AsyncIterator[StartWorker]:
    async with AsyncExitStack() as stack:

        async def start(features: Features | None = None, token: str = TOKEN) -> Worker:
            worker = Worker(server, directory, features or await find_features(), token)
            stack.push_async_callback(worker.stop)
            await worker.start()
            return worker

        yield start


@pytest.fixture
async def worker(start_worker: StartWorker, server: FakeServer) -> Worker:
    worker = await start_worker()
    await server.connected()
    return worker
