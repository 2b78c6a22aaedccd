"""A server, its users and their labs, in which tests break things, and then hold what is there against what the database says."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests

from labs.document.parse import parse
from labs.kernel.errors import KernelError, LabGoneError
from labs.kernel.lab import Lab, find_labs
from labs.kernel.observe import observe
from labs.network.compile import compile
from labs.network.normal import normalize
from labs.network.state import Netns
from labs.worker.record import Record
from tests.faults.cable import Cable
from tests.faults.postman import Postman
from tests.faults.processes import Kind, Process, orphans_are_kept, ours
from tests.faults.sweep import remains
from tests.faults.web_process import web_process
from tests.serving import Server, Session, serving, serving_environment

Json = dict[str, Any]
PATIENCE = 120.0
"""Seconds for all to be as it should again, on a machine that does other things too."""
_WISHES = """
    SELECT run.lab_id, run.wanted, run.generation, run.state, run.error, revision.document
    FROM labs_run run LEFT JOIN labs_revision revision ON revision.id = run.revision_id
"""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the database says of a lab: what should be, and what it was told of that last."""

    lab: str
    wanted: bool
    generation: int
    state: str
    error: Json | None
    document: Json | None


def insist(ask: Callable[[], requests.Response]) -> Json:
    """A user who presses again until somebody answers."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            answer = ask()
        except (requests.ConnectionError, requests.Timeout):
            answer = None
        if answer is not None and answer.status_code < 500:
            answer.raise_for_status()
            return dict(answer.json())
        assert time.monotonic() < deadline, "Nobody answers."
        time.sleep(0.05)


class User:
    def __init__(self, session: Session) -> None:
        self._session = session

    def make(self, document: Json) -> str:
        return str(insist(lambda: self._session.post("/api/labs", json={"document": document}))["id"])

    def run(self, lab: str) -> None:
        insist(lambda: self._session.post(f"/api/labs/{lab}/run"))

    def stop(self, lab: str) -> None:
        insist(lambda: self._session.post(f"/api/labs/{lab}/stop"))

    def change(self, lab: str, document: Json) -> None:
        """Save it, over whatever there is, and apply it."""
        insist(lambda: self._save(lab, document))
        insist(lambda: self._session.post(f"/api/labs/{lab}/apply"))

    def _save(self, lab: str, document: Json) -> requests.Response:
        version = insist(lambda: self._session.get(f"/api/labs/{lab}"))["version"]
        answer = self._session.put(f"/api/labs/{lab}", json={"document": document}, headers={"If-Match": f'"{version}"'})
        if answer.status_code == requests.codes.precondition_failed:  # it was saved, and the answer got lost
            return self._save(lab, document)
        return answer


class House:
    server: Server

    def __init__(self, state: Path) -> None:
        self.state = state
        self.labs: set[str] = set()
        """All that there ever were."""
        self._before = ours()
        self._serving = ExitStack()
        (state / "tmp").mkdir()
        self.serve()

    @property
    def environment(self) -> dict[str, str]:
        return {"TMPDIR": str(self.state / "tmp")}

    def serve(self, port: int = 0) -> None:
        """The server with its worker, as `topoweb serve` runs them."""
        self.server = self._serving.enter_context(serving(self.state, port=port, environment=self.environment))

    def serve_again(self) -> None:
        """At the same address, once the supervisor is gone."""
        self._serving.close()
        self.serve(urlsplit(self.server.url).port or 0)

    def close(self) -> None:
        self.wishes()
        self._serving.close()
        left = remains(self.state, self.labs, self._before)
        assert not left, f"Left: {left}"

    @property
    def directory(self) -> Path:
        """Where the labs have their sockets."""
        return self.state / "labs"

    def socket(self, lab: str) -> Path:
        return self.directory / f"{lab}.sock"

    def user(self, name: str) -> User:
        return User(self.server.session(name))

    def processes(self, kind: Kind) -> list[Process]:
        return [process for process in ours() - self._before if process.kind == kind]

    def kill(self, *kinds: Kind) -> None:
        """All of these kinds that there are now, at once."""
        for process in [process for kind in kinds for process in self.processes(kind)]:
            process.kill()

    def type_in(self, lab: str, node: str, command: str) -> None:
        """By hand, in a namespace of a lab that runs."""
        asyncio.run(_run(self.socket(lab), Netns("", node), command.split()))

    def kill_lab(self, lab: str) -> bool:
        """Kill its agent, if it has one by now."""
        try:
            agent = asyncio.run(_agent(self.socket(lab)))
        except (LabGoneError, FileNotFoundError):
            return False
        os.kill(agent, signal.SIGKILL)
        return True

    def wishes(self) -> list[Wish]:
        with closing(sqlite3.connect(f"file:{self.state}/topoweb.sqlite3?mode=ro", uri=True, timeout=60)) as database:
            rows = database.execute(_WISHES).fetchall()
        wishes = [
            Wish(str(uuid.UUID(lab)), bool(wanted), generation, state, _json(error), _json(document))
            for lab, wanted, generation, state, error, document in rows
        ]
        self.labs.update(wish.lab for wish in wishes)
        return wishes

    def wish(self, lab: str) -> Wish:
        return next(wish for wish in self.wishes() if wish.lab == lab)

    def settle(self) -> None:
        """Wait until every lab is as the database says."""
        deadline = time.monotonic() + PATIENCE
        while wrong := self.wrong():
            assert time.monotonic() < deadline, f"It did not come to what the database says: {wrong}\n{self.server.log.read_text()[-4000:]}"
            time.sleep(0.1)

    def wrong(self) -> list[str]:
        """How what there is differs from what the database says."""
        return asyncio.run(self._wrong())

    async def _wrong(self) -> list[str]:
        wishes = self.wishes()
        wrong = [said for wish in wishes async for said in self._differences(wish)]
        known = {wish.lab for wish in wishes}
        return wrong + [f"{path.stem} is not in the database" for path in find_labs(self.directory) if path.stem not in known]

    async def _differences(self, wish: Wish) -> AsyncIterator[str]:
        should = "running" if wish.wanted else "stopped"
        if wish.state != should:
            yield f"{wish.lab} is said to be {wish.state}, not {should}: {wish.error}"
        elif not wish.wanted:
            if self.socket(wish.lab).exists():
                yield f"{wish.lab} is still there"
        else:
            try:
                if said := await self._compared(wish):
                    yield f"{wish.lab} {said}"
            except (KernelError, TimeoutError, OSError) as error:
                yield f"{wish.lab}: {error!r}"

    async def _compared(self, wish: Wish) -> str:
        lab = await Lab.visit(self.socket(wish.lab))
        try:
            await lab.keeper.attach()
            kept = await lab.keeper.get_record()
            if kept is None:
                return "is not built yet"
            record = Record.decode(kept)
            desired = compile(parse(wish.document))
            if (record.phase, record.generation) != ("applied", wish.generation):
                return f"is {record.phase} of generation {record.generation}, not {wish.generation}"
            return "" if normalize(await observe(lab.keeper), desired) == desired else "is another network than is wanted"
        finally:
            lab.leave()


def _json(text: str | None) -> Json | None:
    return None if text is None else json.loads(text)


async def _run(socket: Path, netns: Netns, command: list[str]) -> None:
    lab = await Lab.visit(socket)
    try:
        done = await lab.run(netns, command)
        assert done.code == 0, done.stderr
    finally:
        lab.leave()


async def _agent(socket: Path) -> int:
    lab = await Lab.visit(socket)
    try:
        return lab.keeper.pid
    finally:
        lab.leave()


class HouseApart(House):
    """The web server and the worker apart: between them a cable and a postman."""

    cable: Cable
    postman: Postman

    def serve(self, port: int = 0) -> None:
        self.server = self._serving.enter_context(web_process(self.state, self.environment)).server()
        self.cable = self._serving.enter_context(closing(Cable(urlsplit(self.server.url).port or 0)))
        self.postman = self._serving.enter_context(closing(Postman(self.cable.port)))
        self._serving.enter_context(self._worker())

    @contextmanager
    def _worker(self) -> Iterator[None]:
        options = ["--server", f"ws://127.0.0.1:{self.postman.port}", "--token-file", str(self.state / "worker-token")]
        command = [sys.executable, "-m", "topoweb.cli", "worker"]
        environment = serving_environment(self.state, **self.environment)
        with subprocess.Popen([*command, *options], env=environment) as process:
            try:
                yield
            finally:
                process.terminate()
                process.wait(PATIENCE)
                subprocess.run([*command, "--end-labs"], env=environment, check=True, timeout=PATIENCE)


H = TypeVar("H", bound=House)


@contextmanager
def house(kind: type[H], state: Path) -> Iterator[H]:
    """A house, which is swept after."""
    with orphans_are_kept():
        home = kind(state)
        try:
            yield home
        finally:
            home.close()
