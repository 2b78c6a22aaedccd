"""Plans carried out on the kernel: each operation and the way back, what is refused and how, and what is left then."""

from __future__ import annotations

import asyncio
import errno
import itertools
import os
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Network

import pytest

from labs.kernel import refusals, rtnl
from labs.kernel.batch import transact
from labs.kernel.errors import LabGoneError
from labs.kernel.executor import apply
from labs.kernel.lab import Lab
from labs.kernel.observe import observe
from labs.kernel.refusals import OperationError
from labs.network import contents
from labs.network.draft import Draft
from labs.network.operations import (
    AddAddress,
    AddBridge,
    AddCard,
    AddHost,
    AddLan,
    AddNamespace,
    AddRoute,
    AddVeth,
    Operation,
    Plan,
    RemoveAddress,
    RemoveLan,
    RemoveRoute,
    RemoveVeth,
    ReplaceRoute,
    SetLan,
    SetMac,
    SetMaster,
    SetMtu,
    SetStp,
    SetSysctl,
    SetUp,
)
from labs.network.replay import replay
from labs.network.state import EMPTY, IPV6_METRIC, Interface, Netns, NetworkState, Route
from tests.kernel.networks import (
    ADDRESS,
    ADDRESS6,
    ADDRESSED,
    BR0,
    BR1,
    BRIDGED,
    CARD,
    DEFAULT,
    DEFAULT6,
    HOST,
    MAC,
    NS1,
    NS2,
    PORT,
    PORT2,
    ROUTED,
    VETH,
    VETH2,
    built,
    observed,
)

# Each operation, and its inverse

