"""Status on its way through one web process: a worker that is played sends stamped pings, pages note when they see them."""

from __future__ import annotations

import asyncio
import json
import socket as sockets
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, NamedTuple

from websockets.asyncio.client import ClientConnection, connect

from benchmarks.results import Result, percentile
from benchmarks.serving import Process, Viewers, until, web_alone
from labs.messages.numbering import Numbering
from labs.messages.status import Features, LabStatus, PingResult, RunStatus
from labs.messages.worker import Hello, Report, Status
from tests.serving import PATIENCE, Server, Session
from topoweb.statedir import secret

LABS, PAGES_EACH, PER_SECOND = 30, 20, 10
"""600 pages, each of which gets ten messages a second."""
SECONDS = 15.0
OPENED = 20.0
"""Seconds after which what was held up while 600 pages were opened has arrived: up to 4 s of it, which a core that is nearly full works off
in as long again, or longer."""
DOCUMENT: dict[str, Any] = {"topoweb": 1, "name": "Watched", "nodes": [{"name": "ns1", "kind": "namespace"}]}


class Passage(NamedTuple):
    """What the pages saw."""

    per_second: float
    p99: float
    """Seconds from the worker to a page."""
    growth: int
    """Bytes by which the web process grew."""


def fan_out() -> Iterator[Result]:
    with tempfile.TemporaryDirectory(prefix="topoweb-benchmark-") as directory, web_alone(Path(directory)) as server:
        session = Session(server.url, server.sign_in)
        labs = running_labs(session)
        with PlayedWorker(server, labs):
            cookie = session.cookie_header()
            _pass_through(server, cookie, labs, seconds=3)  # everything is loaded and allocated once
            plain = _pass_through(server, cookie, labs)
            beside = _pass_through(server, cookie, labs, beside=lambda: PageThatNeverReads(server, session, labs[0]))
    layer = _channel_layer_alone()
    pages = LABS * PAGES_EACH
    what = f"status to {pages} pages through one web process"
    yield Result(f"{what}: messages a second", plain.per_second, "/s", must=f">= {0.98 * pages * PER_SECOND:.0f}")
    yield Result(f"{what}: to the channel layer alone", plain.per_second, "/s", layer.per_second, plain.per_second / layer.per_second)
    yield Result(f"{what}: p99", plain.p99, must="< 0.25")
    yield Result("beside a page that never reads: growth of the web process", beside.growth / 1e6, "MB", must="< 16")
    yield Result("beside a page that never reads: p99 of the others", beside.p99, "s", plain.p99, beside.p99 / plain.p99, "<= 1.5")


def _channel_layer_alone() -> Passage:
    labs = [f"lab{number}" for number in range(LABS)]
    with (
        tempfile.TemporaryDirectory(prefix="topoweb-benchmark-") as directory,
        _channels(Path(directory)) as server,
        PlayedWorker(server, labs),
    ):
        return _pass_through(server, "", labs)


@contextmanager
def _channels(state: Path) -> Iterator[Server]:
    """`benchmarks.baselines.channels` in place of our server."""
    with sockets.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.baselines.channels", str(port)], text=True)
    try:
        until(lambda: _listens(port))
        yield Server(f"http://127.0.0.1:{port}", "", state, process, state / "log")
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _listens(port: int) -> bool:
    with sockets.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def running_labs(session: Session) -> list[str]:
    labs = [session.post("/api/labs", json={"document": DOCUMENT}).json()["id"] for _ in range(LABS)]
    for lab in labs:
        session.post(f"/api/labs/{lab}/run").raise_for_status()
    return labs


def _pass_through(
    server: Server,
    cookie: str,
    labs: Sequence[str],
    seconds: float = SECONDS,
    beside: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> Passage:
    """`beside` is opened when the measurement begins: a page that does not acknowledge is given up after half a minute."""
    web = Process(server.process.pid, 0, "web")
    viewers = Viewers(server.url, cookie, [lab for lab in labs for _ in range(PAGES_EACH)], processes=2)
    time.sleep(OPENED)
    before = web.private_memory
    with beside():
        viewers.begin()
        began = time.monotonic()
        time.sleep(seconds)
        growth = web.private_memory - before
        took = time.monotonic() - began
    seen = viewers.close()
    return Passage(len(seen.latencies) / took, percentile(seen.latencies, 99), growth)


class PageThatNeverReads(AbstractContextManager[None]):
    """It opens a WebSocket, watches a lab, and leaves what comes in the socket's buffers."""

    def __init__(self, server: Server, session: Session, lab: str) -> None:
        host, _, port = server.url.removeprefix("http://").partition(":")
        self._socket = sockets.create_connection((host, int(port)))
        self._socket.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
        headers = {
            "Host": f"{host}:{port}",
            "Origin": server.url,
            "Cookie": session.cookie_header(),
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Version": "13",
        }
        lines = ["GET /ws/page HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        self._socket.sendall("\r\n".join(lines).encode())
        assert b" 101 " in self._socket.recv(64)
        self._socket.sendall(_text_frame(json.dumps({"type": "watch", "lab": lab})))

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        self._socket.close()


def _text_frame(text: str) -> bytes:
    """Masked, as a client's must be (RFC 6455, 5.3), with a mask of zeros."""
    data = text.encode()
    assert len(data) < 126
    return bytes([0x81, 0x80 | len(data)]) + bytes(4) + data


class PlayedWorker:
    """Says that every lab runs, and sends status of those that are watched, `PER_SECOND` times a second."""

    def __init__(self, server: Server, labs: Sequence[str]) -> None:
        self._server, self._labs = server, labs
        self._thread = threading.Thread(target=lambda: asyncio.run(self._work()))
        self._numbering = Numbering()
        self._ready, self._over = threading.Event(), threading.Event()

    def __enter__(self) -> None:
        self._thread.start()
        self._ready.wait(30)

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    async def _work(self) -> None:
        token = secret(self._server.state / "worker-token")
        address = self._server.url.replace("http", "ws") + "/ws/worker"
        headers = {"Authorization": f"Bearer {token}"}
        async with connect(address, additional_headers=headers, max_size=None, compression=None) as socket:
            await self._say(socket, Hello(name="played", features=Features()))
            for lab in self._labs:
                await self._say(socket, Report(lab=lab, run=RunStatus(state="running", generation=1, version=1)))
            self._ready.set()
            listening = asyncio.create_task(_listen(socket))
            await self._send(socket)
            listening.cancel()

    async def _send(self, socket: ClientConnection) -> None:
        due, step = time.monotonic(), 1 / PER_SECOND / len(self._labs)
        while not self._over.is_set():
            for number, lab in enumerate(self._labs):
                await asyncio.sleep(due + number * step - time.monotonic())
                stamp = time.monotonic() * 1000
                ping = PingResult(source="ns1", target="192.168.1.2", got="reply", rtt_ms=stamp, text="reply", sent=20, received=20)
                await self._say(socket, Status(lab=lab, status=LabStatus(pings={"ns1>192.168.1.2": ping})))
            due += 1 / PER_SECOND

    async def _say(self, socket: ClientConnection, message: Hello | Report | Status) -> None:
        await socket.send(self._numbering.number(message.model_dump_json()))


async def _listen(socket: ClientConnection) -> None:
    async for _ in socket:
        pass
