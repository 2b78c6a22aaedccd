"""`--target machine`, on throw-away machines."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from labs.kernel.machine import RUN_NETNS
from labs.network.state import Host, NetworkState
from tests.cli.command import ARGV, PAIR
from tests.formats.machines import Machines, Said
from tests.kernel.machine import wait_until
from tests.kernel.test_machine_lab import STAR

pytestmark = pytest.mark.kernel

ON_MACHINE = ("--target", "machine")


class Box:
    """A machine, and the lab of a pair of namespaces in a file."""

    def __init__(self, machines: Machines, file: Path) -> None:
        self.machines = machines
        self.file = file
        machines.make(NetworkState({"": Host()}))

    def topoweb(self, command: str, *options: str, as_root: bool = True) -> Said:
        return self.machines.topoweb("", command, *options, as_root=as_root)

    def run(self, *options: str, as_root: bool = True) -> Said:
        return self.topoweb("run", str(self.file), *options, as_root=as_root)

    @property
    def namespaces(self) -> set[str]:
        return self.machines.listing("").namespaces


@pytest.fixture(scope="module")
def machines() -> Iterator[Machines]:
    with Machines() as machines:
        yield machines


@pytest.fixture
def box(machines: Machines, tmp_path: Path) -> Box:
    file = tmp_path / "lab.yaml"
    file.write_text(PAIR)
    return Box(machines, file)


def test_a_lab_is_built_checked_and_taken_down(box: Box) -> None:
    done = box.run(*ON_MACHINE)
    assert (done.code, done.complaints) == (0, [])
    assert "reply" in done.stdout
    assert box.namespaces == set()


def test_a_lab_that_is_kept_is_changed_and_stopped(box: Box) -> None:
    done = box.run(*ON_MACHINE, "--keep")
    assert (done.code, done.stdout.splitlines()[-1]) == (0, "a-veth-pair")
    assert box.namespaces == {"ns1", "ns2"}
    box.machines.paste("", "ip -n ns1 addr add 10.0.0.9/24 dev veth-ns1\n")
    box.file.write_text(PAIR.replace("192.168.1.1/24", "192.168.1.3/24"))
    planned = box.topoweb("plan", str(box.file), *ON_MACHINE)
    assert [line.split(maxsplit=1)[1] for line in planned.stdout.splitlines()] == [
        "Add address 192.168.1.3/24 to veth-ns1 in ns1",
        "Remove address 10.0.0.9/24 from veth-ns1 in ns1",
        "Remove address 192.168.1.1/24 from veth-ns1 in ns1",
    ]
    assert box.run(*ON_MACHINE, "--keep").code == 0
    assert box.topoweb("plan", str(box.file), *ON_MACHINE).stdout == ""
    assert box.topoweb("stop", "another", *ON_MACHINE).complaints == ["There is no lab another on this machine; there are: a-veth-pair"]
    assert box.topoweb("stop", "a-veth-pair", *ON_MACHINE).code == 0
    assert box.namespaces == set()


def test_a_name_that_is_taken_stops_it_before_anything_is_done(box: Box) -> None:
    box.machines.paste("", "ip netns add ns2\n")
    done = box.run(*ON_MACHINE)
    assert (done.code, done.complaints) == (1, ["There is a namespace ns2 on this machine already: rename one of the two"])
    assert box.namespaces == {"ns2"}


def test_it_takes_root_and_the_option(box: Box) -> None:
    done = box.run(*ON_MACHINE, as_root=False)
    assert (done.code, done.complaints) == (1, ["Only root may change the network of this machine. Run it by sudo"])
    done = box.topoweb("stop", "--all", *ON_MACHINE, as_root=False)
    assert (done.code, done.complaints) == (1, ["Only root may change the network of this machine. Run it by sudo"])
    box.file.write_text(f"{PAIR}target: machine\n")
    done = box.run()
    assert (done.code, done.complaints) == (1, ["A lab for the machine itself runs there by `topoweb run --target machine`, as root"])
    assert box.namespaces == set()


def test_a_kept_lab_is_reached_by_its_name(box: Box) -> None:
    """As one in a sandbox, but that a command needs no help there."""
    assert box.run(*ON_MACHINE, "--keep").code == 0
    [lab] = json.loads(box.topoweb("ps", "--json").stdout)["labs"]
    assert (lab["lab"], lab["where"], lab["state"], lab["nodes"]) == ("a-veth-pair", "machine", "running", 2)
    assert box.topoweb("ping", "a-veth-pair", "ns1", "ns2").code == 0
    box.machines.paste("", "ip -n ns1 addr add 10.0.0.9/24 dev veth-ns1\n")
    assert "Add address 10.0.0.9/24 to veth-ns1 in ns1" in box.topoweb("diff", "a-veth-pair").stdout
    assert box.topoweb("apply", "a-veth-pair", str(box.file), "--dry-run").code == 3
    assert "Remove address 10.0.0.9/24" in box.topoweb("apply", "a-veth-pair", str(box.file)).stdout
    refused = box.topoweb("exec", "a-veth-pair", "ns1", "true")
    assert (refused.code, refused.complaints) == (
        2,
        ["Lab a-veth-pair is on this machine itself, where a command needs no help: ip netns exec NAME CMD"],
    )
    assert box.topoweb("stop", "a-veth-pair").code == 0
    assert box.namespaces == set()


async def run_and_kill(file: str) -> None:
    command = [*ARGV, "run", file, *ON_MACHINE, "--keep"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as running:  # noqa: ASYNC220  # nobody else is in this loop
        assert wait_until(lambda: RUN_NETNS.is_dir() and any(RUN_NETNS.iterdir()), 30)
        running.kill()


def test_a_lab_whose_builder_was_killed_is_finished_and_stopped_by_its_name(box: Box) -> None:
    """It was to be kept, and is half built."""
    box.file.write_text(json.dumps(STAR))
    box.machines.inside("", run_and_kill, str(box.file))
    [lab] = json.loads(box.topoweb("ps", "--json").stdout)["labs"]
    assert (lab["lab"], lab["state"]) == ("star", "applying")
    assert box.topoweb("apply", "star", str(box.file)).code == 0
    assert len(box.namespaces) == 60
    assert box.topoweb("stop", "star").code == 0
    assert (box.namespaces, box.topoweb("ps").stdout) == (set(), "")


def test_what_cannot_be_built_leaves_nothing_to_be_stopped(box: Box) -> None:
    box.machines.paste("", "ip netns add ns2\n")
    assert box.run(*ON_MACHINE, "--keep").code == 1
    assert box.topoweb("ps").stdout == ""
