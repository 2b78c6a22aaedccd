"""`topoweb serve` as a whole: what is made on the first start, that either child may die, and that nothing is left."""

from __future__ import annotations

import ctypes
import os
import re
import resource
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
import requests

from tests.kernel import machine
from tests.serving import Server, Session, serving, serving_environment
from tests.web.documents import pair

pytestmark = pytest.mark.kernel
ANOTHER_USER = 54321
"""An id that no account has."""


T = TypeVar("T")


def until(found: Callable[[], T], patience: float = 30) -> T:
    """What `found` finds, once it finds something."""
    deadline = time.monotonic() + patience
    while not (result := found()):
        assert time.monotonic() < deadline, "It did not come to that."
        time.sleep(0.05)
    return result


def child(server: Server, module: str, but: int = 0) -> int:
    """The process that the supervisor started with a module's name; another one than `but`."""

    def find() -> list[int]:
        pids = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
        return [int(pid) for pid in pids if int(pid) != but and module in machine.command_of(int(pid))]

    return until(find)[0]


def web(server: Server, but: int = 0) -> int:
    return child(server, "topoweb.serving.web", but)


def worker(server: Server, but: int = 0) -> int:
    return child(server, "worker", but)


def state_of(session: Session, lab: str) -> str:
    return str(session.get(f"/api/labs/{lab}").json()["state"])


def run_pair(session: Session) -> str:
    """Make and run a lab; returns its id once it runs."""
    lab = str(session.post("/api/labs", json={"document": pair()}).json()["id"])
    session.post(f"/api/labs/{lab}/run").raise_for_status()
    until(lambda: state_of(session, lab) not in ("waiting", "starting"))
    assert state_of(session, lab) == "running"
    return lab


def pings(session: Session, lab: str) -> bool:
    return bool(session.post(f"/api/labs/{lab}/ping", json={"from": "ns1", "to": "ns2"}).json().get("got") == "reply")


def test_the_first_start_makes_secrets_that_only_their_owner_reads(server: Server) -> None:
    for name in ("secret-key", "worker-token", "topoweb.sqlite3"):
        assert stat.S_IMODE((server.state / name).stat().st_mode) == 0o600
    assert len({(server.state / name).read_text() for name in ("secret-key", "worker-token")}) == 2
    assert len(re.findall(r"^Open .*$", server.log.read_text(), re.MULTILINE)) == 1


def test_the_link_signs_the_owner_in_once(server: Server) -> None:
    owner = Session(server.url, server.sign_in)
    assert owner.get("/api/me").json()["user"] == {"name": "owner", "staff": True, "has_password": False}
    assert requests.get(server.sign_in, timeout=10).status_code == 403


def test_a_busy_port_is_one_clear_line(server: Server, tmp_path: Path) -> None:
    port = server.url.rpartition(":")[2]
    command, environment = [sys.executable, "-m", "topoweb.cli", "serve"], serving_environment(tmp_path, PORT=port)
    second = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)
    assert second.returncode == 1
    assert second.stdout == ""
    (line,) = second.stderr.splitlines()
    assert port in line
    assert "PORT=" in line


def test_the_web_server_may_die_and_no_connection_is_refused(server: Server) -> None:
    session = server.session("olga")
    first = web(server)
    os.kill(first, signal.SIGKILL)
    session.close()  # its open connections are gone; new ones wait
    assert session.get("/api/me").status_code == 200
    web(server, but=first)


def test_a_lab_outlives_the_worker_that_made_it(server: Server) -> None:
    session = server.session("olga")
    lab = run_pair(session)
    first = worker(server)
    os.kill(first, signal.SIGKILL)
    worker(server, but=first)
    until(lambda: pings(session, lab))
    assert state_of(session, lab) == "running"
    session.post(f"/api/labs/{lab}/stop").raise_for_status()
    until(lambda: state_of(session, lab) == "stopped")


