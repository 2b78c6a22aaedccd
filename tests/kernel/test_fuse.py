"""Fusing and staging, without a kernel: however steps are put together, a state cannot tell the difference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from hypothesis import HealthCheck, given, settings

from labs.kernel import rtnl
from labs.kernel.fuse import Channel, Step, channel, count_machines, elementary, fuse, stages
from labs.kernel.lans import card_port
from labs.kernel.netns import LANS
from labs.kernel.requests import Context, requests
from labs.network.diff import diff
from labs.network.operations import (
    AddAddress,
    AddBridge,
    AddCard,
    AddHost,
    AddLan,
    AddNamespace,
    AddRoute,
    AddVeth,
    Plan,
    RemoveBridge,
    RemoveVeth,
    SetDown,
    SetMac,
    SetMaster,
    SetMtu,
    SetNetem,
    SetNetemIn,
    SetSysctl,
    SetUp,
)
from labs.network.state import EMPTY, Interface, Netem, Netns, NetworkState, Route
from tests.network.kernel_rules import strict_replay
from tests.network.strategies import pairs

HOST, NS1, NS2 = Netns("", ""), Netns("", "ns1"), Netns("", "ns2")
BR0 = Interface(HOST, "br0")
VETH, PORT = Interface(NS1, "veth-ns1"), Interface(HOST, "veth-ns1-br")
OTHER = Interface(NS2, "veth-ns2")
MAC = "02:00:00:00:00:01"
MADE: Plan = (AddHost(""), AddNamespace(NS1), AddNamespace(NS2))

quick = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def covered(plan: Plan) -> list[list[str]]:
    """The operations by name, each list what one step does."""
    return [[type(plan[number]).__name__ for number in step.numbers] for step in fuse(plan)]


def shares(plan: Plan) -> Iterator[tuple[Channel, Sequence[Step]]]:
    """What is asked for at once, in the order of the executor."""
    first = count_machines(plan)
    for stage in (*stages(fuse(plan[:first])), *stages(fuse(plan[first:], first))):
        yield from stage.items()


# Fusing


def test_a_veth_comes_to_be_with_all_that_follows() -> None:
    plan: Plan = (
        AddVeth(VETH, PORT),
        SetMtu(VETH, 1400, 1500),
        SetMtu(PORT, 1400, 1500),
        SetMac(VETH, MAC),
        SetMaster(PORT, "br0"),
        SetUp(PORT),
    )
    [step] = fuse(plan)
    assert step.numbers == [0, 1, 2, 3, 4, 5]
    assert step.near == PORT
    assert channel(step) == HOST
    assert (step.settings[PORT].mtu, step.settings[PORT].master, step.settings[PORT].up) == (1400, "br0", True)
    assert (step.settings[VETH].mtu, step.settings[VETH].mac, step.settings[VETH].up) == (1400, MAC, False)


def test_only_the_near_end_comes_up_at_once() -> None:
    assert covered((AddVeth(VETH, PORT), SetUp(VETH), SetUp(PORT))) == [["AddVeth", "SetUp"], ["SetUp"]]


def test_only_one_end_gets_a_master_at_once() -> None:
    plan: Plan = (AddVeth(PORT, Interface(HOST, "p")), SetMaster(PORT, "br0"), SetMaster(Interface(HOST, "p"), "br1"))
    assert covered(plan) == [["AddVeth", "SetMaster"], ["SetMaster"]]


def test_a_master_that_is_made_later_is_not_there_in_time() -> None:
    assert covered((AddVeth(VETH, PORT), AddBridge(BR0), SetMaster(PORT, "br0"))) == [["AddVeth"], ["AddBridge"], ["SetMaster"]]


def test_up_does_not_overtake_an_address() -> None:
    plan: Plan = (AddVeth(VETH, PORT), AddAddress(VETH, IPv4Interface("10.0.0.1/8")), SetUp(VETH), SetUp(PORT))
    assert covered(plan) == [["AddVeth", "SetUp"], ["AddAddress"], ["SetUp"]]


def test_settings_do_not_overtake_each_other() -> None:
    plan: Plan = (AddVeth(VETH, PORT), SetUp(VETH), SetDown(VETH), SetMtu(VETH, 1400, 1500))
    assert covered(plan) == [["AddVeth", "SetUp"], ["SetDown"], ["SetMtu"]]


def test_the_mtu_of_a_bridge_is_set_by_itself() -> None:
    """One that it is made with would follow its ports."""
    plan: Plan = (AddBridge(BR0), SetMtu(BR0, 1400, 1500), SetUp(BR0))
    assert covered(plan) == [["AddBridge"], ["SetMtu"], ["SetUp"]]


def test_a_card_is_not_up_before_its_time() -> None:
    card = Interface(HOST, "eth0")
    plan: Plan = (AddLan("wire"), AddCard(card, "wire"), SetMtu(card, 9000, 1500), SetUp(card))
    assert covered(plan) == [["AddLan"], ["AddCard", "SetMtu"], ["SetUp"]]


def test_a_new_bridge_comes_up_last() -> None:
    """Also after what comes up elsewhere; not after what needs it."""
    route = AddRoute(HOST, Route(IPv4Network("10.1.0.0/16"), IPv4Address("10.0.0.2"), "br0"))
    plan: Plan = (AddBridge(BR0), AddVeth(VETH, PORT), SetMaster(PORT, "br0"), SetUp(BR0), SetUp(PORT), SetUp(VETH), route)
    assert covered(plan) == [["AddBridge"], ["AddVeth", "SetMaster", "SetUp"], ["SetUp"], ["SetUp"], ["AddRoute"]]
    assert [step.operation for _, steps in shares(plan) for step in steps][-3:] == [SetUp(VETH), SetUp(BR0), route]


def test_a_bridge_that_is_there_comes_up_in_its_turn() -> None:
    plan: Plan = (SetUp(BR0), SetUp(VETH))
    assert [step.operation for step in fuse(plan)] == [SetUp(BR0), SetUp(VETH)]


def test_what_takes_the_name_of_a_bridge_is_none() -> None:
    plan: Plan = (AddBridge(BR0), RemoveBridge(BR0), AddVeth(BR0, VETH), SetUp(BR0), SetUp(VETH))
    assert covered(plan) == [["AddBridge"], ["RemoveBridge"], ["AddVeth", "SetUp"], ["SetUp"]]


# Stages


def star(n: int) -> Plan:
    """n namespaces on a bridge."""
    spaces = [Netns("", f"ns{i}") for i in range(n)]
    ends = [(Interface(netns, "eth0"), Interface(HOST, f"p{i}")) for i, netns in enumerate(spaces)]
    return (
        AddHost(""),
        *map(AddNamespace, spaces),
        AddBridge(BR0),
        *(operation for end, port in ends for operation in (AddVeth(end, port), SetMaster(port, "br0"))),
        *(SetSysctl(netns, "net.ipv4.ip_forward", 1, 0) for netns in spaces),
        *(AddAddress(end, IPv4Interface(f"10.{i >> 8}.{i & 255}.1/8")) for i, (end, _) in enumerate(ends)),
        *(SetUp(each) for pair in ends for each in pair),
        SetUp(BR0),
    )


def test_a_star_takes_few_rounds() -> None:
    """However many namespaces: hosts, namespaces, (sysctls and) the bridge, veths, what is in the namespaces, the bridge up."""
    assert len(stages(fuse(star(500)))) == len(stages(fuse(star(2)))) == 6


def test_bridges_everywhere_take_no_more_rounds_than_one() -> None:
    def bridges(n: int) -> Plan:
        spaces = [Netns("", f"ns{i}") for i in range(n)]
        each = [Interface(netns, "br0") for netns in spaces]
        return (AddHost(""), *map(AddNamespace, spaces), *map(AddBridge, each), *map(SetUp, each))

    assert len(stages(fuse(bridges(100)))) == len(stages(fuse(bridges(1))))


def test_namespaces_and_sysctls_are_one_call_each() -> None:
    calls = [way for way, _ in shares(star(20)) if not isinstance(way, Netns)]
    assert calls == [AddHost, AddNamespace, SetSysctl]


def test_each_namespace_is_asked_once() -> None:
    ways = [way for way, _ in shares(star(20)) if isinstance(way, Netns) and way.name]
    assert len(ways) == len(set(ways)) == 20


def test_an_index_is_known_before_it_is_needed() -> None:
    rounds = [[step for steps in stage.values() for step in steps] for stage in stages(fuse(star(3)))]
    made_in = {step.operation: n for n, steps in enumerate(rounds) for step in steps}
    [address] = [
        step
        for steps in rounds
        for step in steps
        if step.operation == AddAddress(Interface(Netns("", "ns1"), "eth0"), IPv4Interface("10.0.1.1/8"))
    ]
    assert address.needed == (Interface(Netns("", "ns1"), "eth0"),)
    assert made_in[address.operation] > made_in[AddVeth(Interface(Netns("", "ns1"), "eth0"), Interface(HOST, "p1"))]


def test_nothing_is_removed_before_all_that_may_fail_is_done() -> None:
    """Not even where the two have nothing to do with each other."""
    plan: Plan = (
        AddRoute(NS2, Route(IPv4Network("10.0.0.0/8"), type="blackhole")),
        AddBridge(BR0),
        SetMtu(BR0, 1400, 1500),
        SetSysctl(NS1, "net.ipv4.ip_forward", 1, 0),
        RemoveVeth(VETH, OTHER),
    )
    *_, last = stages(fuse(plan))
    assert [step.operation for steps in last.values() for step in steps] == [RemoveVeth(VETH, OTHER)]


def test_lans_and_cards_are_made_in_the_hidden_namespace() -> None:
    card = Interface(HOST, "eth0")
    ways = [way for way, _ in shares((AddHost(""), AddLan("wire"), AddCard(card, "wire")))]
    assert ways == [AddHost, LANS, LANS]


# For any two networks


@quick
@given(pairs())
def test_every_operation_is_in_one_step(pair: tuple[NetworkState, NetworkState]) -> None:
    plan = diff(*pair)
    assert sorted(number for _, steps in shares(plan) for step in steps for number in step.numbers) == list(range(len(plan)))


@quick
@given(pairs())
def test_the_order_of_the_kernel_is_as_good_as_that_of_the_plan(pair: tuple[NetworkState, NetworkState]) -> None:
    a, b = pair
    plan = diff(a, b)
    order = [number for _, steps in shares(plan) for step in steps for number in step.numbers]
    assert strict_replay(tuple(plan[number] for number in order), a) == b


@quick
@given(pairs())
def test_what_was_done_when_it_stopped_can_be_undone(pair: tuple[NetworkState, NetworkState]) -> None:
    a, b = pair
    plan = diff(a, b)
    done: list[int] = []
    state = a
    for _, steps in shares(plan):
        numbers = [number for step in steps for number in step.numbers]
        state = strict_replay(tuple(plan[number] for number in numbers), state)
        done += numbers
        back = tuple(inverse for number in sorted(done, reverse=True) for inverse in plan[number].inverse())
        assert strict_replay(back, state) == a


def test_a_cable_to_a_lan_hinders_at_both_of_its_ends() -> None:
    card = Interface(HOST, "eth0")
    out, into = (elementary(0, operation) for operation in (SetNetem(card, Netem(20)), SetNetemIn(card, Netem(20))))
    context = Context({}, {card: 3, card_port(card): 7})
    assert (channel(out), out.needed, requests(out, context)) == (HOST, (card,), [rtnl.set_netem(3, Netem(20))])
    assert (channel(into), into.needed, requests(into, context)) == (LANS, (card_port(card),), [rtnl.set_netem(7, Netem(20))])


def test_nothing_to_do_is_no_round() -> None:
    assert stages(fuse(diff(EMPTY, EMPTY))) == []
