"""What is saved: by several at once, each edit as a whole or not at all; and what was acknowledged outlives a kill."""

from __future__ import annotations

import json
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests

from tests.faults.stamps import BEGUN, lineage_of, number_of, stamped
from tests.faults.web_process import WebProcess, web_process
from tests.rounds import rounds
from tests.serving import Server, Session

EDITORS = 4
PATIENCE = 60
"""Seconds for one request, on a machine that does much else."""


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebProcess]:
    with web_process(Path(tmp_path_factory.mktemp("state"))) as running:
        yield running


def new_lab(session: Session) -> str:
    answer = session.post("/api/labs", json={"document": stamped(0, BEGUN)}, timeout=PATIENCE)
    answer.raise_for_status()
    return str(answer.json()["id"])


@dataclass
class Editor:
    """One of several who edit a lab: reads it, adds his edit to what he read, and saves that; who was late does it again."""

    name: str
    session: Session
    lab: str
    acknowledged: dict[int, str] = field(default_factory=dict)
    """His edits, by the version that each became."""
    late: int = 0

    def work(self, edits: int, met: Callable[[], object]) -> None:
        first = self.read()
        met()
        self.edit(first)
        while len(self.acknowledged) < edits:
            self.edit(self.read())

    def read(self) -> requests.Response:
        answer = self.session.get(f"/api/labs/{self.lab}", timeout=PATIENCE)
        assert number_of(answer.json()["document"]) == answer.json()["version"] - 1
        return answer

    def edit(self, read: requests.Response) -> None:
        seen, mine = read.json(), f"{self.name}{len(self.acknowledged)}"
        document = stamped(number_of(seen["document"]) + 1, f"{lineage_of(seen['document'])} {mine}")
        headers = {"If-Match": read.headers["ETag"]}
        answer = self.session.put(f"/api/labs/{self.lab}", json={"document": document}, headers=headers, timeout=PATIENCE)
        if answer.status_code == 412:
            self.late += 1
            assert int(answer.json()["error"]["params"]["version"]) > seen["version"]
            return
        assert answer.status_code == 200, answer.text
        assert answer.json()["version"] == seen["version"] + 1
        self.acknowledged[seen["version"] + 1] = mine


def test_of_edits_by_several_at_once_none_is_lost_and_none_is_mixed(server: Server) -> None:
    edits = rounds(20, 200) // EDITORS
    owner = server.session("olga")
    lab = new_lab(owner)
    editors = [Editor("olga", owner, lab)]
    for name in ("ed", "eva", "emil"):
        session = server.session(name)
        owner.put(f"/api/labs/{lab}/members/{name}", json={"role": "editor"}, timeout=PATIENCE).raise_for_status()
        editors.append(Editor(name, session, lab))
    met = threading.Barrier(len(editors), timeout=PATIENCE)
    with ThreadPoolExecutor(EDITORS) as threads:
        for done in [threads.submit(editor.work, edits, met.wait) for editor in editors]:
            done.result()
    acknowledged = {version: mine for editor in editors for version, mine in editor.acknowledged.items()}
    assert sorted(acknowledged) == list(range(2, EDITORS * edits + 2))
    assert sum(editor.late for editor in editors) >= EDITORS - 1  # all met at the first
    lineage = [BEGUN, *(acknowledged[version] for version in sorted(acknowledged))]
    head = editors[0].read().json()
    lost = [edit for edit in lineage if edit not in lineage_of(head["document"]).split()]
    assert lost == []
    for revision in revisions(server, lab):
        assert lineage_of(revision).split() == lineage[: number_of(revision) + 1]
    owner.delete(f"/api/labs/{lab}", timeout=PATIENCE).raise_for_status()


def revisions(server: Server, lab: str) -> list[dict[str, object]]:
    """Every document of the lab that is kept."""
    with closing(sqlite3.connect(f"file:{server.state / 'topoweb.sqlite3'}?mode=ro", uri=True)) as database:
        query = "SELECT document FROM labs_revision WHERE lab_id = ? ORDER BY number"
        return [json.loads(text) for (text,) in database.execute(query, [lab.replace("-", "")])]


@dataclass
class Autosave:
    """Saves one edit after another, as a page does; knows what it was told is saved."""

    session: Session
    lab: str
    acknowledged: int = 0
    version: int = 1

    def save(self) -> None:
        number = self.acknowledged + 1
        headers = {"If-Match": f'"{self.version}"'}
        answer = self.session.put(f"/api/labs/{self.lab}", json={"document": stamped(number, BEGUN)}, headers=headers, timeout=PATIENCE)
        assert answer.status_code == 200, answer.text
        self.acknowledged, self.version = number, answer.json()["version"]

    def save_until_cut_off(self) -> None:
        try:
            while True:
                self.save()
        except requests.ConnectionError:
            return

    def look(self) -> int:
        """What is saved, from a new connection to whoever serves now."""
        self.session.close()
        kept = self.session.get(f"/api/labs/{self.lab}", timeout=PATIENCE).json()
        self.version = kept["version"]
        return number_of(kept["document"])


def kill_after_acknowledgement(web: WebProcess, autosave: Autosave) -> None:
    autosave.save()
    web.kill()


def kill_anywhere(web: WebProcess, autosave: Autosave) -> None:
    """While it saves, at a random moment: nearly always in the middle of one."""
    saving = threading.Thread(target=autosave.save_until_cut_off)
    autosave.save()
    saving.start()
    time.sleep(random.uniform(0, 0.3))
    web.kill()
    saving.join(PATIENCE)
    assert not saving.is_alive()


Kill = Callable[[WebProcess, Autosave], None]
KILLS: tuple[Kill, ...] = (kill_after_acknowledgement, kill_anywhere)


def lost_by_kills(web: WebProcess, kill: Kill) -> int:
    """How many edits were acknowledged, and are not there after."""
    lost = 0
    session = web.server().session("olga")
    autosave = Autosave(session, new_lab(session))
    for _ in range(rounds(3, 100)):
        kill(web, autosave)
        kept = autosave.look()
        assert kept <= autosave.acknowledged + (kill is kill_anywhere)  # the one under way is there as a whole, or not at all
        lost += max(0, autosave.acknowledged - kept)
        autosave.acknowledged = kept
    with closing(sqlite3.connect(web.server().state / "topoweb.sqlite3")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    return lost


@pytest.mark.parametrize("kill", KILLS)
def test_what_was_acknowledged_outlives_a_kill(web: WebProcess, kill: Kill) -> None:
    assert lost_by_kills(web, kill) == 0
