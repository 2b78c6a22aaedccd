"""`topoweb plan`"""

from __future__ import annotations

import json

import pytest

from tests.cli.command import PAIR, topoweb


def test_operations_in_order_numbered_one_a_line() -> None:
    done = topoweb("plan", "-", text=PAIR)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[:4] == [
        "1  Make the machine",
        "2  Add namespace ns1",
        "3  Add namespace ns2",
        "4  Add veth pair veth-ns1 in ns1, veth-ns2 in ns2",
    ]


def test_json() -> None:
    done = topoweb("plan", "-", "--json", text=PAIR)
    assert (done.returncode, done.stderr) == (0, "")
    operations = json.loads(done.stdout)["operations"]
    assert [operation["n"] for operation in operations] == list(range(1, len(operations) + 1))
    assert operations[1] == {
        "n": 2,
        "op": "AddNamespace",
        "summary": "Add namespace ns1",
        "command": "ip netns add ns1\nip -n ns1 link set lo up",
    }


def test_bad_input() -> None:
    done = topoweb("plan", "-", text=PAIR.replace("ns2:veth-ns2", "ns3"))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("links[0].ends[1]: ")


@pytest.mark.parametrize("command", ["plan", "export"])
def test_what_cannot_be_made_yet_is_not_left_out_silently(command: str) -> None:
    done = topoweb(command, "-", text=PAIR.replace("nodes:", "nodes:\n  - {name: out, kind: internet}"))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "out: The way out to the internet is not available yet\n"