SIMPLE: dict[str, tuple[Plan, Operation]] = {
    "AddHost": (BRIDGED, AddHost("host2")),
    "AddLan": (BRIDGED, AddLan("a-lan-with-a-name-of-sixty-three-bytes-as-long-as-a-name-may-be")),
    "RemoveLan": ((*BRIDGED, AddLan("wire2")), RemoveLan("wire2")),
    "AddCard": (BRIDGED, AddCard(Interface(HOST, "eth1"), "wire")),
    "AddCard without a LAN": (BRIDGED, AddCard(Interface(HOST, "eth1"), None)),
    "SetLan": ((*BRIDGED, AddLan("wire2")), SetLan(CARD, "wire2", "wire")),
    "SetLan to none": (BRIDGED, SetLan(CARD, None, "wire")),
    "AddNamespace": (BRIDGED, AddNamespace(Netns("", "ns3"))),
    "AddVeth": (BRIDGED, AddVeth(Interface(NS1, "x"), Interface(NS2, "x"))),
    "AddVeth in one namespace": (BRIDGED, AddVeth(Interface(NS1, "x"), Interface(NS1, "y"))),
    "AddBridge": (BRIDGED, AddBridge(Interface(NS1, "br9"))),
    "AddBridge with a MAC": (BRIDGED, AddBridge(Interface(NS1, "br9"), MAC)),
    "SetMaster": (BRIDGED, SetMaster(PORT2, "br1")),
    "SetMaster to another": (BRIDGED, SetMaster(PORT, "br1", "br0")),
    "SetMaster to none": (BRIDGED, SetMaster(PORT, None, "br0")),
    "SetMtu": (BRIDGED, SetMtu(VETH, 9000, 1500)),
    "SetMtu of a port": (BRIDGED, SetMtu(PORT, 1400, 1500)),
    "SetMac": (BRIDGED, SetMac(VETH, MAC)),
    "SetStp": (BRIDGED, SetStp(BR0, stp=True)),
    "SetSysctl": (BRIDGED, SetSysctl(NS1, "net.ipv4.ip_forward", 1, 0)),
    "AddAddress": (ADDRESSED, AddAddress(VETH, IPv4Interface("10.0.0.1/8"))),
    "AddAddress of IPv6": (BRIDGED, AddAddress(BR0, ADDRESS6)),
    "SetUp": (BRIDGED, SetUp(PORT2)),
    "AddRoute": (ADDRESSED, AddRoute(NS1, DEFAULT)),
    "AddRoute of IPv6": (ADDRESSED, AddRoute(NS1, DEFAULT6)),
    "AddRoute on a link": (ADDRESSED, AddRoute(NS1, Route(IPv4Network("10.0.0.0/8"), None, VETH.name, 7))),
    "AddRoute blackhole": (BRIDGED, AddRoute(NS1, Route(IPv4Network("10.0.0.0/8"), type="blackhole"))),
    "AddRoute unreachable": (BRIDGED, AddRoute(NS1, Route(IPv6Network("fd00::/8"), metric=IPV6_METRIC, type="unreachable"))),
    "AddRoute prohibit": (BRIDGED, AddRoute(NS1, Route(IPv4Network("10.0.0.0/8"), metric=3, type="prohibit"))),
    "ReplaceRoute": (ROUTED, ReplaceRoute(NS1, Route(DEFAULT.to, IPv4Address("192.168.1.9"), VETH.name), DEFAULT)),
    "ReplaceRoute by one on the link": (ROUTED, ReplaceRoute(NS1, Route(DEFAULT.to, None, VETH.name), DEFAULT)),
    "ReplaceRoute by a blackhole": (ROUTED, ReplaceRoute(NS1, Route(DEFAULT.to, type="blackhole"), DEFAULT)),
    "ReplaceRoute of IPv6": (
        ROUTED,
        ReplaceRoute(NS1, Route(DEFAULT6.to, IPv6Address("2001:db8::9"), VETH.name, IPV6_METRIC), DEFAULT6),
    ),
    "ReplaceRoute of IPv6 by one on the link": (ROUTED, ReplaceRoute(NS1, Route(DEFAULT6.to, None, VETH.name, IPV6_METRIC), DEFAULT6)),
    "ReplaceRoute of IPv6 by a blackhole": (
        ROUTED,
        ReplaceRoute(NS1, Route(DEFAULT6.to, metric=IPV6_METRIC, type="blackhole"), DEFAULT6),
    ),
    "RemoveRoute": (ROUTED, RemoveRoute(NS1, DEFAULT)),
    "RemoveRoute of IPv6": (ROUTED, RemoveRoute(NS1, DEFAULT6)),
}
REMOVALS: dict[str, tuple[Plan, Callable[[Draft], Operation]]] = {
    "RemoveVeth": (ROUTED, lambda draft: contents.remove_veth(draft, VETH, PORT)),
    "RemoveBridge with a port": (ROUTED, lambda draft: contents.remove_bridge(draft, BR0)),
    "RemoveCard": (BRIDGED, lambda draft: contents.remove_card(draft, CARD)),
    "RemoveAddress, the last": (ROUTED, lambda draft: contents.remove_address(draft, VETH, ADDRESS)),
    "RemoveAddress, the first of a subnet": (
        (*ROUTED, AddAddress(VETH, IPv4Interface("192.168.1.3/24")), AddAddress(VETH, IPv4Interface("192.168.1.4/24"))),
        lambda draft: contents.remove_address(draft, VETH, ADDRESS),
    ),
    "RemoveAddress of IPv6": (ADDRESSED, lambda draft: contents.remove_address(draft, VETH, ADDRESS6)),
    "SetDown": (ROUTED, lambda draft: contents.set_down(draft, VETH)),
    "RemoveNamespace": (
        (AddHost(""), AddNamespace(NS1), SetSysctl(NS1, "net.ipv4.ip_forward", 1, 0)),
        lambda draft: contents.remove_namespace(draft, NS1),
    ),
    "RemoveHost": ((AddHost(""), AddHost("host2")), lambda draft: contents.remove_host(draft, "host2")),
}
OPERATIONS = {name: (plan, lambda _, operation=operation: operation) for name, (plan, operation) in SIMPLE.items()} | REMOVALS


