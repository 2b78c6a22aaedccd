"""Two web processes, of which one has the worker's connection, on one PostgreSQL and one Redis; and what happens when those are killed."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from websockets.asyncio.client import ClientConnection

from labs.kernel.lab import Lab
from labs.network.state import Netns
from tests.backends import Postgres, Redis, backend
from tests.faults.web_process import WebProcess
from tests.serve.test_live import LINK, page_socket
from tests.serve.test_serve import pings, run_pair
from tests.serving import Server, Session, serving_environment
from tests.web.documents import pair

pytestmark = pytest.mark.kernel
Json = dict[str, Any]
SECONDS = 15.0
SOON = 5.0
"""Less than the ten seconds after which a hub looks again without having been told."""


@dataclass(frozen=True, slots=True)
class Site:
    """The worker is connected to `b`."""

    a: Server
    b: Server
    postgres: Postgres
    redis: Redis

    def sessions(self, name: str) -> tuple[Session, Session]:
        """A user's, at either."""
        return self.a.session(name), self.b.session(name)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    state = tmp_path_factory.mktemp("state")
    with ExitStack() as stack:
        postgres, redis = stack.enter_context(backend(Postgres)), stack.enter_context(backend(Redis))
        settings = {"DATABASE_URL": f"{postgres.url}?options=-c lock_timeout=1s", "REDIS_URL": redis.url}
        prepare = "from topoweb.serving.first_start import prepare; prepare()"
        subprocess.run([sys.executable, "-c", prepare], env=serving_environment(state, **settings), check=True, timeout=60)
        a, b = (stack.enter_context(_web(state, settings)) for _ in "ab")
        stack.enter_context(_worker(b))
        yield Site(a, b, postgres, redis)


@contextmanager
def _web(state: Path, settings: dict[str, str]) -> Iterator[Server]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        process = WebProcess(state, listener, settings, None, None)
        try:
            yield process.server()
        finally:
            process.end()


@contextmanager
def _worker(server: Server) -> Iterator[None]:
    command = [sys.executable, "-m", "topoweb.cli", "worker"]
    options = ["--server", server.url.replace("http", "ws"), "--token-file", str(server.state / "worker-token")]
    environment = serving_environment(server.state)
    with server.log.open("a") as log, subprocess.Popen([*command, *options], env=environment, stderr=log) as process:
        try:
            yield
        finally:
            process.terminate()
            process.wait(30)
            subprocess.run([*command, "--end-labs"], env=environment, check=True, timeout=60)


class Page:
    """A page's connection: it acknowledges, and keeps what it hears."""

    def __init__(self, socket: ClientConnection, lab: str) -> None:
        self._socket, self._lab = socket, lab

    async def say(self, kind: str, **fields: object) -> None:
        await self._socket.send(json.dumps({"type": kind, "lab": self._lab, **fields}))

    async def hear_until(self, found: Callable[[Json], Any], patience: float = SECONDS) -> Any:
        """What `found` finds in the next message in which it finds something."""
        async with asyncio.timeout(patience):
            while True:
                message = json.loads(await self._socket.recv())
                if message["type"] in ("full", "delta"):
                    await self.say("ack", seq=message["seq"])
                if result := found(message):
                    return result


def run_of(message: Json) -> Any:
    return (message.get("run") or {}).get("state")


def link_of(message: Json) -> Any:
    return ((message.get("status") or {}).get("links") or {}).get(LINK, {}).get("state")


def people_of(message: Json) -> list[str]:
    return [person["user"] for person in (message.get("people") or {}).get("named", ())]


@contextmanager
def running(session: Session) -> Iterator[str]:
    lab = run_pair(session)
    yield lab
    session.delete(f"/api/labs/{lab}").raise_for_status()


def new_lab(session: Session) -> str:
    return str(session.post("/api/labs", json={"document": pair()}).json()["id"])


def save(session: Session, lab: str, name: str, version: int) -> requests.Response:
    return session.put(f"/api/labs/{lab}", json={"document": pair(name)}, headers={"If-Match": f'"{version}"'})


