"""What the kernel does by itself when something is asked of it: the rules that `labs.network.draft` and `compile` model.

Each network is changed by one operation, and the kernel is held to what the model says follows from that.
"""

from __future__ import annotations

import errno
from ipaddress import IPv4Interface, IPv4Network, IPv6Interface, IPv6Network

import pytest

from labs.kernel.executor import apply
from labs.kernel.lab import Lab
from labs.kernel.refusals import OperationError
from labs.network import contents
from labs.network.draft import Draft
from labs.network.operations import AddAddress, AddRoute, AddVeth, Operation, Plan, SetDown, SetMaster, SetMtu, SetUp
from labs.network.replay import replay
from labs.network.state import IPV6_METRIC, Interface, Link, NetworkState, Route
from tests.kernel.networks import (
    ADDRESS,
    ADDRESS6,
    BR0,
    BRIDGED,
    DEFAULT,
    DEFAULT6,
    HOST,
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

OTHER = IPv4Interface("192.168.1.3/24")


async def after(lab: Lab, before: NetworkState, *operations: Operation) -> NetworkState:
    """What the kernel has after these, which is what the model says."""
    modelled = replay(operations, before)
    await apply(operations, lab.keeper)
    seen = await observed(lab, modelled)
    assert seen == modelled
    return seen


def link(state: NetworkState, interface: Interface) -> Link:
    found = state.link(interface)
    assert found is not None
    return found


async def test_a_link_that_goes_down_loses_its_static_routes_and_ipv6_addresses(lab: Lab) -> None:
    seen = await after(lab, await built(lab, ROUTED), SetDown(VETH))
    assert link(seen, VETH).addresses == {ADDRESS}
    assert seen.hosts[""].namespaces["ns1"].routes == frozenset()


async def test_coming_up_does_not_give_them_back(lab: Lab) -> None:
    seen = await after(lab, await built(lab, ROUTED), SetDown(VETH), SetUp(VETH))
    assert link(seen, VETH).addresses == {ADDRESS}
    assert seen.hosts[""].namespaces["ns1"].routes == frozenset()


async def test_the_other_end_going_down_takes_nothing(lab: Lab) -> None:
    before = await built(lab, ROUTED)
    seen = await after(lab, before, SetDown(PORT))
    assert seen.hosts[""].namespaces["ns1"] == before.hosts[""].namespaces["ns1"]


async def test_a_blackhole_stays_when_links_go_down(lab: Lab) -> None:
    blackhole = Route(IPv4Network("10.0.0.0/8"), type="blackhole")
    seen = await after(lab, await built(lab, (*ROUTED, AddRoute(NS1, blackhole))), SetDown(VETH))
    assert seen.hosts[""].namespaces["ns1"].routes == {blackhole}


async def test_an_ipv6_address_of_a_link_that_is_down_is_kept_until_it_comes_up(lab: Lab) -> None:
    seen = await after(lab, await built(lab, BRIDGED), AddAddress(VETH2, ADDRESS6), SetUp(VETH2))
    assert link(seen, VETH2).addresses == {ADDRESS6}


async def test_the_mtu_of_a_bridge_follows_its_smallest_port(lab: Lab) -> None:
    before = await built(lab, BRIDGED)
    seen = await after(lab, before, SetMtu(PORT, 1400, 1500))
    assert link(seen, BR0).mtu == 1400
    seen = await after(lab, seen, SetMtu(PORT2, 1300, 1500), SetMaster(PORT2, "br0"))
    assert link(seen, BR0).mtu == 1300
    seen = await after(lab, seen, SetMaster(PORT2, None, "br0"))
    assert link(seen, BR0).mtu == 1400


async def test_the_mtu_of_a_bridge_stays_once_it_is_set(lab: Lab) -> None:
    seen = await after(lab, await built(lab, BRIDGED), SetMtu(BR0, 1450, 1500), SetMtu(PORT, 1400, 1500), SetMtu(PORT, 9000, 1400))
    assert link(seen, BR0).mtu == 1450


async def test_a_bridge_without_ports_has_the_default_mtu_again(lab: Lab) -> None:
    seen = await after(lab, await built(lab, BRIDGED), SetMtu(PORT, 1400, 1500), SetMaster(PORT, None, "br0"))
    assert link(seen, BR0).mtu == 1500


async def test_the_last_ipv4_address_takes_the_ipv4_routes(lab: Lab) -> None:
    before = await built(lab, (*ROUTED, AddAddress(VETH, OTHER)))
    draft = Draft(before)
    seen = await after(lab, before, contents.remove_address(draft, VETH, ADDRESS))
    assert seen.hosts[""].namespaces["ns1"].routes == {DEFAULT, DEFAULT6}, "there is another address"
    seen = await after(lab, seen, contents.remove_address(Draft(seen), VETH, OTHER))
    assert seen.hosts[""].namespaces["ns1"].routes == {DEFAULT6}


async def test_removing_an_address_leaves_the_others_of_its_subnet(lab: Lab) -> None:
    """Else the kernel would take the secondary ones with the first (promote_secondaries)."""
    before = await built(lab, (*ROUTED, AddAddress(VETH, OTHER)))
    seen = await after(lab, before, contents.remove_address(Draft(before), VETH, ADDRESS))
    assert link(seen, VETH).addresses == {OTHER, ADDRESS6}


async def test_an_ipv6_route_without_a_metric_gets_1024(lab: Lab) -> None:
    await built(lab, BRIDGED)
    completed = await lab.run(NS1, ["ip", "route", "add", "blackhole", "fd00::/8"])
    assert completed.code == 0
    seen = await observed(lab, replay(BRIDGED, NetworkState()))
    assert seen.hosts[""].namespaces["ns1"].routes == {Route(IPv6Network("fd00::/8"), metric=IPV6_METRIC, type="blackhole")}


async def test_an_mtu_below_1280_ends_ipv6_on_a_link(lab: Lab) -> None:
    seen = await after(lab, await built(lab, ROUTED), SetMtu(VETH, 1279, 1500))
    assert link(seen, VETH).addresses == {ADDRESS}
    assert seen.hosts[""].namespaces["ns1"].routes == {DEFAULT}


@pytest.mark.parametrize("to", [IPv4Network("10.0.0.0/8"), IPv6Network("fd00::/8")])
async def test_a_route_over_a_link_that_is_down_is_refused(lab: Lab, to: IPv4Network | IPv6Network) -> None:
    await built(lab, BRIDGED)
    with pytest.raises(OperationError) as caught:
        await apply((AddRoute(NS2, Route(to, None, VETH2.name, IPV6_METRIC)),), lab.keeper)
    assert caught.value.errno == errno.ENETDOWN


async def test_a_route_over_a_link_without_carrier_is_not(lab: Lab) -> None:
    """Its other end is down: what a namespace holds does not hang on the other."""
    plan: Plan = (SetUp(VETH2), AddAddress(VETH2, ADDRESS), AddRoute(NS2, Route(IPv4Network("10.0.0.0/8"), DEFAULT.via, VETH2.name)))
    await after(lab, await built(lab, BRIDGED), *plan)


async def test_an_ipv6_address_is_there_before_it_is_usable(lab: Lab) -> None:
    """Duplicate address detection takes its time; a state has the address from the beginning."""
    pair = Interface(NS1, "x"), Interface(HOST, "y")
    address = IPv6Interface("2001:db8:9::1/64")
    seen = await after(lab, await built(lab, BRIDGED), AddVeth(*pair), SetUp(pair[0]), SetUp(pair[1]), AddAddress(pair[0], address))
    assert link(seen, pair[0]).addresses == {address}
    shown = await lab.run(NS1, ["ip", "-6", "addr", "show", "dev", "x", "tentative"])
    assert str(address).encode() in shown.stdout