@pytest.mark.parametrize(("plan", "operation"), OPERATIONS.values(), ids=OPERATIONS.keys())
async def test_an_operation_and_its_inverse(lab: Lab, plan: Plan, operation: Callable[[Draft], Operation]) -> None:
    before = await built(lab, plan)
    assert await observed(lab, before) == before
    done = operation(Draft(before))
    after = replay((done,), before)
    await apply((done,), lab.keeper)
    assert await observed(lab, after) == after
    await apply(done.inverse(), lab.keeper)
    assert await observed(lab, before) == before


async def test_progress_names_each_operation_once(lab: Lab) -> None:
    numbers: list[int] = []
    await apply(ROUTED, lab.keeper, numbers.extend)
    assert sorted(numbers) == list(range(1, len(ROUTED) + 1))


async def test_others_have_their_turn_meanwhile(lab: Lab) -> None:
    """After each portion that took long enough: however fast the machine, nobody waits for most of a large plan. In time of
    work, not of the clock, which runs on while the machine does something else."""
    turns: list[float] = []

    async def others() -> None:
        while True:
            turns.append(time.thread_time())
            await asyncio.sleep(0)

    ends = [(Interface(NS1, f"x{i}"), Interface(NS2, f"y{i}")) for i in range(400)]
    await apply((AddHost(""), AddNamespace(NS1), AddNamespace(NS2)), lab.keeper)
    began = time.thread_time()
    task = asyncio.create_task(others())
    await apply(tuple(AddVeth(*pair) for pair in ends), lab.keeper)
    ended = time.thread_time()
    task.cancel()
    longest = max(after - before for before, after in itertools.pairwise([began, *turns, ended]))
    assert longest < (ended - began) / 2


# What is refused


@dataclass
class Refused:
    plan: Plan
    """The last operation is refused."""
    before: Plan = ADDRESSED
    node: str | None = "ns1"
    interface: str | None = None
    errno: int = 0
    kernel: str = ""
    says: str = ""


