"""What runs short, or may not be had: a clear error, nothing half done, and all as before once it is there again, without a restart."""

from __future__ import annotations

import os
import re
import resource
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path

import pytest
import requests

from tests.faults.power import mounts_of_our_own
from tests.faults.stamps import BEGUN, number_of, stamped
from tests.faults.sweep import swept
from tests.faults.test_editing import PATIENCE, new_lab
from tests.faults.web_process import WebProcess, web_process
from tests.rounds import long_alone, rounds
from tests.serve.test_serve import obey_file_modes, pings, run_pair, state_of, until, web, worker
from tests.serving import Server, Session, serving, serving_environment
from tests.web.documents import pair

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


@contextmanager
def read_only(database: Path) -> Iterator[None]:
    """With the files beside it: SQLite gives a journal that it makes meanwhile the mode of the database."""
    set_modes(database, 0o400)
    try:
        yield
    finally:
        set_modes(database, 0o600)


def set_modes(database: Path, mode: int) -> None:
    database.chmod(mode)  # first: the others are made with its mode
    for name in ("wal", "shm"):
        with suppress(FileNotFoundError):  # they go with the last connection
            database.with_name(f"{database.name}-{name}").chmod(mode)


@pytest.mark.parametrize(("fault", "code"), [(locked, "storage_busy"), (read_only, "storage_read_only")])
def test_a_database_that_cannot_be_written(impatient: WebProcess, fault: Callable[[Path], AbstractContextManager[None]], code: str) -> None:
    server = impatient.server()
    session = server.session("olga")
    lab = new_lab(session)
    for number in range(1, 2 * rounds(3, 20), 2):
        assert save(session, lab, number, number).status_code == 200
        with fault(server.state / "topoweb.sqlite3"):
            assert refused(save(session, lab, number + 1, number + 1)) == code
            assert refused(session.post("/api/labs", json={}, timeout=PATIENCE)) == code
            assert refused(session.post(f"/api/labs/{lab}/run", timeout=PATIENCE)) == code
            assert saved(session, lab) == (number, number + 1)
        # SQLite shares the journal's index between connections: the last that met it read-only has to end first.
        until(lambda: save(session, lab, number + 1, number + 1).status_code == 200, PATIENCE)  # noqa: B023 - called at once
        assert state_of(session, lab) == "stopped"


@contextmanager
def small_disk(path: Path, megabytes: int) -> Iterator[None]:
    """A disk of its own, which is mounted where only this test and its server see it."""
    path.mkdir()
    with mounts_of_our_own():
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "topoweb-small", path], check=True)
        yield


@contextmanager
def full(disk: Path, room: int = 0) -> Iterator[None]:
    """Not a byte is left, or as many as are said."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 16, 1 << 12, 1):
            try:
                while file.write(bytes(size)) == size:
                    pass
            except OSError:
                continue
        file.truncate(file.tell() - room)
    try:
        yield
    finally:
        filler.unlink()


def kill_worker(server: Server) -> None:
    """Until another one is here."""
    here = arrivals(server)
    os.kill(worker(server), signal.SIGKILL)
    until(lambda: arrivals(server) > here, PATIENCE)


def arrivals(server: Server) -> int:
    return server.log.read_text().count("Worker local is here")


@as_root
def test_a_full_disk(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with swept(state) as environment, small_disk(state, 16), serving(state, environment=environment, log=tmp_path / "server.log") as server:
        session = server.session("olga")
        running, lab = run_pair(session), new_lab(session)
        acknowledged, version = 0, 1
        for number in range(rounds(3, 20)):
            with full(server.state):
                answer = save(session, lab, acknowledged + 1, version)
                while answer.status_code == 200:  # there is room in the journal yet
                    acknowledged, version = acknowledged + 1, answer.json()["version"]
                    answer = save(session, lab, acknowledged + 1, version)
                assert refused(answer) == "storage_full"
                assert saved(session, lab) == (acknowledged, version)
                assert refused(session.post(f"/api/labs/{lab}/run", timeout=PATIENCE)) == "storage_full"
                assert state_of(session, lab) == "stopped"
                if number == 0:
                    kill_worker(server)  # that the next one is here cannot be written down; it is asked nevertheless
                until(lambda: pings(session, running), PATIENCE)
            assert save(session, lab, acknowledged + 1, version).status_code == 200
            acknowledged, version = acknowledged + 1, version + 1
            until(lambda: pings(session, running), PATIENCE)
        another = run_pair(session)
        until(lambda: pings(session, another), PATIENCE)


@long_alone()
@as_root
def test_serve_on_a_full_disk(tmp_path: Path) -> None:
    """One clear line, whatever it was that had no room yet; with room it goes on from there, and on a full disk it says so again."""
    for room in (0, 4, 8, 12, 40, 100, 200):  # KiB
        state = tmp_path / f"{room}"
        with small_disk(state, 4):
            with full(state, room << 10):
                assert "Make room" in complaint_of_serve(state)
            with serving(state, log=tmp_path / "server.log") as server:
                assert Session(server.url, server.sign_in).get("/api/me").json()["user"]["name"] == "owner"
            with full(state):
                assert "Make room" in complaint_of_serve(state)
            assert not list(state.glob(".*"))


def complaint_of_serve(state: Path) -> str:
    command = [sys.executable, "-m", "topoweb.cli", "serve", "--port", "0"]
    ended = subprocess.run(command, env=serving_environment(state), capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (ended.returncode, ended.stdout) == (1, "")
    (line,) = ended.stderr.splitlines()
    return line


# Descriptors


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that lets one user have many labs."""
    state = Path(tmp_path_factory.mktemp("state"))
    with swept(state) as environment, serving(state, environment={"TOPOWEB_MAX_LABS_PER_USER": "400"} | environment) as server:
        yield server


