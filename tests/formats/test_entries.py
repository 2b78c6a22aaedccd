"""The plan as a page and `topoweb plan --json` show it."""

from __future__ import annotations

import pytest

from labs.formats.entries import plan_entries
from labs.messages.status import PlanEntry
from labs.network.compile import compile
from labs.network.diff import diff
from labs.network.state import EMPTY
from tests.formats import experiments
from tests.network.build import drawn


def entries(text: str, before: str | None = None) -> dict[str, PlanEntry]:
    """By summary."""
    start = compile(experiments.document(before)) if before else EMPTY
    plan = diff(start, compile(experiments.document(text)))
    return {entry.summary: entry for entry in plan_entries(plan, start)}


def test_entries_are_numbered_and_say_all_there_is_to_say() -> None:
    found = entries(experiments.BRIDGE)
    assert [entry.n for entry in found.values()] == list(range(1, len(found) + 1))
    pair = next(entry for entry in found.values() if entry.op == "AddVeth")
    assert pair.change == "add"
    assert pair.command == "ip link add veth-ns1 type veth peer name veth-ns1-br\nip link set veth-ns1 netns ns1"
    assert pair.params == {"a": "veth-ns1", "a_netns": "ns1", "b": "veth-ns1-br", "b_netns": "host"}


def test_an_entry_points_to_the_node_of_the_drawing() -> None:
    found = {(entry.op, entry.node, entry.interface) for entry in entries(experiments.TWO_HOSTS).values()}
    assert {
        ("AddHost", "host1", None),
        ("AddLan", "wire", None),
        ("AddCard", "host1", "enp0s3"),
        ("AddNamespace", "host1/ns1", None),
        ("AddBridge", "host1/br0", "br0"),
        ("AddVeth", "host1/ns1", "veth-ns1"),
        ("SetMaster", "host1/br0", "veth-ns1-br"),
        ("SetUp", "host1/br0", "veth-ns1-br"),
        ("SetUp", "host1", "enp0s3"),
        ("AddRoute", "host1/ns1", None),
    } <= found


def test_what_a_running_lab_has_already_counts() -> None:
    """A port that was there before still belongs to its bridge."""
    down = experiments.BRIDGE.replace('virtual-bridge:veth-ns1-br"]', 'virtual-bridge:veth-ns1-br"], up: false')
    found = entries(down, before=experiments.BRIDGE)
    assert {(entry.op, entry.change, entry.node, entry.interface) for entry in found.values()} == {
        ("SetDown", "change", "ns1", "veth-ns1"),
        ("SetDown", "change", "virtual-bridge", "veth-ns1-br"),
    }


def test_what_is_real_in_a_script_has_no_command() -> None:
    commands = {entry.op: entry.command for entry in entries(experiments.TWO_HOSTS).values()}
    assert commands["AddHost"] == commands["AddLan"] == ""
    assert commands["AddCard"] == "ip link show dev enp0s3"


@pytest.mark.parametrize(
    ("old", "new", "anew"),
    [("br0:p", "br0:q", {"peer"}), ("{name: br0, kind: bridge}", "{name: p, kind: namespace}, {name: br0, kind: bridge}", set())],
)
def test_a_link_that_is_made_anew_says_why(old: str, new: str, anew: set[str]) -> None:
    text = "{nodes: [{name: ns1, kind: namespace}, {name: br0, kind: bridge}], links: [{ends: ['ns1:eth0', 'br0:p']}]}"
    before, after = drawn(text), drawn(text.replace(old, new))
    entries = plan_entries(diff(before, after), before)
    assert {entry.anew for entry in entries if entry.op in ("AddVeth", "RemoveVeth")} == anew
    assert not any(entry.anew for entry in entries if entry.op not in ("AddVeth", "RemoveVeth"))
    assert not any(entry.anew for entry in plan_entries(diff(EMPTY, after)))
