"""Neighbours that have gone are forgotten."""

from __future__ import annotations

from ipaddress import IPv4Address

from labs.document.schema import LabDocument
from labs.gallery.lessons import find_lesson
from labs.kernel.checks import run_checks
from labs.kernel.executor import apply
from labs.kernel.lab import Lab
from labs.kernel.neighbours import forget_gone
from labs.network.compile import compile
from labs.network.diff import diff
from labs.network.state import EMPTY, Netns, NetworkState

NS1 = Netns("", "ns1")


def step(number: int) -> LabDocument:
    lesson = find_lesson("2-bridge")
    assert lesson
    return lesson.steps[number - 1].document


async def become(lab: Lab, before: NetworkState, number: int) -> NetworkState:
    after = compile(step(number))
    await apply(diff(before, after), lab.keeper)
    await forget_gone(lab.keeper, before, after)
    return after


async def test_a_lesson_back_to_its_first_step_shows_what_it_says(lab: Lab) -> None:
    """ns1 has just spoken with ns3, which is on the bridge no longer: asked by ARP it does not answer, and the check says so."""
    three = await become(lab, EMPTY, 2)
    assert all(check.ok for check in await run_checks(lab, step(2)))
    await become(lab, three, 1)
    results = await run_checks(lab, step(1))
    assert [(check.ok, check.ping and check.ping.got) for check in results] == [(True, "reply"), (True, "unreachable")]


async def test_what_somebody_set_by_hand_and_who_is_there_are_kept(lab: Lab) -> None:
    three = await become(lab, EMPTY, 2)
    await run_checks(lab, step(2))
    by_hand = ["ip", "neigh", "replace", "192.168.1.3", "lladdr", "02:00:00:00:00:09", "nud", "permanent", "dev", "veth-ns1"]
    assert (await lab.run(NS1, by_hand)).code == 0
    await become(lab, three, 1)
    known = (await lab.run(NS1, ["ip", "neigh", "show"])).stdout.decode()
    assert "192.168.1.3 dev veth-ns1 lladdr 02:00:00:00:00:09 PERMANENT" in known
    assert "192.168.1.2 dev veth-ns1 lladdr" in known
    assert (await lab.prober.ping(NS1, IPv4Address("192.168.1.2"))).got == "reply"


async def test_who_is_just_being_asked_for_is_not_forgotten(lab: Lab) -> None:
    """With him would go what waits for his answer."""
    three = await become(lab, EMPTY, 2)
    one = await become(lab, three, 1)
    await lab.run(NS1, ["sh", "-c", "ping -c 1 -W 2 192.168.1.3 >/dev/null 2>&1 & sleep 0.1"])
    await forget_gone(lab.keeper, three, one)
    asked = (await lab.run(NS1, ["ip", "neigh", "show", "192.168.1.3"])).stdout.decode()
    assert "INCOMPLETE" in asked
