"""What runs short, or may not be had: a clear error, nothing half done, and all as before once it is there again, without a restart."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import requests

from tests.faults.stamps import BEGUN, number_of, stamped
from tests.faults.test_editing import PATIENCE, new_lab
from tests.faults.web_process import WebProcess, web_process
from tests.rounds import rounds
from tests.serve.test_serve import obey_file_modes, pings, run_pair, state_of, until, worker
from tests.serving import Server, Session, serving_environment

pytestmark = pytest.mark.kernel
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk, in a mount namespace of its own")


def save(session: Session, lab: str, number: int, version: int) -> requests.Response:
    headers = {"If-Match": f'"{version}"'}
    return session.put(f"/api/labs/{lab}", json={"document": stamped(number, BEGUN)}, headers=headers, timeout=PATIENCE)


def saved(session: Session, lab: str) -> tuple[int, int]:
    """The number of the edit that is there, and the version."""
    kept = session.get(f"/api/labs/{lab}", timeout=PATIENCE).json()
    return number_of(kept["document"]), kept["version"]


def refused(answer: requests.Response) -> str:
    """The code of a clear error: one that says what to do, and in Chinese too."""
    assert answer.status_code == 503, answer.text
    error = answer.json()["error"]
    assert error["message"].startswith("Nothing was saved")
    return str(error["code"])


# The database


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebProcess]:
    """A web process that waits a second for its database, and obeys the mode of the file as an ordinary user does."""
    state = Path(tmp_path_factory.mktemp("state"))
    database = f"sqlite:///{state / 'topoweb.sqlite3'}?timeout=1"
    with web_process(state, {"DATABASE_URL": database}, obey_file_modes) as running:
        yield running


@contextmanager
def locked(database: Path) -> Iterator[None]:
    """As by another program that holds a transaction."""
    with closing(sqlite3.connect(database, timeout=PATIENCE, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def read_only(database: Path) -> Iterator[None]:
    """With the files beside it: SQLite gives a journal that it makes meanwhile the mode of the database."""
    set_modes(database, 0o400)
    yield
    set_modes(database, 0o600)


def set_modes(database: Path, mode: int) -> None:
    for path in database.parent.glob(f"{database.name}*"):
        path.chmod(mode)


@pytest.mark.parametrize(("fault", "code"), [(locked, "storage_busy"), (read_only, "storage_read_only")])
def test_a_database_that_cannot_be_written(impatient: WebProcess, fault: object, code: str) -> None:
    server = impatient.server()
    session = server.session("olga")
    lab = new_lab(session)
    for number in range(1, 2 * rounds(3, 20), 2):
        assert save(session, lab, number, number).status_code == 200
        with fault(server.state / "topoweb.sqlite3"):  # type: ignore[operator]
            assert refused(save(session, lab, number + 1, number + 1)) == code
            assert refused(session.post("/api/labs", json={}, timeout=PATIENCE)) == code
            assert refused(session.post(f"/api/labs/{lab}/run", timeout=PATIENCE)) == code
            assert saved(session, lab) == (number, number + 1)
        assert save(session, lab, number + 1, number + 1).status_code == 200
        assert state_of(session, lab) == "stopped"


@contextmanager
def small_disk(state: Path, megabytes: int) -> Iterator[Server]:
    """A server whose state is on a small disk of its own, which is mounted where only it sees it."""
    state.mkdir()
    mount = f'mount -t tmpfs -o size={megabytes}m,mode=755 topoweb-small "$TOPOWEB_STATE_DIR"'
    command = f"{mount} && exec {sys.executable} -m topoweb.cli serve --port 0"
    log = state.with_suffix(".log")
    with log.open("w") as file:
        process = subprocess.Popen(
            ["unshare", "--mount", "--propagation", "private", "sh", "-c", command],
            env=serving_environment(state),
            stdout=file,
            stderr=file,
            text=True,
        )
    try:
        link = until(lambda: [word for word in log.read_text().split() if "/sign-in/" in word], PATIENCE)[0]
        yield Server("/".join(link.split("/")[:3]), link, Path(f"/proc/{process.pid}/root{state}"), process, log)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE)


@contextmanager
def full(disk: Path) -> Iterator[None]:
    """Not a byte is left."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 16, 1 << 12, 1):
            try:
                while file.write(bytes(size)) == size:
                    pass
            except OSError:
                continue
    yield
    filler.unlink()


@as_root
def test_a_full_disk(tmp_path: Path) -> None:
    with small_disk(tmp_path / "state", 16) as server:
        session = Session(server.url, server.sign_in)
        running, lab = run_pair(session), new_lab(session)
        acknowledged, version = 0, 1
        for _ in range(rounds(2, 10)):
            with full(server.state):
                answer = save(session, lab, acknowledged + 1, version)
                while answer.status_code == 200:  # there is room in the journal yet
                    acknowledged, version = acknowledged + 1, answer.json()["version"]
                    answer = save(session, lab, acknowledged + 1, version)
                assert refused(answer) == "storage_full"
                assert saved(session, lab) == (acknowledged, version)
                assert refused(session.post(f"/api/labs/{lab}/run", timeout=PATIENCE)) == "storage_full"
                assert state_of(session, lab) == "stopped"
                first = worker(server)
                os.kill(first, signal.SIGKILL)
                worker(server, but=first)  # it cannot be written down as being here; it is asked nevertheless
                until(lambda: pings(session, running), PATIENCE)
            assert save(session, lab, acknowledged + 1, version).status_code == 200
            acknowledged, version = acknowledged + 1, version + 1
            until(lambda: pings(session, running), PATIENCE)
        another = run_pair(session)
        until(lambda: pings(session, another), PATIENCE)