REFUSED: dict[str, Refused] = {
    "a gateway that no subnet holds": Refused(
        (AddRoute(NS1, Route(IPv4Network("0.0.0.0/0"), IPv4Address("10.9.9.9"), VETH.name)),),
        interface=None,
        errno=errno.ENETUNREACH,
        kernel="Nexthop has invalid gateway",
        says="Give an interface here an address in the gateway's subnet",
    ),
    "a route out of a link that is down": Refused(
        (AddRoute(NS2, Route(IPv4Network("10.0.0.0/8"), None, VETH2.name)),), node="ns2", errno=errno.ENETDOWN, says="Set it up first"
    ),
    "a route that is there": Refused((AddRoute(NS1, DEFAULT),), ROUTED, errno=errno.EEXIST, says="there is such a route already"),
    "a route that is not there": Refused((RemoveRoute(NS1, DEFAULT),), errno=errno.ESRCH, says="there is no such route"),
    "the name of a veth taken": Refused(
        (AddVeth(VETH, Interface(HOST, "x")),), interface="veth-ns1", errno=errno.EEXIST, says="the name is taken"
    ),
    "the name of a veth's peer taken": Refused(
        (AddVeth(Interface(NS1, "x"), PORT),), interface="x", errno=errno.EEXIST, says="the name is taken"
    ),
    "the name of a bridge taken": Refused((AddBridge(BR0),), node="host", interface="br0", errno=errno.EEXIST, says="the name is taken"),
    "the name of a card taken": Refused(
        (AddCard(CARD, "wire"),), node="host", interface="eth0", errno=errno.EEXIST, says="the name is taken"
    ),
    "the name of a namespace taken": Refused((AddNamespace(NS1),), errno=errno.EEXIST, says="ns1"),
    "the name of a host taken": Refused((AddHost(""),), node="host", errno=errno.EEXIST, says="host"),
    "an address that is there": Refused(
        (AddAddress(VETH, ADDRESS),), interface="veth-ns1", errno=errno.EEXIST, says="Remove one of the two"
    ),
    "IPv6 on an MTU too small for it": Refused(
        (SetMtu(VETH2, 1000, 1500), AddAddress(VETH2, ADDRESS6)), node="ns2", interface="veth-ns2", errno=errno.EINVAL, says="1280"
    ),
    "no such interface": Refused((SetUp(Interface(NS1, "x")),), interface="x", errno=errno.ENODEV, says="there is no such interface"),
    "an address of no such interface": Refused(
        (AddAddress(Interface(NS1, "x"), ADDRESS),), interface="x", errno=errno.ENODEV, says="there is no such interface"
    ),
    "no such namespace": Refused(
        (SetUp(Interface(Netns("", "ns9"), "x")),), node="ns9", interface="x", errno=errno.ENOENT, says="There is no such namespace"
    ),
    "a peer in no such namespace": Refused(
        (AddVeth(Interface(NS1, "x"), Interface(Netns("", "ns9"), "y")),), interface="x", errno=errno.ENOENT, says="no such namespace"
    ),
    "a sysctl of no such namespace": Refused(
        (SetSysctl(Netns("", "ns9"), "net.ipv4.ip_forward", 1, 0),), node="ns9", errno=errno.ENOENT, says="no such namespace"
    ),
    "a value that a sysctl does not take": Refused(
        (SetSysctl(NS1, "net.ipv4.ip_default_ttl", 1000, 64),), errno=errno.EINVAL, says="does not take this value"
    ),
    "a master that is no bridge": Refused(
        (SetMaster(PORT2, "veth-ns1-br"),), node="host", interface="veth-ns2-br", errno=errno.EOPNOTSUPP, says="not a bridge"
    ),
    "no such master": Refused((SetMaster(PORT2, "br9"),), node="host", interface="veth-ns2-br", errno=errno.ENODEV),
    "a bridge as a port": Refused(
        (SetMaster(BR1, "br0"),), node="host", interface="br1", errno=errno.ELOOP, kernel="Can not enslave a bridge to a bridge"
    ),
    "an MTU out of range": Refused(
        (SetMtu(VETH, 67, 1500),), interface="veth-ns1", errno=errno.EINVAL, kernel="mtu less than device minimum", says="68 to 65535"
    ),
    "a group's MAC address": Refused(
        (SetMac(VETH, "01:00:00:00:00:01"),), interface="veth-ns1", errno=errno.EADDRNOTAVAIL, says="first byte must be even"
    ),
}


def test_whatever_is_refused_it_is_said_what_to_do() -> None:
    """Also where nobody foresaw it."""
    foreseen = [*refusals._EXPLANATIONS.values(), *refusals._ANYWHERE.values()]
    assert [explanation for explanation in foreseen if not explanation.hint] == []
    assert refusals.explain(SetUp(VETH), errno.EXDEV).hint


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED.keys())
async def test_a_refusal_says_what_where_and_why_and_leaves_all_as_before(lab: Lab, case: Refused) -> None:
    before = await built(lab, case.before)
    first: Plan = (
        AddNamespace(Netns("", "new")),
        AddBridge(Interface(HOST, "new")),
        AddAddress(Interface(NS1, "veth-ns1"), IPv4Interface("172.30.1.1/24")),
    )
    plan = (*first, *case.plan)
    with pytest.raises(OperationError) as caught:
        await apply(plan, lab.keeper)
    error = caught.value
    assert (error.operation, error.n) == (case.plan[-1], len(plan))
    assert (error.node, error.interface, error.errno) == (case.node, case.interface, case.errno)
    assert case.kernel in error.kernel
    assert case.plan[-1].describe() in str(error)
    assert case.says in str(error)
    assert error.leftovers == ()
    assert await observed(lab, before) == before


