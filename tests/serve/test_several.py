"""Two web processes, of which one has the worker's connection, on one PostgreSQL and one Redis; and what happens when those are killed."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import time
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from labs.kernel.lab import Lab
from labs.network.state import Netns
from tests.backends import Postgres, Redis, backend
from tests.faults.web_process import WebProcess
from tests.serve.test_live import LINK, page_socket
from tests.serve.test_serve import pings, run_pair, until
from tests.serving import Server, Session, serving, serving_environment
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


@dataclass(frozen=True, slots=True)
class User:
    """Signed in at either."""

    at_a: Session
    at_b: Session


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    state = tmp_path_factory.mktemp("state")
    with ExitStack() as stack:
        postgres, redis = stack.enter_context(backend(Postgres)), stack.enter_context(backend(Redis))
        settings = {"DATABASE_URL": f"{postgres.url}?options=-c lock_timeout=1s", "REDIS_URL": redis.url}
        assert _preparing(state, settings).wait(60) == 0
        a, b = (stack.enter_context(_web(state, settings)) for _ in "ab")
        stack.enter_context(_worker(b))
        yield Site(a, b, postgres, redis)


@pytest.fixture(scope="module")
def olga(site: Site) -> User:
    return User(site.a.session("olga"), site.b.session("olga"))


def _preparing(state: Path, settings: dict[str, str]) -> subprocess.Popen[bytes]:
    """What `topoweb serve` does first."""
    prepare = "from topoweb.serving.first_start import prepare; prepare()"
    return subprocess.Popen([sys.executable, "-c", prepare], env=serving_environment(state, **settings))


@pytest.fixture(scope="module")
def eddie(site: Site) -> Session:
    """At `b`."""
    return site.b.session("eddie")


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


@asynccontextmanager
async def watching(server: Server, session: Session, lab: str) -> AsyncIterator[Page]:
    async with page_socket(server, session) as socket:
        page = Page(socket, lab)
        await page.say("watch")
        yield page


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


def ping(session: Session, lab: str) -> Json:
    return dict(session.post(f"/api/labs/{lab}/ping", json={"from": "ns1", "to": "ns2"}).json())


def share_with_eddie(olga: User, lab: str) -> None:
    olga.at_a.put(f"/api/labs/{lab}/members/eddie", json={"role": "editor"}).raise_for_status()


@contextmanager
def within(seconds: float) -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < seconds


def test_a_page_at_one_sees_live_what_runs_by_the_other(site: Site, olga: User) -> None:
    async def watch() -> None:
        lab = new_lab(olga.at_b)
        async with watching(site.a, olga.at_a, lab) as page:
            await page.hear_until(lambda message: run_of(message) == "stopped")
            await asyncio.to_thread(olga.at_b.post, f"/api/labs/{lab}/run")
            await page.hear_until(lambda message: link_of(message) == "up")
            inside = await Lab.visit(site.b.state / "labs" / f"{lab}.sock")
            await inside.run(Netns("", "ns2"), ["ip", "link", "set", "veth-ns2", "down"])
            inside.leave()
            await page.hear_until(lambda message: link_of(message) == "down", SOON)
            await asyncio.to_thread(olga.at_b.delete, f"/api/labs/{lab}")
            await page.hear_until(lambda message: message["type"] == "gone", SOON)

    asyncio.run(watch())


def test_a_ping_asked_for_at_one_is_answered_by_the_worker_at_the_other(site: Site, olga: User) -> None:
    with running(olga.at_b) as lab:
        assert ping(olga.at_a, lab)["got"] == "reply"


def test_who_looks_is_seen_from_either(site: Site, olga: User, eddie: Session) -> None:
    lab = new_lab(olga.at_a)
    share_with_eddie(olga, lab)

    async def meet() -> None:
        async with watching(site.a, olga.at_a, lab) as hers:
            async with watching(site.b, eddie, lab) as his:
                for page in (hers, his):
                    await page.hear_until(lambda message: people_of(message) == ["eddie", "olga"], SOON)
            await hers.hear_until(lambda message: people_of(message) == ["olga"], SOON)

    asyncio.run(meet())


def test_of_two_who_save_at_either_the_second_is_told(site: Site, olga: User) -> None:
    lab = new_lab(olga.at_a)

    async def conflict() -> None:
        async with watching(site.b, olga.at_b, lab) as page:
            await page.hear_until(lambda message: message["version"] == 1)
            assert save(olga.at_a, lab, "First", 1).status_code == 200
            await page.hear_until(lambda message: message["version"] == 2, SOON)
            assert save(olga.at_b, lab, "Second", 1).status_code == 412

    asyncio.run(conflict())
    assert olga.at_b.get(f"/api/labs/{lab}").json()["name"] == "First"


def test_what_is_typed_at_one_is_echoed_at_once_by_the_worker_at_the_other(site: Site, olga: User) -> None:
    async def type_in(lab: str) -> None:
        async with watching(site.a, olga.at_a, lab) as page:
            terminal = olga.at_a.post(f"/api/labs/{lab}/terminals", json={"node": "ns1"}).json()["key"]
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

    with running(olga.at_b) as lab:
        asyncio.run(type_in(lab))


def test_redis_forgets_who_is_to_be_told(site: Site, olga: User) -> None:
    """As each member of a group is forgotten after a day: all say in time that they are still there."""

    async def watch(lab: str) -> None:
        async with watching(site.a, olga.at_a, lab) as page:
            await page.hear_until(lambda message: link_of(message) == "up")
            before = site.redis.members()
            site.redis.forget()
            until(lambda: site.redis.members() == before)
            assert ping(olga.at_a, lab)["got"] == "reply"
            await asyncio.to_thread(olga.at_b.post, f"/api/labs/{lab}/stop")
            await page.hear_until(lambda message: run_of(message) == "stopped", SOON)

    with running(olga.at_b) as lab:
        asyncio.run(watch(lab))


def refused(answer: requests.Response) -> str:
    """The code of a clear error."""
    assert answer.status_code == 503, answer.text
    return str(answer.json()["error"]["code"])


def test_redis_is_killed_and_started_again(site: Site, olga: User) -> None:
    """What is saved is saved, the lab runs on, and all that needs Redis comes back by itself; a page that stays open is told again, and one
    may leave. Each hub logs once that it went and once that it is back."""

    async def outlive(lab: str) -> None:
        async with watching(site.a, olga.at_a, lab) as page:
            await page.hear_until(lambda message: link_of(message) == "up")
            async with watching(site.b, olga.at_b, lab) as other:
                await other.hear_until(lambda message: link_of(message) == "up")
                site.redis.kill()
            assert save(olga.at_b, lab, "While it was away", 1).status_code == 200
            assert ping(olga.at_a, lab)["error"]["code"] == "redis_away"
            await asyncio.to_thread(site.redis.start)
            await page.hear_until(lambda message: message.get("version") == 2)
            until(lambda: pings(olga.at_a, lab))
            await asyncio.to_thread(olga.at_b.post, f"/api/labs/{lab}/stop")
            await page.hear_until(lambda message: run_of(message) == "stopped", SOON)

    with running(olga.at_b) as lab:
        asyncio.run(outlive(lab))
    until(lambda: logged_once_each(site, "Redis"))
    assert site.a.log.read_text().count("Exception inside application") == 1, "the worker's connection"


def logged(site: Site, line: str) -> int:
    """How often, by the hubs of both."""
    return site.a.log.read_text().count(f": The hub {line}")


def logged_once_each(site: Site, what: str) -> bool:
    """By the hubs that came upon it: that it went, and that it is back."""
    assert not logged(site, "failed")
    return 1 <= logged(site, f"cannot use {what}") == logged(site, f"can use {what} again") <= len((site.a, site.b))


def test_postgresql_is_killed_and_started_again(site: Site, olga: User) -> None:
    """Meanwhile it is said that nothing was saved; the lab runs on, and its page stays open. Each hub logs once that it went, and once that
    it is back."""

    async def outlive(lab: str) -> None:
        async with watching(site.a, olga.at_a, lab) as page:
            await page.hear_until(lambda message: link_of(message) == "up")
            site.postgres.kill()
            for session in (olga.at_a, olga.at_b):
                assert refused(save(session, lab, "While it was away", 1)) == "storage_failed"
            assert olga.at_a.get("/").status_code == 503
            inside = await Lab.visit(site.b.state / "labs" / f"{lab}.sock")
            await inside.run(Netns("", "ns2"), ["ip", "link", "set", "veth-ns2", "down"])
            inside.leave()
            await page.hear_until(lambda message: link_of(message) == "down", SOON)
            await asyncio.to_thread(until, lambda: logged(site, "cannot use the database"))
            await asyncio.to_thread(site.postgres.start)
            assert save(olga.at_a, lab, "Back", 1).status_code == 200
            await page.hear_until(lambda message: message.get("version") == 2, SOON)
            await asyncio.to_thread(olga.at_b.post, f"/api/labs/{lab}/stop")
            await page.hear_until(lambda message: run_of(message) == "stopped")

    with running(olga.at_b) as lab:
        asyncio.run(outlive(lab))
    until(lambda: logged_once_each(site, "the database"))


def test_whose_page_failed_is_not_seen_any_more(site: Site, olga: User, eddie: Session) -> None:
    """A message that asks the database ends its connection, while that is away; the page comes back by itself."""
    lab, another = new_lab(olga.at_a), new_lab(olga.at_a)
    share_with_eddie(olga, lab)

    async def fail() -> None:
        async with watching(site.a, olga.at_a, lab) as hers, watching(site.b, eddie, lab) as his:
            await hers.hear_until(lambda message: people_of(message) == ["eddie", "olga"], SOON)
            site.postgres.kill()
            await his.say("watch", lab=another)
            with pytest.raises(ConnectionClosed):
                await his.hear_until(lambda _: False)
            await asyncio.to_thread(site.postgres.start)
            await hers.hear_until(lambda message: people_of(message) == ["olga"])

    asyncio.run(fail())


def test_postgresql_may_only_be_read(site: Site, olga: User) -> None:
    lab = new_lab(olga.at_a)
    site.postgres.execute("ALTER DATABASE postgres SET default_transaction_read_only = on")
    try:
        assert refused(save(olga.at_a, lab, "Not now", 1)) == "storage_read_only"
        assert refused(olga.at_b.post("/api/labs", json={})) == "storage_read_only"
        assert olga.at_b.get(f"/api/labs/{lab}").json()["version"] == 1
    finally:
        site.postgres.execute("SET default_transaction_read_only = off", "ALTER DATABASE postgres RESET default_transaction_read_only")
    assert save(olga.at_a, lab, "Now", 1).status_code == 200


def test_another_program_holds_what_is_to_be_saved(site: Site, olga: User) -> None:
    lab = new_lab(olga.at_a)
    with site.postgres.connect() as other, other.transaction():
        other.execute("SELECT FROM labs_lab FOR UPDATE")
        assert refused(save(olga.at_b, lab, "Not now", 1)) == "storage_busy"
    assert save(olga.at_b, lab, "Now", 1).status_code == 200


def test_two_machines_that_start_at_once_serve_one_site(site: Site, tmp_path: Path) -> None:
    """`topoweb serve` on each: a worker each, and who is signed in at one is at the other."""
    site.postgres.execute("CREATE DATABASE two")
    common = {"DATABASE_URL": site.postgres.url.replace("/postgres", "/two"), "REDIS_URL": f"{site.redis.url}1", "SECRET_KEY": "common"}
    machines = {tmp_path / name: common | {"TOPOWEB_WORKER_NAME": name} for name in ("east", "west")}
    for state in machines:
        state.mkdir()
    assert [preparing.wait(60) for preparing in [_preparing(*machine) for machine in machines.items()]] == [0, 0]
    with ExitStack() as stack:
        east, west = (stack.enter_context(serving(state, environment=settings)) for state, settings in machines.items())
        session = east.session("olga")
        until(lambda: east.manage("from labs.models import Worker; print(Worker.alive().count())") == "2")
        labs = [run_pair(session) for _ in machines]
        workers = {session.get(f"{west.url}/api/labs/{lab}").json()["run"]["worker"] for lab in labs}
        assert workers == {"east", "west"}
        for lab in labs:
            answer = session.post(f"{west.url}/api/labs/{lab}/ping", json={"from": "ns1", "to": "ns2"})
            assert answer.json()["got"] == "reply"
            session.delete(f"/api/labs/{lab}").raise_for_status()
