"""Labs that the command line keeps: run --keep, ps, apply, diff, stop. On the real kernel."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.command import ARGV, PAIR, topoweb
from tests.cli.kept import PATIENCE, QUIET, inside, keep, keeping
from tests.worker.documents import star
from topoweb.cli.labs import look, places

pytestmark = pytest.mark.kernel

OTHER_ADDRESS = PAIR.replace("192.168.1.2", "192.168.1.9")


@pytest.fixture(autouse=True)
def directory(tmp_path: Path) -> Iterator[Path]:
    """Where the labs of a test are kept; all of them end with it. No server has this state directory."""
    with keeping(tmp_path) as directory:
        yield directory


@pytest.fixture
def pair() -> str:
    return keep()


def listed() -> list[dict[str, object]]:
    labs: list[dict[str, object]] = json.loads(topoweb("ps", "--json").stdout)["labs"]
    return labs


# run --keep, ps, stop


def test_a_lab_is_left_running_and_its_name_is_the_last_line() -> None:
    done = topoweb("run", "-", "--keep", text=PAIR)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "a-veth-pair"
    again = topoweb("run", "-", "--keep", "--json", text=PAIR)
    assert json.loads(again.stdout)["lab"] == "a-veth-pair-2"
    assert sorted(lab["lab"] for lab in listed()) == ["a-veth-pair", "a-veth-pair-2"]
    assert topoweb("stop", "a-veth-pair").returncode == 0
    assert [lab["lab"] for lab in listed()] == ["a-veth-pair-2"]


def test_ps(pair: str) -> None:
    (lab,) = listed()
    assert lab.pop("since")
    assert lab == {"lab": "pair", "document": "A veth pair", "nodes": 2, "of": "command line", "where": "sandbox", "state": "running"}
    header, row = topoweb("ps").stdout.splitlines()
    assert header.split() == ["Lab", "Document", "Nodes", "Of", "Where", "Since", "State"]
    assert row.split()[:4] == ["pair", "A", "veth", "pair"]


def test_no_labs() -> None:
    assert topoweb("ps").stdout == ""
    assert listed() == []


def test_a_lab_is_kept_whatever_its_checks_say() -> None:
    done = topoweb("run", "-", "--keep", text=PAIR.replace("ping: 192.168.1.2", "ping: 192.168.1.2, expect: unreachable"))
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "a-veth-pair"
    assert len(listed()) == 1


def test_a_name_that_is_taken(pair: str) -> None:
    done = topoweb("run", "-", "--keep", "--name", pair, text=QUIET)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "A lab pair runs already. Stop it, or give this one another name\n")


@pytest.mark.parametrize(
    "args", [["run", "-", "--name", "x"], ["run", "-", "--keep", "--name", "a/b"], ["stop"], ["stop", "x", "--all"], ["exec", "x", "ns1"]]
)
def test_wrong_usage(args: list[str]) -> None:
    done = topoweb(*args, text=QUIET)
    assert (done.returncode, done.stdout) == (2, "")


def test_a_lab_that_is_not_there() -> None:
    for args in (["exec", "x", "ns1", "--", "true"], ["ping", "x", "ns1", "ns2"], ["apply", "x", "-"], ["diff", "x"], ["stop", "x"]):
        done = topoweb(*args, text=QUIET)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == "No lab 'x' runs here. `topoweb ps` lists those that do.\n"


def test_a_lab_by_its_document_s_name(pair: str) -> None:
    assert inside("A veth pair", "ns1", "echo", "here") == "here\n"
    keep(name="other")
    done = topoweb("diff", "A veth pair")
    assert done.returncode == 2
    assert done.stderr.startswith("'A veth pair' can be any of ")


# apply and diff


def test_apply(pair: str) -> None:
    assert (topoweb("apply", pair, "-", text=PAIR).returncode, topoweb("apply", pair, "-", text=PAIR).stdout) == (0, "")
    dry = topoweb("apply", pair, "-", "--dry-run", text=OTHER_ADDRESS)
    assert dry.returncode == 3
    assert dry.stdout.splitlines() == [
        "1  Add address 192.168.1.9/24 to veth-ns2 in ns2",
        "2  Remove address 192.168.1.2/24 from veth-ns2 in ns2",
    ]
    assert topoweb("ping", pair, "ns1", "192.168.1.2").returncode == 0
    done = topoweb("apply", pair, "-", "--json", text=OTHER_ADDRESS)
    result = json.loads(done.stdout)
    assert (done.returncode, result["lab"], result["applied"]) == (0, pair, True)
    assert [operation["op"] for operation in result["operations"]] == ["AddAddress", "RemoveAddress"]
    assert topoweb("ping", pair, "ns1", "192.168.1.9").returncode == 0
    assert topoweb("apply", pair, "-", "--dry-run", text=OTHER_ADDRESS).returncode == 0


def test_a_plan_says_why_a_link_is_made_anew(pair: str) -> None:
    to_another = QUIET.replace("ns2:veth-ns2", "ns2:veth-new").replace("{name: veth-ns2,", "{name: veth-new,")
    lines = topoweb("apply", pair, "-", "--dry-run", text=to_another).stdout.splitlines()
    assert lines[:2] == [
        "1  Remove veth pair veth-ns1 in ns1, veth-ns2 in ns2 (made anew: a veth cannot change its peer)",
        "2  Add veth pair veth-ns1 in ns1, veth-new in ns2 (made anew: a veth cannot change its peer)",
    ]
    first, *_, last = json.loads(topoweb("apply", pair, "-", "--dry-run", "--json", text=to_another).stdout)["operations"]
    assert first["anew"] == "peer"
    assert "anew" not in last


def test_what_is_done_by_hand_is_told_and_undone(pair: str) -> None:
    assert topoweb("diff", pair).stdout == ""
    inside(pair, "ns1", "ip", "addr", "add", "10.7.7.7/24", "dev", "veth-ns1")
    assert topoweb("diff", pair).stdout == "1  Add address 10.7.7.7/24 to veth-ns1 in ns1\n"
    inside(pair, "ns1", "ip", "link", "add", "ifb7", "type", "ifb")
    assert topoweb("diff", pair).stderr == "No drawing holds ns1:ifb7, an interface of kind ifb\n"
    inside(pair, "ns1", "ip", "link", "del", "ifb7")
    (operation,) = json.loads(topoweb("diff", pair, "--json").stdout)["operations"]
    assert operation["command"] == "ip -n ns1 addr add 10.7.7.7/24 dev veth-ns1"
    assert topoweb("apply", pair, "-", text=QUIET).stdout == "Undone, made by hand:\n1  Remove address 10.7.7.7/24 from veth-ns1 in ns1\n"
    assert topoweb("diff", pair).stdout == ""


def test_a_change_that_fails_is_rolled_back(pair: str) -> None:
    inside(pair, "ns2", "ip", "link", "add", "br0", "type", "ifb")
    with_bridge = OTHER_ADDRESS.replace("nodes:", "nodes:\n  - {name: br0, kind: bridge, in: ns2}")
    done = topoweb("apply", pair, "-", text=with_bridge)
    assert done.returncode == 1
    assert "br0" in done.stderr
    assert "File exists" in done.stderr or "taken" in done.stderr
    assert done.stderr.endswith("\nThe lab is as it was before.\n")
    assert topoweb("diff", pair).stdout == ""
    assert topoweb("ping", pair, "ns1", "192.168.1.2").returncode == 0
    assert [lab["state"] for lab in listed()] == ["failed"]
    assert topoweb("apply", pair, "-", text=OTHER_ADDRESS).returncode == 0
    assert [lab["state"] for lab in listed()] == ["running"]


def test_bad_input_changes_nothing(pair: str) -> None:
    done = topoweb("apply", pair, "-", text=PAIR.replace("192.168.1.2/24", "192.168.1.1/24"))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("nodes[")
    assert topoweb("diff", pair).stdout == ""


HOLD = """
import asyncio, sys
from pathlib import Path
from labs.kernel.lab import Lab

