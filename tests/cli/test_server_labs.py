"""The labs of the server's worker, reached from the command line while the worker goes on."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from labs.document.dump import dump
from labs.document.parse import parse
from labs.formats.document_text import load
from tests.cli.command import PAIR, topoweb
from tests.serving import PATIENCE, Server, Session

pytestmark = pytest.mark.kernel

QUIET = PAIR.partition("checks:")[0]
OTHER_ADDRESS = QUIET.replace("192.168.1.2", "192.168.1.9")


@pytest.fixture(autouse=True)
def _environment(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOPOWEB_STATE_DIR", str(server.state))
    monkeypatch.setenv("TOPOWEB_LABS_DIR", str(tmp_path / "labs"))
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE", raising=False)


@pytest.fixture
def session(server: Server) -> Session:
    return server.session("ada")


@pytest.fixture
def lab(session: Session) -> Iterator[str]:
    """The id of one that runs."""
    document = dump(parse(load(QUIET.encode()))) | {"name": "Ada's pair"}
    document["nodes"][1] |= {"x": 100, "y": 200}
    lab = str(session.post("/api/labs", json={"document": document}).json()["id"])
    session.post(f"/api/labs/{lab}/run").raise_for_status()
    settled(session, lab, "running")
    yield lab
    session.post(f"/api/labs/{lab}/stop").raise_for_status()
    settled(session, lab, "stopped")
    session.delete(f"/api/labs/{lab}").raise_for_status()


def settled(session: Session, lab: str, state: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while (found := session.get(f"/api/labs/{lab}").json()["state"]) != state:
        assert time.monotonic() < deadline, found
        time.sleep(0.05)


def test_looking_and_running_commands_disturbs_no_worker(server: Server, lab: str) -> None:
    before = server.log.read_text()
    (listed,) = [seen for seen in json.loads(topoweb("ps", "--json").stdout)["labs"] if seen["lab"] == lab]
    assert (listed["document"], listed["of"], listed["nodes"], listed["state"]) == ("Ada's pair", "server", 2, "running")
    for name in (lab, lab[:8], "Ada's pair"):
        assert topoweb("exec", name, "ns1", "--", "cat", text="through\n").stdout == "through\n"
    assert topoweb("ping", lab, "ns1", "ns2").returncode == 0
    assert topoweb("diff", lab).stdout == ""
    assert topoweb("apply", lab, "-", "--dry-run", text=OTHER_ADDRESS).returncode == 3
    assert server.log.read_text() == before  # the worker logs where it has lost a lab


def test_a_change_goes_by_way_of_the_server(session: Session, lab: str) -> None:
    before = session.get(f"/api/labs/{lab}").json()
    done = topoweb("apply", lab, "-", text=OTHER_ADDRESS.replace("kind: namespace, i", "kind: namespace, x: 7, y: 8, i", 1))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == "1  Add address 192.168.1.9/24 to veth-ns2 in ns2"
    assert topoweb("ping", lab, "ns1", "192.168.1.9").returncode == 0
    after = session.get(f"/api/labs/{lab}").json()
    assert after["version"] > before["version"]
    assert [(node["x"], node["y"]) for node in after["document"]["nodes"]] == [(7, 8), (100, 200)]
    assert after["applied"] == after["document"]
    assert after["document"]["nodes"][1]["interfaces"][0]["addresses"] == ["192.168.1.9/24"]
    assert topoweb("apply", lab, "-", "--dry-run", text=OTHER_ADDRESS).returncode == 0


def test_a_change_that_fails_on_the_worker(lab: str) -> None:
    assert topoweb("exec", lab, "ns2", "--", "ip", "link", "add", "br0", "type", "ifb").returncode == 0
    done = topoweb("apply", lab, "-", text=QUIET.replace("nodes:", "nodes:\n  - {name: br0, kind: bridge, in: ns2}"))
    assert done.returncode == 1
    assert "br0" in done.stderr
    assert topoweb("exec", lab, "ns1", "--", "ip", "addr", "add", "10.7.7.7/24", "dev", "veth-ns1").returncode == 0
    drift = topoweb("diff", lab)
    assert drift.stdout == "1  Add address 10.7.7.7/24 to veth-ns1 in ns1\n"
    assert drift.stderr == "No drawing holds ns2:br0, an interface of kind ifb\n"


def test_stop_goes_by_way_of_the_server(session: Session, lab: str) -> None:
    assert topoweb("stop", "--all").returncode == 0
    assert session.get(f"/api/labs/{lab}").json()["state"] == "running"
    assert topoweb("stop", lab).returncode == 0
    assert session.get(f"/api/labs/{lab}").json()["state"] == "stopped"
    assert topoweb("stop", lab).returncode == 2


def test_no_session_of_ours_is_left(server: Server, lab: str) -> None:
    count = "from django.contrib.sessions.models import Session; print(Session.objects.count())"
    before = server.manage(count)
    assert topoweb("apply", lab, "-", text=OTHER_ADDRESS).returncode == 0
    assert server.manage(count) == before


def test_without_its_server_a_lab_is_not_changed(server: Server, lab: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The labs of a server are still there while it is started again."""
    state = tmp_path / "state"
    state.mkdir()
    (state / "labs").symlink_to(server.state / "labs")
    (state / "address").write_text(server.url)  # of a server that was killed
    monkeypatch.setenv("TOPOWEB_STATE_DIR", str(state))
    for args in (["apply", lab, "-"], ["stop", lab]):
        done = topoweb(*args, text=QUIET)
        assert (done.returncode, done.stderr) == (1, "The server of this lab does not run. Start it: topoweb serve\n")
    assert topoweb("exec", lab, "ns1", "--", "true").returncode == 0


def test_the_address_is_for_one_server(server: Server) -> None:
    assert (server.state / "address").read_text() == server.url
    done = subprocess.run(["flock", "-n", server.state / "address", "true"], check=False)
    assert done.returncode == 1