@contextmanager
def no_descriptors(pid: int) -> Iterator[None]:
    """A process may open nothing more; what it has open stays so."""
    soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (4, hard))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, hard))


def test_the_web_process_has_no_descriptors(crowded: Server) -> None:
    """Who comes meanwhile waits."""
    session = crowded.session("olga")
    lab = new_lab(session)
    for number in range(1, 2 * rounds(3, 20), 2):
        assert save(session, lab, number, number).status_code == 200
        with socket.socket() as waiting:
            with no_descriptors(web(crowded)):
                waiting.connect(("127.0.0.1", int(crowded.url.rpartition(":")[2])))
                waiting.sendall(b"GET /accounts/login/ HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
                assert refused(save(session, lab, number + 1, number + 1)) == "storage_failed"
            waiting.settimeout(PATIENCE)
            assert waiting.recv(12) in (b"HTTP/1.1 200", b"HTTP/1.0 200")
        assert saved(session, lab) == (number, number + 1)
        assert save(session, lab, number + 1, number + 1).status_code == 200


def test_the_worker_has_no_descriptors_for_another_lab(crowded: Server) -> None:
    """The lab that is one too many fails, and says why; once another is gone, it runs."""
    session = crowded.session("olga")
    pid = worker(crowded)
    most = len(list(Path(f"/proc/{pid}/fd").iterdir())) + 40
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (most, most))
    running: list[str] = []
    try:
        for _ in range(rounds(3, 20)):
            while (lab := ran(session)) is not None and len(running) < 40:
                running.append(lab)
            one_too_many = next(lab["id"] for lab in session.get("/api/labs").json() if lab["state"] == "failed")
            error = session.get(f"/api/labs/{one_too_many}").json()["run"]["error"]
            assert re.search("EMFILE|Too many open files", error["message"]), error
            session.delete(f"/api/labs/{running.pop()}").raise_for_status()
            session.post(f"/api/labs/{one_too_many}/run").raise_for_status()
            until(lambda: state_of(session, one_too_many) == "running", PATIENCE)  # noqa: B023 - called at once
            running.append(one_too_many)
    finally:
        kill_worker(crowded)  # the next one has the limit of all
    assert all(pings(session, lab) for lab in running)
    for lab in running:
        session.delete(f"/api/labs/{lab}").raise_for_status()


def ran(session: Session) -> str | None:
    """Make and run a lab; None where it failed."""
    lab = str(session.post("/api/labs", json={"document": pair()}).json()["id"])
    session.post(f"/api/labs/{lab}/run").raise_for_status()
    until(lambda: state_of(session, lab) in ("running", "failed"), PATIENCE)
    return lab if state_of(session, lab) == "running" else None


# Memory

ONE = ["perl", "-e", "$x = 'x' x (2 << 30)"]
MANY = ["perl", "-e", "for (1..240) { if (!($p = fork)) { $x = 'x' x (8 << 20); sleep 60; exit } push @p, $p } sleep 2; kill 9, @p"]


