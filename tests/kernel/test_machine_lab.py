"""Labs on a machine that has things of its own: those stay as they are, whatever the lab does."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from labs.document.parse import parse
from labs.document.schema import LabDocument
from labs.kernel.machine import Machine
from labs.kernel.machine_lab import MARK, MachineError, MachineLab, labs_here
from labs.kernel.refusals import OperationError
from labs.network.compile import compile
from labs.network.normal import normalize
from labs.network.operations import AddAddress, Plan
from labs.network.ownership import to_own
from labs.network.state import Card, Host, Interface, Link, LinkKind, Namespace, Netns, NetworkState, Veth
from tests.formats.machines import Machines
from tests.network.build import drawn
from tests.strategies import documents

pytestmark = pytest.mark.kernel

ROOT = Path(__file__).parents[2]
BOX = ""
OWN = (
    "ip link add own0 type bridge; ip addr add 10.0.0.1/24 dev own0; ip link set own0 up",
    "ip netns add own1; ip link add own2 type veth peer name own3 netns own1; ip link set own2 up",
    "ip link add own5 type veth peer name own6; ip addr add 10.3.0.1/24 dev own5; ip link set own5 up; ip link set own6 up",
    "ip link add vx0 type vxlan id 5 dstport 4789",
    "ip link add veth-ns0 type veth peer name own4; ip link set own4 mtu 1400",
    "ip route add blackhole 10.77.0.0/16",
    "ip netns add ns0",
    "ip link add br0 type bridge; ip link set br0 alias 'topoweb another'",
    "ip netns add r0; ip -n r0 link set lo up alias 'topoweb another'",
)
"""What a machine may have, some of it with names that labs like."""
PAIR = """
nodes:
  - {name: ns1, kind: namespace, interfaces: [{name: v1, addresses: [192.168.9.2/24]}], routes: [{to: default, via: 192.168.9.1}]}
  - {name: ns2, kind: namespace, interfaces: [{name: v2, addresses: [192.168.9.1/24]}]}