@contextmanager
def within(seconds: float) -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < seconds


def test_a_page_at_one_sees_live_what_runs_by_the_other(site: Site) -> None:
    at_a, at_b = site.sessions("olga")

    async def watch() -> None:
        lab = new_lab(at_b)
        async with page_socket(site.a, at_a) as socket:
            page = Page(socket, lab)
            await page.say("watch")
            await page.hear_until(lambda message: run_of(message) == "stopped")
            await asyncio.to_thread(at_b.post, f"/api/labs/{lab}/run")
            await page.hear_until(lambda message: link_of(message) == "up")
            inside = await Lab.visit(site.b.state / "labs" / f"{lab}.sock")
            await inside.run(Netns("", "ns2"), ["ip", "link", "set", "veth-ns2", "down"])
            inside.leave()
            await page.hear_until(lambda message: link_of(message) == "down", SOON)
            await asyncio.to_thread(at_b.delete, f"/api/labs/{lab}")
            await page.hear_until(lambda message: message["type"] == "gone", SOON)

    asyncio.run(watch())


def test_a_ping_asked_for_at_one_is_answered_by_the_worker_at_the_other(site: Site) -> None:
    at_a, at_b = site.sessions("olga")
    with running(at_b) as lab:
        assert pings(at_a, lab)


def test_who_looks_is_seen_from_either(site: Site) -> None:
    at_a, at_b = site.a.session("olga"), site.b.session("eddie")
    lab = new_lab(at_a)
    at_a.put(f"/api/labs/{lab}/members/eddie", json={"role": "editor"}).raise_for_status()

    async def meet() -> None:
        async with page_socket(site.a, at_a) as first:
            hers = Page(first, lab)
            await hers.say("watch")
            async with page_socket(site.b, at_b) as second:
                his = Page(second, lab)
                await his.say("watch")
                for page in (hers, his):
                    await page.hear_until(lambda message: people_of(message) == ["eddie", "olga"], SOON)
            await hers.hear_until(lambda message: people_of(message) == ["olga"], SOON)

    asyncio.run(meet())


def test_of_two_who_save_at_either_the_second_is_told(site: Site) -> None:
    at_a, at_b = site.sessions("olga")
    lab = new_lab(at_a)

    async def conflict() -> None:
        async with page_socket(site.b, at_b) as socket:
            page = Page(socket, lab)
            await page.say("watch")
            await page.hear_until(lambda message: message["version"] == 1)
            assert save(at_a, lab, "First", 1).status_code == 200
            await page.hear_until(lambda message: message["version"] == 2, SOON)
            assert save(at_b, lab, "Second", 1).status_code == 412

    asyncio.run(conflict())
    assert at_b.get(f"/api/labs/{lab}").json()["name"] == "First"


def test_what_is_typed_at_one_is_echoed_at_once_by_the_worker_at_the_other(site: Site) -> None:
    at_a, at_b = site.sessions("olga")

    async def type_in(lab: str) -> None:
        async with page_socket(site.a, at_a) as socket:
            page = Page(socket, lab)
            await page.say("watch")
            terminal = at_a.post(f"/api/labs/{lab}/terminals", json={"node": "ns1"}).json()["key"]
            position = typed = 0
            shown = b""

            async def see_until(text: bytes) -> None:
                nonlocal position, shown
                while text not in shown:
                    await page.say("terminal_seen", terminal=terminal, position=position, typed=typed)
                    output = await page.hear_until(lambda message: message["type"] == "terminal_output" and message, SOON)
                    if output["position"] == position:
                        shown += b64decode(output["data"])
                        position = len(shown)

            await see_until(b"# ")
            with within(SOON):
                for number in range(10):
                    line = f"echo $((1000 + {number}))\n".encode()
                    await page.say("terminal_input", terminal=terminal, position=typed, data=b64encode(line).decode())
                    typed += len(line)
                    await see_until(f"{1000 + number}\r\n".encode())

    with running(at_b) as lab:
        asyncio.run(type_in(lab))
