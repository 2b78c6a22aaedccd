"""The labs that a server's worker has on the machine itself, reached from the command line; on throw-away machines."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from labs.document.dump import dump
from labs.document.parse import parse
from labs.formats.document_text import load
from labs.network.state import Host, NetworkState
from tests.cli.command import topoweb
from tests.cli.test_server_labs import OTHER_ADDRESS, QUIET, settled
from tests.formats.machines import Machines
from tests.serving import Server, serving

pytestmark = pytest.mark.kernel


@pytest.fixture(scope="module")
def machine() -> Iterator[Machines]:
    with Machines() as machines:
        machines.make(NetworkState({"": Host()}))
        yield machines


@contextmanager
def serving_here(state: Path) -> Iterator[Server]:
    """With a worker that may touch this machine; the command line finds it too."""
    os.environ |= {"TOPOWEB_STATE_DIR": str(state), "TOPOWEB_LABS_DIR": str(state / "kept")}
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)
    with serving(state, environment={"TOPOWEB_ALLOW_MACHINE": "1"}) as server:
        yield server


def by_hand(command: str) -> str:
    return subprocess.run(["sh", "-ec", command], check=True, capture_output=True, text=True).stdout


async def reach(state: str) -> None:
    with serving_here(Path(state)) as server:
        server.manage("from django.contrib.auth.models import User as u; u.objects.create_superuser('sue'); u.objects.create_user('ann')")
        session = server.session("sue")
        document = dump(parse(load(QUIET.encode()))) | {"name": "Sue's pair", "target": "machine"}
        lab = str(session.post("/api/labs", json={"document": document}).json()["id"])
        session.post(f"/api/labs/{lab}/run").raise_for_status()
        settled(session, lab, "running")
        session.post(f"/api/labs/{lab}/transfer", json={"user": "ann"}).raise_for_status()  # who may not change it, but Sue may still

        [listed] = json.loads(topoweb("ps", "--json").stdout)["labs"]
        seen = {key: listed[key] for key in ("lab", "document", "nodes", "of", "where", "state")}
        assert seen == {"lab": lab, "document": "Sue's pair", "nodes": 2, "of": "server", "where": "machine", "state": "running"}
        assert topoweb("ping", "Sue's pair", "ns1", "ns2").returncode == 0
        by_hand("ip -n ns1 addr add 10.7.7.7/24 dev veth-ns1")
        assert topoweb("diff", lab[:8]).stdout == "1  Add address 10.7.7.7/24 to veth-ns1 in ns1\n"

        planned = topoweb("apply", lab, "-", "--dry-run", text=OTHER_ADDRESS)
        assert planned.returncode == 3
        assert planned.stdout.splitlines()[-2:] == ["Undone, made by hand:", "1  Remove address 10.7.7.7/24 from veth-ns1 in ns1"]
        done = topoweb("apply", lab, "-", text=OTHER_ADDRESS)
        assert (done.returncode, done.stdout, done.stderr) == (0, planned.stdout, "")
        assert topoweb("ping", lab, "ns1", "192.168.1.9").returncode == 0
        after = session.get(f"/api/labs/{lab}").json()
        assert (after["version"], after["applied"]["target"]) == (2, "machine")

        by_hand("ip netns add ns3")
        taken = topoweb("apply", lab, "-", text=QUIET.replace("nodes:", "nodes:\n  - {name: ns3, kind: namespace}"))
        assert (taken.returncode, taken.stderr) == (1, "There is a namespace ns3 on this machine already: rename one of the two\n")
        refused = topoweb("exec", lab, "ns1", "true")
        assert (refused.returncode, refused.stderr) == (
            2,
            f"Lab {lab} is on this machine itself, where a command needs no help: ip netns exec NAME CMD\n",
        )
        assert topoweb("stop", lab).returncode == 0
        assert session.get(f"/api/labs/{lab}").json()["state"] == "stopped"
        assert topoweb("ps").stdout == ""
        assert by_hand("ip netns list").split() == ["ns3"]


def test_they_are_reached_as_any_and_change_by_way_of_the_server(machine: Machines, tmp_path: Path) -> None:
    machine.inside("", reach, str(tmp_path))