links: [{ends: ["ns1:v1", "ns2:v2"]}]
"""


@pytest.fixture(scope="module")
def machines() -> Iterator[Machines]:
    with Machines() as machines:
        yield machines


def box(machines: Machines, *own: str) -> None:
    """A new machine, with things of its own and one network card."""
    machines.make(NetworkState({BOX: Host({"": Namespace(links={"eth0": Link(Card())})})}))
    machines.paste(BOX, "ip link set eth0 up; ip addr add 10.9.0.1/24 dev eth0\n" + "".join(f"{line}\n" for line in own))


def on_box(document: LabDocument, *, cards: bool) -> NetworkState:
    """The first host of a document as the machine."""
    state = compile(document)
    here = next(iter(state.hosts.values()), Host())

    def kind(link: Link) -> LinkKind:
        return Veth(link.kind.peer._replace(netns=Netns(BOX, link.kind.peer.netns.name))) if isinstance(link.kind, Veth) else link.kind

    def moved(name: str, each: Namespace) -> Namespace:
        links = {key: link._replace(kind=kind(link)) for key, link in each.links.items() if cards or not isinstance(link.kind, Card)}
        routes = (route for route in each.routes if route.dev in links or (route.dev is None and (cards or name)))
        return Namespace(links, frozenset(routes), each.sysctls)

    return NetworkState({BOX: Host({name: moved(name, each) for name, each in here.namespaces.items()})})


Picture = dict[str, Any]


async def picture(machine: Machine, mine: str | None = None) -> Picture:
    """All that is on a machine but for the lab with the mark `mine`: links of every kind with their indices, addresses, routes, sysctls."""
    state = await machine.read()
    records = machine.links()
    spaces = {netns for netns, here in records.items() if any(r.name == "lo" and r.alias == mine for r in here)}
    links = {
        f"{netns}:{r.name}": (r.index, r.kind, r.up, r.mtu, r.mac, r.master, r.peer, r.alias, r.stp)
        for netns, here in records.items()
        for r in here
        if netns not in spaces and (mine is None or r.alias != mine)
    }
    carried = {str(i): link.addresses for i, link in state.links() if str(i) in links}
    routes = {
        str(netns): {route for route in here.routes if not route.dev or f"{netns}:{route.dev}" in links}
        for netns, here in state.namespaces()
        if netns not in spaces
    }
    sysctls = {str(netns): here.sysctls for netns, here in state.namespaces() if netns not in spaces}
    return {"links": links, "addresses": carried, "routes": routes, "sysctls": sysctls}


async def come_and_go(first: NetworkState, second: NetworkState) -> bool:
    """A lab comes, is changed, and goes. Returns whether the machine could take it."""
    mark = MARK + "test"
    async with Machine(BOX, mark) as machine:
        lab = MachineLab(machine)
        await machine.write_sysctls([(Netns(BOX, ""), key, value) for key, value in first.hosts[BOX].namespaces[""].sysctls.items()])
        before = await picture(machine)
        try:
            _, plan = await lab.plan(first, first)
        except MachineError:
            assert await picture(machine) == before
            return False
        await lab.apply(plan, lambda done: None)
        await check(lab, first, before)
        try:
            _, plan = await lab.plan(second, first)
        except MachineError:
            await check(lab, first, before)
        else:
            await lab.apply(plan, lambda done: None)
            await check(lab, second, before)
        await lab.take_down()
        assert await picture(machine) == before
        assert "test" not in labs_here(machine)
        return True


async def check(lab: MachineLab, wanted: NetworkState, before: Picture) -> None:
    assert (await lab.plan(wanted, wanted)).plan == ()
    assert await picture(lab.keeper, lab.keeper.mark) == before
    seen = normalize(await lab.keeper.read(), wanted)
    for netns, here in to_own(wanted).namespaces():
        assert {name: seen.hosts[netns.host].namespaces[netns.name].links[name] for name in here.links} == here.links


@settings(max_examples=30, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate], suppress_health_check=list(HealthCheck))
@given(own=st.sets(st.sampled_from(OWN)), first=documents(most=2), second=documents(most=2), cards=st.integers(0, 3))
def test_what_is_not_the_labs_stays_as_it_is(
    machines: Machines, own: set[str], first: LabDocument, second: LabDocument, cards: int
) -> None:
    box(machines, *sorted(own))
    machines.inside(BOX, come_and_go, on_box(first, cards=not cards), on_box(second, cards=False))


def test_a_lab_beside_what_is_there(machines: Machines) -> None:
    box(machines, *OWN[:5])
    assert machines.inside(BOX, come_and_go, drawn(PAIR), drawn(PAIR.replace("v2", "v3")))


# What is in the way


async def reasons(wanted: NetworkState) -> list[str]:
    async with Machine(BOX, MARK + "test") as machine:
        before = await picture(machine)
        try:
            await MachineLab(machine).plan(wanted, wanted)
        except MachineError as error:
            assert await picture(machine) == before
            return list(map(str, error.reasons))
        return []


WITH_HOST = """
nodes:
  - {name: box, kind: host, interfaces: [{name: eth0, addresses: [10.9.0.1/24, 10.9.1.1/24]}, {name: eth1}],
     routes: [{to: 10.50.0.0/16, via: 10.9.0.2}]}