async def main():
    lab = await Lab.attach(Path(sys.argv[1]), force=False)
    print("held", flush=True)
    await lab.keeper.closed.wait()

asyncio.run(main())
"""


def test_a_lab_that_somebody_changes_at_this_moment(pair: str, directory: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD, str(directory / "pair.sock")], stdout=subprocess.PIPE) as other:
        assert other.stdout
        assert other.stdout.readline() == b"held\n"
        done = topoweb("apply", pair, "-", text=OTHER_ADDRESS)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == "Somebody else changes this lab at this moment. Try again when that is done\n"
        result = json.loads(topoweb("apply", pair, "-", "--json", text=OTHER_ADDRESS).stdout)
        assert result == {"lab": pair, "applied": False, "operations": [], "errors": [done.stderr.rstrip()]}
        assert inside(pair, "ns1", "echo", "undisturbed") == "undisturbed\n"
        assert topoweb("stop", pair).returncode == 0
        assert other.wait(PATIENCE) == 0


NEWER = [sys.executable, "-c", "from labs.kernel import protocol; protocol.VERSION = 'another'; from topoweb.cli import main; main()"]


def newer_topoweb(*args: str, text: str = "") -> subprocess.CompletedProcess[str]:
    """The program that this one was exchanged for."""
    return subprocess.run([*NEWER, *args], input=text, capture_output=True, text=True, timeout=120, check=False)


def test_a_lab_of_another_version_is_left_alone_until_it_is_stopped(pair: str) -> None:
    (seen,) = json.loads(newer_topoweb("ps", "--json").stdout)["labs"]
    assert (seen["lab"], seen["state"]) == (pair, "unknown")
    done = newer_topoweb("apply", pair, "-", text=OTHER_ADDRESS)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"Lab {pair} is of another version of Topoweb. Stop it, and run it again\n"
    assert inside(pair, "ns1", "echo", "undisturbed") == "undisturbed\n"
    assert newer_topoweb("stop", pair).returncode == 0
    assert places() == []


def test_an_apply_that_was_killed_is_gone_on_with(tmp_path: Path) -> None:
    """Among its links, while which are made the agent has time to say how far it is."""
    lab = keep(json.dumps(star(1)), "many")
    file = tmp_path / "more.yaml"
    file.write_text(json.dumps(star(300)))
    with subprocess.Popen([*ARGV, "apply", lab, str(file)], stdout=subprocess.DEVNULL) as process:
        while [lab.state for lab in asyncio.run(look(places()))] != ["applying"]:
            assert process.poll() is None, "it was through before it could be killed"
        process.kill()
    assert [state["state"] for state in listed()] == ["applying"]
    assert topoweb("apply", lab, str(file)).returncode == 0
    assert [state["state"] for state in listed()] == ["running"]
    assert topoweb("diff", lab).stdout == ""
    assert len(inside(lab, "host", "ls", "/run/netns").split()) == 300