async def test_an_error_in_a_fused_request_names_the_operation(lab: Lab) -> None:
    """The veth, its MTU, its master and its coming up are one request; only the MTU is wrong."""
    before = await built(lab, BRIDGED)
    end, port = Interface(NS1, "x"), Interface(HOST, "y")
    plan: Plan = (AddVeth(end, port), SetMtu(end, 1400, 1500), SetMtu(port, 67, 1500), SetMaster(port, "br0"), SetUp(port))
    with pytest.raises(OperationError) as caught:
        await apply(plan, lab.keeper)
    assert caught.value.operation == SetMtu(port, 67, 1500)
    assert (caught.value.n, caught.value.node, caught.value.interface) == (3, "host", "y")
    assert await observed(lab, before) == before


async def test_what_was_applied_beside_the_error_is_undone_too(lab: Lab) -> None:
    """Operations that have nothing to do with the refused one may have been done before it, or after it in the same batch."""
    before = await built(lab, ADDRESSED)
    plan: Plan = (
        AddBridge(Interface(HOST, "new")),
        AddBridge(BR0),
        AddBridge(Interface(HOST, "newer")),
        AddBridge(Interface(NS1, "newest")),
    )
    with pytest.raises(OperationError) as caught:
        await apply(plan, lab.keeper)
    assert caught.value.n == 2
    assert await observed(lab, before) == before


async def test_a_large_plan_that_fails_at_its_end_leaves_nothing(lab: Lab) -> None:
    await apply((AddHost(""),), lab.keeper)
    before = replay((AddHost(""),), EMPTY)
    spaces = [Netns("", f"n{i}") for i in range(60)]
    plan: Plan = (
        *map(AddNamespace, spaces),
        AddBridge(BR0),
        *(
            op
            for i, netns in enumerate(spaces)
            for op in (AddVeth(Interface(netns, "v"), Interface(HOST, f"p{i}")), SetMaster(Interface(HOST, f"p{i}"), "br0"))
        ),
        *(AddAddress(Interface(netns, "v"), IPv4Interface(f"10.0.0.{i + 1}/24")) for i, netns in enumerate(spaces)),
        *(SetUp(Interface(netns, "v")) for netns in spaces),
        AddRoute(spaces[-1], Route(IPv4Network("0.0.0.0/0"), IPv4Address("172.16.0.1"), "v")),
    )
    with pytest.raises(OperationError, match="Add route"):
        await apply(plan, lab.keeper)
    assert await observed(lab, before) == before


async def test_a_namespace_that_is_refused_while_links_are_made_takes_them_with_it(lab: Lab) -> None:
    spaces = [Netns("", f"n{i}") for i in range(300)]
    before: Plan = (AddHost(""), AddNamespace(spaces[-1]))
    await apply(before, lab.keeper)
    links = [AddVeth(Interface(netns, "v"), Interface(HOST, f"p{i}")) for i, netns in enumerate(spaces)]
    made: list[int] = []
    with pytest.raises(OperationError) as caught:
        await apply((*map(AddNamespace, spaces), *links), lab.keeper, made.extend)
    assert caught.value.operation == AddNamespace(spaces[-1])
    assert any(number > len(spaces) for number in made), "no link was made: there are too few namespaces for this test"
    assert await observed(lab, replay(before, EMPTY)) == replay(before, EMPTY)


async def test_a_plan_that_is_given_up_leaves_nobody_at_work(lab: Lab) -> None:
    spaces = [Netns("", f"n{i}") for i in range(300)]
    links = [AddVeth(Interface(netns, "v"), Interface(HOST, f"p{i}")) for i, netns in enumerate(spaces)]
    others = asyncio.all_tasks()
    begun = asyncio.Event()
    applying = asyncio.create_task(apply((AddHost(""), *map(AddNamespace, spaces), *links), lab.keeper, lambda done: begun.set()))
    await begun.wait()
    applying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await applying
    assert asyncio.all_tasks() == others