"""


def test_what_the_machine_lacks_and_what_is_taken_is_said_at_once(machines: Machines) -> None:
    box(machines, "ip netns add ns1", "ip link add v2 type bridge")
    assert machines.inside(BOX, reasons, drawn(PAIR)) == ["There is a namespace ns1 on this machine already: rename one of the two"]
    box(machines, "ip link add br0 type vxlan id 5 dstport 4789", "sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=0")
    wanted = drawn("nodes: [{name: br0, kind: bridge, addresses: [10.8.0.1/24]}]")
    assert machines.inside(BOX, reasons, wanted) == [
        "net.ipv6.conf.all.forwarding is not 1 on this machine: sysctl -w net.ipv6.conf.all.forwarding=1",
        "There is an interface host:br0 already, and it is not the lab's: rename one of the two",
    ]
    [found] = drawn(WITH_HOST).hosts.values()
    machines.paste(BOX, "sysctl -qw net.ipv6.conf.all.forwarding=1")
    assert machines.inside(BOX, reasons, NetworkState({BOX: found})) == [
        "eth0 has no address 10.9.1.1/24: ip addr add 10.9.1.1/24 dev eth0",
        "This machine has no network card eth1: plug it in, or change its name in the lab",
        "This machine does not have this route: ip route add 10.50.0.0/16 via 10.9.0.2 dev eth0",
    ]


def test_a_lab_does_not_take_traffic_of_the_machine(machines: Machines) -> None:
    box(machines, "ip route add 10.64.0.0/12 via 10.9.0.2", "sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1")
    wanted = drawn("nodes: [{name: br0, kind: bridge, addresses: [10.9.0.130/25, 10.66.0.1/16, 10.8.0.1/13, 10.9.0.7/32, 10.200.0.1/24]}]")
    assert machines.inside(BOX, reasons, wanted) == [
        "10.66.0.0/16 at br0 is part of what this machine reaches by eth0: choose another subnet for the lab",
        "10.9.0.128/25 at br0 is part of what this machine reaches by eth0: choose another subnet for the lab",
        "10.9.0.7/32 at br0 is part of what this machine reaches by eth0: choose another subnet for the lab",
    ]


async def build_and(wanted: NetworkState, by_hand: str) -> list[str]:
    """What keeps a lab from being taken down after something was done by hand; it is taken down then all the same."""
    async with Machine(BOX, MARK + "test") as machine:
        lab = MachineLab(machine)
        await lab.apply((await lab.plan(wanted, wanted)).plan, lambda done: None)
        subprocess.run(["sh", "-ec", by_hand], check=True)  # noqa: ASYNC221  # nobody else is in this loop
        before = await picture(machine)
        try:
            await lab.take_down()
        except MachineError as error:
            assert await picture(machine) == before
            return list(map(str, error.reasons))
        return []


def test_nothing_is_taken_down_with_something_of_the_machines_own_in_it(machines: Machines) -> None:
    box(machines)
    by_hand = "ip link add mine type bridge; ip link add m1 type veth peer name m2; ip link set m1 netns ns1"
    assert machines.inside(BOX, build_and, drawn(PAIR), by_hand) == [
        "ns1:m1 is not the lab's, and would go with its namespace: remove it, or move it elsewhere"
    ]
    box(machines)
    bridge = "nodes: [{name: br0, kind: bridge}]"
    assert machines.inside(BOX, build_and, drawn(bridge), "ip link add m1 type veth peer name m2; ip link set m1 master br0") == [
        "host:m1 is not the lab's, and a port of br0: ip link set m1 nomaster"
    ]


async def fail(wanted: NetworkState, bad: Plan) -> str:
    async with Machine(BOX, MARK + "test") as machine:
        lab = MachineLab(machine)
        before = await picture(machine)
        _, plan = await lab.plan(wanted, wanted)
        try:
            await lab.apply((*plan, *bad), lambda done: None)
        except OperationError as error:
            assert await picture(machine) == before
            return error.operation.describe()
        return ""


def test_what_fails_leaves_the_machine_as_it_was(machines: Machines) -> None:
    box(machines, *OWN[:3])
    wanted = drawn(PAIR)
    address = next(iter(wanted.hosts[BOX].namespaces["ns1"].links["v1"].addresses))
    twice = AddAddress(Interface(Netns(BOX, "ns1"), "v1"), address)
    assert machines.inside(BOX, fail, wanted, (twice,)) == twice.describe()


STAR = {
    "topoweb": 1,
    "name": "Star",
    "nodes": [{"name": "br0", "kind": "bridge"}, *({"name": f"ns{i}", "kind": "namespace"} for i in range(60))],
    "links": [{"ends": [f"ns{i}", "br0"]} for i in range(60)],
}


async def build_aloud() -> None:
    """Build a lab, with a line for each step."""
    async with Machine(BOX, MARK + "test") as machine:
        lab = MachineLab(machine)
        star = compile(parse(STAR))
        await lab.apply((await lab.plan(star, star)).plan, lambda done: print(len(done), flush=True))  # noqa: T201  # whoever kills it listens


async def kill_on_the_way(steps: int) -> None:
    async with Machine(BOX) as machine:
        before = await picture(machine)
    program = f"import asyncio; from {__name__} import build_aloud; asyncio.run(build_aloud())"
    builder = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stdout=subprocess.PIPE, cwd=ROOT)
    assert builder.stdout
    for _ in range(steps):
        assert await builder.stdout.readline()
    builder.kill()
    await builder.wait()
    async with Machine(BOX, MARK + "test") as machine:
        await MachineLab(machine).take_down()
        assert await picture(machine) == before


@pytest.mark.parametrize("steps", [1, 2, 4])
def test_what_a_killed_process_left_is_known_and_taken_down(machines: Machines, steps: int) -> None:
    box(machines, *OWN[:3])
    machines.inside(BOX, kill_on_the_way, steps)