def test_two_users_run_the_same_names_and_do_not_meet(server: Server) -> None:
    sessions = [server.session(name) for name in ("olga", "mallory")]
    labs = [run_pair(session) for session in sessions]
    assert all(pings(session, lab) for session, lab in zip(sessions, labs, strict=True))
    assert sessions[0].get(f"/api/labs/{labs[1]}").status_code == 404
    sessions[0].post(f"/api/labs/{labs[0]}/stop").raise_for_status()
    until(lambda: state_of(sessions[0], labs[0]) == "stopped")
    assert pings(sessions[1], labs[1])
    sessions[1].delete(f"/api/labs/{labs[1]}").raise_for_status()


def test_ctrl_c_ends_all_and_the_next_start_runs_what_should_run(tmp_path: Path) -> None:
    with serving(tmp_path) as first:
        lab = run_pair(first.session("olga"))
        assert has_agent(lab)
    assert first.process.returncode == 0
    assert not has_agent(lab)
    assert processes_of(tmp_path) == []
    with serving(tmp_path) as second:
        session = second.session("olga")
        until(lambda: state_of(session, lab) == "running" and pings(session, lab))
    assert not has_agent(lab)


def has_agent(lab: str) -> bool:
    """Whether the lab's agent lives: it listens on a socket with the lab's name."""
    return f"{lab}.sock\n" in Path("/proc/net/unix").read_text()


def processes_of(state: Path) -> list[int]:
    """Every process that was started with a state directory in its environment: supervisor, web server, worker."""
    found = []
    for environment in Path("/proc").glob("[0-9]*/environ"):
        try:
            variables = environment.read_text(errors="replace").split("\0")
        except OSError:
            continue  # it has ended meanwhile, or is another user's
        if f"TOPOWEB_STATE_DIR={state}" in variables:
            found.append(int(environment.parts[2]))
    return sorted(found)


def test_host_and_port_are_what_pages_may_come_from(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with serving(tmp_path, port=port, environment={"HOST": "localhost"}) as server:
        assert server.url == f"http://localhost:{port}"
        page = server.url + "/accounts/login/"
        assert requests.get(page, timeout=10).status_code == 200
        assert requests.get(page, headers={"Host": "evil.example"}, timeout=10).status_code == 400
        session = server.session("olga")
        assert session.post("/api/labs", json={}, headers={"Origin": server.url}).status_code == 201
        assert session.post("/api/labs", json={}, headers={"Origin": "http://evil.example"}).status_code == 403


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")
def test_a_state_directory_of_another_user_is_one_clear_line(tmp_path: Path) -> None:
    secret = tmp_path / "secret-key"
    secret.write_text("secret")
    secret.chmod(0o600)
    os.chown(secret, ANOTHER_USER, ANOTHER_USER)
    assert f"{secret} belongs to another user" in refusal(tmp_path, obey_file_modes)


def test_a_database_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    def leave_room_for_the_secrets() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

    assert f"The database {tmp_path / 'topoweb.sqlite3'} cannot be used" in refusal(tmp_path, leave_room_for_the_secrets)


def refusal(state: Path, prepare: Callable[[], None]) -> str:
    """The one line with which `serve` ends that cannot begin; `prepare` is called in its process first."""
    answer = subprocess.run(
        [sys.executable, "-m", "topoweb.cli", "serve", "--port", "0"],
        env=serving_environment(state),
        preexec_fn=prepare,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert answer.returncode == 1
    assert answer.stdout == ""
    (line,) = answer.stderr.splitlines()
    return line


def obey_file_modes() -> None:
    """Give up the two capabilities by which root reads any file (capabilities(7)), for the program that is executed next."""
    drop_from_bounding_set, override, read_search = 24, 1, 2  # PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
    for capability in (override, read_search):
        ctypes.CDLL(None).prctl(drop_from_bounding_set, capability, 0, 0, 0)
