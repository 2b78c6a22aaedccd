"""A machine that looks at itself: what it sees is what is there, can be drawn, and comes out the same elsewhere."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from labs.document.parse import parse
from labs.document.problems import find_problems
from labs.document.schema import LabDocument
from labs.formats.document_text import load
from labs.formats.script import script
from labs.gallery.lessons import Step, lessons
from labs.kernel.agent_hosts import write_sysctl
from labs.kernel.machine import Machine
from labs.network.compile import compile
from labs.network.draw import draw, not_drawable
from labs.network.normal import normalize
from labs.network.state import Card, Host, Interface, Link, Namespace, Netns, NetworkState, Veth
from tests.formats.machines import Machines
from tests.kernel.machine import wait_until
from tests.network.build import said
from tests.strategies import documents

pytestmark = pytest.mark.kernel

BLANK = parse({"topoweb": 1, "name": "Seen"})


@pytest.fixture(scope="module")
def machines() -> Iterator[Machines]:
    with Machines() as machines:
        yield machines


def build(machines: Machines, document: LabDocument) -> NetworkState:
    """By its scripts. What is there then, as an onlooker sees it who knows what was wanted."""
    state = compile(document)
    machines.make(state)
    for host in state.hosts:
        machines.run(host, script(document, state, host=host))
    return normalize(machines.observe(), state)


def alone(state: NetworkState, host: str, name: str) -> NetworkState:
    """One machine of a network, under another name: of a card it does not know where it is plugged in, and its MAC address is its own."""

    def link(each: Link) -> Link:
        match each.kind:
            case Veth(peer):
                return each._replace(kind=Veth(Interface(Netns(name, peer.netns.name), peer.name)))
            case Card():
                return each._replace(kind=Card(), mac=None)
        return each

    def namespace(each: Namespace) -> Namespace:
        return replace(each, links={key: link(found) for key, found in each.links.items()})

    return NetworkState({name: Host({key: namespace(each) for key, each in state.hosts[host].namespaces.items()})})


def look_and_build_elsewhere(machines: Machines, document: LabDocument) -> None:
    built = build(machines, document)
    seen = {host: machines.look(host, "here") for host in built.hosts}
    assert seen == {host: alone(built, host, "here") for host in built.hosts}
    for state in seen.values():
        drawn = draw(state, onto=BLANK)
        assert find_problems(drawn) == []
        assert said(not_drawable(state, drawn)) == []
        build(machines, drawn)
        assert machines.look("here", "here") == state


@pytest.mark.parametrize("step", [pytest.param(step, id=f"{lesson.slug}/{step.file}") for lesson in lessons() for step in lesson.steps])
def test_the_gallery(machines: Machines, step: Step) -> None:
    look_and_build_elsewhere(machines, step.document)


@settings(max_examples=12, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate], suppress_health_check=list(HealthCheck))
@given(document=documents(most=2))
def test_any_machine(machines: Machines, document: LabDocument) -> None:
    look_and_build_elsewhere(machines, document)


def test_what_one_observes_and_exports_is_the_same_elsewhere(machines: Machines, tmp_path: Path) -> None:
    """By the commands, from the file that `observe -o` writes."""
    document = next(lesson for lesson in lessons() if lesson.slug.startswith("4")).steps[-1].document
    built = build(machines, document)
    (host,) = built.hosts
    file = tmp_path / "here.yaml"
    assert machines.topoweb(host, "observe", "-o", str(file))[:2] == (0, "")
    assert machines.look(host, "here") == alone(built, host, "here")
    exported = machines.topoweb(host, "export", str(file))
    assert (exported.code, exported.complaints) == (0, [])
    machines.make(alone(built, host, "elsewhere"))
    machines.run("elsewhere", exported.stdout)
    assert machines.look("elsewhere", "here") == alone(built, host, "here")


STRANGE = """
ip netns add ns1
ip link add br0 type bridge
ip link add veth-ns1 netns ns1 type veth peer name veth-ns1-br
ip link set veth-ns1-br master br0
ip link add vx0 type vxlan id 5 dstport 4789
ip link set vx0 master br0
ip addr add 10.255.0.1/32 dev lo
ip addr add 10.4.0.1/24 dev br0 valid_lft 1000 preferred_lft 1000
ip link set br0 up
ip route add 10.5.0.0/16 dev br0 proto dhcp
ip rule add from 10.1.1.1 lookup 100
ip -n ns1 route add table 100 blackhole 10.9.0.0/16
ip netns exec ns1 nft add table inet filter
ip netns add 'b@d'
"""


def test_what_no_drawing_holds_is_said_by_name(machines: Machines) -> None:
    machines.make(compile(parse({"topoweb": 1, "name": "Test", "nodes": [{"name": "box", "kind": "host"}]})))
    machines.paste("box", STRANGE)
    before = machines.listing("box")
    done = machines.topoweb("box", "observe")
    assert machines.listing("box") == before
    drawn = parse(load(done.stdout))
    assert [node.name for node in drawn.nodes][1:] == ["ns1", "br0"]
    name = drawn.nodes[0].name
    told = {
        f"Not drawn: {name}:vx0: an interface of kind vxlan, in br0",
        f"Not drawn: {name}:lo: the address 10.255.0.1/32",
        f"Not drawn: {name}:br0: the address 10.4.0.1/24, which is leased",
        f"Not drawn: {name}: the IPv4 route to 10.5.0.0/16, of protocol dhcp",
        f"Not drawn: {name}: the IPv4 routing rule 32765",
        f"Not drawn: {name}/ns1: 1 IPv4 route in table 100",
        f"Not drawn: {name}/ns1: the nftables table inet filter",
        f"Not drawn: Add namespace {name}/b@d",
    }
    assert told <= set(done.complaints)
    nameless = [line for line in done.complaints if line.startswith("Not drawn: a network namespace without a name, of process")]
    assert len(nameless) + len(told) == len(done.complaints)
    assert nameless


def test_an_ordinary_user_sees_the_default_namespace_and_is_told_so(machines: Machines) -> None:
    machines.make(compile(parse({"topoweb": 1, "name": "Test", "nodes": [{"name": "box", "kind": "host"}]})))
    machines.paste("box", "ip netns add ns1\nip link add br0 type bridge\nip link add v1 netns ns1 type veth peer name v2\n")
    done = machines.topoweb("box", "observe", as_root=False)
    told, pair = done.complaints
    assert told.startswith("Only the default network namespace is seen")
    assert pair.endswith(":v2: a veth, whose other end is out of sight")
    assert [node.name for node in parse(load(done.stdout)).nodes][1:] == ["br0"]


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def leave_while_it_is_looked_at() -> tuple[bool, bool]:
    """Whether this goes on meanwhile, and all descriptors are closed at last."""
    before = descriptors()
    machine = await Machine().open()
    released = threading.Event()
    looking = asyncio.ensure_future(machine._inside(released.wait, 5))
    await asyncio.sleep(0)
    machine.leave()
    released.set()
    return await looking, wait_until(lambda: descriptors() == before)


def test_whoever_leaves_a_machine_does_not_wait(machines: Machines) -> None:
    machines.make(compile(parse({"topoweb": 1, "name": "Test", "nodes": [{"name": "box", "kind": "host"}]})))
    assert machines.inside("box", leave_while_it_is_looked_at) == (True, True)


async def told_of(key: str) -> bool:
    """Whether a change of that sysctl is told to who watches it."""
    async with Machine("here") as machine:
        told = asyncio.Event()
        watching = asyncio.create_task(machine.watch_sysctls(["net.ipv4.ip_default_ttl"], told.set))
        await asyncio.sleep(0.3)
        write_sysctl(key, 1)
        with suppress(TimeoutError):
            await asyncio.wait_for(told.wait(), 2)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        return told.is_set()


def test_a_change_of_a_sysctl_is_told_to_who_watches_it(machines: Machines) -> None:
    machines.make(NetworkState({"box": Host({"": Namespace({})})}))
    assert machines.inside("box", told_of, "net.ipv4.ip_default_ttl")
    assert not machines.inside("box", told_of, "net.ipv4.conf.all.arp_ignore")