@long_alone()
@pytest.mark.parametrize("eater", [ONE, MANY], ids=["one", "many"])
def test_a_lab_that_eats_its_memory(crowded: Server, eater: list[str]) -> None:
    """What ate it is killed; the lab goes on, and the others."""
    session = crowded.session("olga")
    hungry, other = run_pair(session), run_pair(session)
    begun = session.get(f"/api/labs/{hungry}").json()["run"]
    command = [sys.executable, "-m", "topoweb.cli", "exec", hungry, "ns1", "--", *eater]
    for _ in range(rounds(1, 3)):
        subprocess.run(command, env=crowded.environment(), timeout=PATIENCE, check=False)
    assert pings(session, hungry)
    assert pings(session, other)
    assert session.get(f"/api/labs/{hungry}").json()["run"] == begun
    for lab in (hungry, other):
        session.delete(f"/api/labs/{lab}").raise_for_status()


# Many


@long_alone()
def test_many_labs_at_once(crowded: Server) -> None:
    """Every one of them runs, and forwards."""
    number = rounds(30, 300)
    with ThreadPoolExecutor(8) as threads:
        sessions = [crowded.session("many") for _ in range(4)]

        def of(lab: str) -> Session:
            return sessions[hash(lab) % len(sessions)]

        labs = [str(sessions[0].post("/api/labs", json={"document": pair(f"{n}")}).json()["id"]) for n in range(number)]
        for answer in list(threads.map(lambda lab: of(lab).post(f"/api/labs/{lab}/run", timeout=PATIENCE), labs)):
            assert answer.status_code == 200, answer.text
        until(lambda: not unsettled(sessions[0]), 4 * number)
        assert states(sessions[0]) == {"running": number}
        assert all(threads.map(lambda lab: pings(of(lab), lab), labs))
        for answer in list(threads.map(lambda lab: of(lab).delete(f"/api/labs/{lab}", timeout=PATIENCE), labs)):
            assert answer.status_code == 204, answer.text
    until(lambda: not any((crowded.state / "labs").glob("*.sock")), 4 * number)


def states(session: Session) -> Counter[str]:
    return Counter(lab["state"] for lab in session.get("/api/labs", timeout=PATIENCE).json())


def unsettled(session: Session) -> set[str]:
    return states(session).keys() & {"waiting", "starting"}


# The clock

CLOCK = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>

static const volatile long *offset;

__attribute__((constructor)) static void find(void) {
    int fd = open(getenv("TEST_CLOCK"), O_RDONLY | O_CLOEXEC);
    void *page = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(long), PROT_READ, MAP_SHARED, fd, 0);
    if (page != MAP_FAILED) offset = page;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) *(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(clock, now);
    if (!result && clock == CLOCK_REALTIME && offset) now->tv_sec += *offset;
    return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    now->tv_sec = ts.tv_sec;
    now->tv_usec = ts.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *at) {
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    if (at) *at = ts.tv_sec;
    return ts.tv_sec;
}
"""
"""Preloaded, it shows a program another time of day, which another program may set."""


class Clock:
    def __init__(self, directory: Path) -> None:
        self._file, library = directory / "clock", directory / "clock.so"
        self.set(0)
        source = directory / "clock.c"
        source.write_text(CLOCK)
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
        self.environment = {"LD_PRELOAD": str(library), "TEST_CLOCK": str(self._file)}

    def set(self, seconds: int) -> None:
        with self._file.open("r+b" if self._file.exists() else "wb") as file:
            file.write(struct.pack("l", seconds))


@long_alone()
@pytest.mark.skipif(shutil.which("cc") is None, reason="the clock is made with a C compiler")
def test_a_clock_that_is_set(tmp_path: Path) -> None:
    """A day on, back, a day back: connections may be cut, and come back at once; nobody is signed out, nothing waits for a day."""
    clock = Clock(tmp_path)
    state = tmp_path / "state"
    with swept(state) as environment, serving(state, environment=clock.environment | environment) as server:
        session = server.session("olga")
        running, lab = run_pair(session), new_lab(session)
        day = 24 * 3600
        for version, seconds in enumerate(([day, 0, -day, 0] * 7)[: rounds(2, 28)], 1):
            clock.set(seconds)
            assert save(session, lab, version, version).status_code == 200
            until(lambda: pings(session, running), PATIENCE)
            another = run_pair(session)
            until(lambda: pings(session, another), PATIENCE)  # noqa: B023 - called at once
            session.post(f"/api/labs/{another}/stop").raise_for_status()
            until(lambda: state_of(session, another) == "stopped")  # noqa: B023 - called at once
            assert state_of(session, running) == "running"
        kill_worker(server)
        until(lambda: pings(session, running), PATIENCE)