async def test_an_agent_that_is_killed_while_it_makes_namespaces_ends_the_plan(lab: Lab) -> None:
    spaces = [Netns("", f"n{i}") for i in range(300)]
    others = asyncio.all_tasks()

    def kill(done: Sequence[int]) -> None:
        with suppress(ProcessLookupError):
            os.kill(lab.keeper.pid, signal.SIGKILL)

    with pytest.raises(LabGoneError):
        await apply((AddHost(""), *map(AddNamespace, spaces)), lab.keeper, kill)
    assert asyncio.all_tasks() == others


async def test_a_link_that_is_made_anew_in_one_plan_gets_what_is_its_own(lab: Lab) -> None:
    before = await built(lab, ROUTED)
    plan: Plan = (RemoveAddress(VETH, ADDRESS), RemoveVeth(VETH, PORT), AddVeth(VETH, PORT), AddAddress(VETH, ADDRESS))
    await apply(plan, lab.keeper, before=before)
    assert (await observe(lab.keeper)).hosts[""].namespaces["ns1"].links[VETH.name].addresses == {ADDRESS}


async def test_a_new_bridge_snoops_once_it_is_up(lab: Lab) -> None:
    await built(lab, BRIDGED)
    done = await lab.run(HOST, ["cat", *(f"/sys/class/net/br0/{each}" for each in ("bridge/multicast_snooping", "flags"))])
    assert done.stdout.split() == [b"1", b"0x1003"]


async def test_an_error_on_the_way_back_says_what_is_left(lab: Lab) -> None:
    """Somebody takes away, meanwhile, what the way back leads over. All else is undone."""
    await built(lab, BRIDGED)
    plan: Plan = (SetMtu(VETH, 1400, 1500), AddAddress(VETH2, ADDRESS), AddBridge(BR0))

    def take_away(done: Sequence[int]) -> None:
        if 1 in done:
            transact(lab.handles[NS1].rtnl, [rtnl.del_link(VETH.name)])

    with pytest.raises(OperationError, match="Not undone: Set the MTU of veth-ns1 in ns1 to 1500") as caught:
        await apply(plan, lab.keeper, take_away)
    assert caught.value.operation == AddBridge(BR0)
    assert caught.value.leftovers == (SetMtu(VETH, 1500, 1400),)
    assert (await observe(lab.keeper)).hosts[""].namespaces["ns2"].links[VETH2.name].addresses == frozenset()


async def test_the_error_as_it_travels(lab: Lab) -> None:
    await built(lab, ADDRESSED)
    with pytest.raises(OperationError) as caught:
        await apply((AddRoute(NS1, Route(IPv4Network("0.0.0.0/0"), IPv4Address("10.9.9.9"), VETH.name)),), lab.keeper)
    message = caught.value.run_error()
    assert (message.code, message.n, message.op, message.node) == ("operation-failed", 1, "AddRoute", "ns1")
    assert (message.errno, message.kernel) == ("ENETUNREACH", "Nexthop has invalid gateway")
    assert message.message == "Add route default via 10.9.9.9 dev veth-ns1 in ns1: Nexthop has invalid gateway (ENETUNREACH)"
    assert message.hint
    assert message.params["reason"] == "gateway-unreachable"


async def test_an_existing_state_is_changed_where_it_is(lab: Lab) -> None:
    """Nothing is made anew: the veth keeps its index."""
    before = await built(lab, ROUTED)
    index = await lab.run(NS1, ["cat", "/sys/class/net/veth-ns1/ifindex"])
    plan: Plan = (SetMtu(VETH, 1400, 1500), AddAddress(VETH, IPv4Interface("10.0.0.1/8")))
    await apply(plan, lab.keeper)
    after: NetworkState = replay(plan, before)
    assert await observed(lab, after) == after
    assert await lab.run(NS1, ["cat", "/sys/class/net/veth-ns1/ifindex"]) == index
