"""Each operation: what it does to a network, what else the kernel does then, what undoes it, and how it says itself."""

from __future__ import annotations

import pytest

from labs.document.sysctls import IPV4_FORWARDING
from labs.network.operations import (
    AddAddress,
    AddBridge,
    AddCard,
    AddHost,
    AddLan,
    AddNamespace,
    AddRoute,
    AddVeth,
    Change,
    Operation,
    RemoveAddress,
    RemoveBridge,
    RemoveCard,
    RemoveHost,
    RemoveLan,
    RemoveNamespace,
    RemoveRoute,
    RemoveVeth,
    ReplaceRoute,
    SetDown,
    SetLan,
    SetMac,
    SetMaster,
    SetMtu,
    SetNetem,
    SetNetemIn,
    SetStp,
    SetSysctl,
    SetUp,
)
from labs.network.replay import replay
from labs.network.state import EMPTY, Bridge, Card, Link, Namespace, Netem, Netns, NetworkState, Veth
from tests.network.build import HOST, NS1, interface, namespace, network, route, with_addresses

MAC = "02:00:00:00:00:01"
ETH0 = interface("host:eth0")
BR0 = interface("host:br0")
UP = Link(Card(), up=True)
ADDRESS = next(iter(with_addresses(UP, "10.0.0.1/24").addresses))
ADDRESS6 = next(iter(with_addresses(UP, "fd00::1/64").addresses))
DEFAULT = route("default", "10.0.0.2", "eth0")
OTHER = route("default", "10.0.0.3", "eth0")
ROUTE6 = route("fd01::/64", "fd00::2", "eth0")


def on_host(*routes: object, **links: Link) -> NetworkState:
    return network(host=namespace(*routes, **links))


@pytest.mark.parametrize(
    ("operation", "before", "after"),
    [
        (AddHost(""), EMPTY, network()),
        (RemoveHost(""), network(), EMPTY),
        (AddLan("wire"), network(), network("wire")),
        (RemoveLan("wire"), network("wire"), network()),
        (AddNamespace(NS1), network(), network(ns1=Namespace())),
        (RemoveNamespace(NS1), network(ns1=Namespace()), network()),
        (
            AddVeth(interface("ns1:eth0"), ETH0),
            network(ns1=Namespace()),
            network(ns1=namespace(eth0=Link(Veth(ETH0))), host=namespace(eth0=Link(Veth(interface("ns1:eth0"))))),
        ),
        (AddBridge(BR0, MAC), network(), on_host(br0=Link(Bridge(), mac=MAC))),
        (RemoveBridge(BR0), on_host(br0=Link(Bridge())), network()),
        (AddCard(ETH0, "wire"), network("wire"), network("wire", host=namespace(eth0=Link(Card("wire"))))),
        (RemoveCard(ETH0, None), on_host(eth0=Link(Card())), network()),
        (SetMtu(ETH0, 1400, 1500), on_host(eth0=UP), on_host(eth0=Link(Card(), up=True, mtu=1400))),
        (SetMac(ETH0, MAC), on_host(eth0=UP), on_host(eth0=Link(Card(), up=True, mac=MAC))),
        (SetStp(BR0, True), on_host(br0=Link(Bridge())), on_host(br0=Link(Bridge(stp=True)))),
        (SetNetem(ETH0, Netem(delay=5)), on_host(eth0=UP), on_host(eth0=Link(Card(), up=True, netem=Netem(delay=5)))),
        (SetNetemIn(ETH0, Netem(delay=5)), on_host(eth0=UP), on_host(eth0=Link(Card(netem=Netem(delay=5)), up=True))),
        (SetLan(ETH0, "wire"), on_host(eth0=UP), on_host(eth0=Link(Card("wire"), up=True))),
        (SetSysctl(HOST, IPV4_FORWARDING, 1, 0), network(), network(host=Namespace(sysctls={IPV4_FORWARDING: 1}))),
        (SetSysctl(HOST, IPV4_FORWARDING, 0, 1), network(host=Namespace(sysctls={IPV4_FORWARDING: 1})), network()),
        (AddAddress(ETH0, ADDRESS), on_host(eth0=UP), on_host(eth0=with_addresses(UP, "10.0.0.1/24"))),
        (RemoveAddress(ETH0, ADDRESS), on_host(eth0=with_addresses(UP, "10.0.0.1/24")), on_host(eth0=UP)),
        (SetUp(ETH0), on_host(eth0=Link(Card())), on_host(eth0=UP)),
        (SetDown(ETH0), on_host(eth0=UP), on_host(eth0=Link(Card()))),
        (AddRoute(HOST, DEFAULT), on_host(eth0=UP), on_host(DEFAULT, eth0=UP)),
        (ReplaceRoute(HOST, DEFAULT, OTHER), on_host(OTHER, eth0=UP), on_host(DEFAULT, eth0=UP)),
        (RemoveRoute(HOST, DEFAULT), on_host(DEFAULT, eth0=UP), on_host(eth0=UP)),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Operation) else "",
)
def test_an_operation_does_what_it_says_and_its_inverse_undoes_it(operation: Operation, before: NetworkState, after: NetworkState) -> None:
    assert replay((operation,), before) == after
    assert replay(operation.inverse(), after) == before


# What else the kernel does


def test_going_down_takes_routes_and_ipv6_addresses_and_coming_up_does_not_give_them_back() -> None:
    link = with_addresses(UP, "10.0.0.1/24", "fd00::1/64")
    blackhole = route("10.9.0.0/16", type="blackhole")
    before = on_host(DEFAULT, ROUTE6, blackhole, eth0=link)
    assert replay((SetDown(ETH0), SetUp(ETH0)), before) == on_host(blackhole, eth0=with_addresses(UP, "10.0.0.1/24"))


def test_the_last_ipv4_address_takes_the_ipv4_routes_of_its_link() -> None:
    link = with_addresses(UP, "10.0.0.1/24", "fd00::1/64")
    before = on_host(DEFAULT, ROUTE6, route("10.8.0.0/16", dev="eth1"), eth0=link, eth1=UP)
    after = on_host(ROUTE6, route("10.8.0.0/16", dev="eth1"), eth0=with_addresses(UP, "fd00::1/64"), eth1=UP)
    assert replay((RemoveAddress(ETH0, ADDRESS),), before) == after


def test_another_ipv4_address_keeps_them() -> None:
    before = on_host(DEFAULT, eth0=with_addresses(UP, "10.0.0.1/24", "10.7.0.1/24"))
    assert replay((RemoveAddress(ETH0, ADDRESS),), before) == on_host(DEFAULT, eth0=with_addresses(UP, "10.7.0.1/24"))


def test_the_last_ipv6_address_leaves_the_ipv6_routes() -> None:
    before = on_host(ROUTE6, eth0=with_addresses(UP, "fd00::1/64"))
    assert replay((RemoveAddress(ETH0, ADDRESS6),), before) == on_host(ROUTE6, eth0=UP)


def test_an_mtu_that_is_too_small_for_ipv6_takes_its_addresses_and_routes() -> None:
    before = on_host(DEFAULT, ROUTE6, eth0=with_addresses(UP, "10.0.0.1/24", "fd00::1/64"))
    after = on_host(DEFAULT, eth0=with_addresses(Link(Card(), up=True, mtu=1279), "10.0.0.1/24"))
    assert replay((SetMtu(ETH0, 1279, 1500),), before) == after


def test_a_bridge_follows_its_smallest_port() -> None:
    small, large = Link(Card(), mtu=1400), Link(Card(), mtu=9000)
    state = on_host(br0=Link(Bridge()), eth0=small, eth1=large)
    state = replay((SetMaster(interface("host:eth1"), "br0"),), state)
    assert mtu_of_bridge(state) == 9000
    state = replay((SetMaster(ETH0, "br0"),), state)
    assert mtu_of_bridge(state) == 1400
    state = replay((SetMtu(ETH0, 1300, 1400),), state)
    assert mtu_of_bridge(state) == 1300
    state = replay((RemoveCard(ETH0, None),), state)
    assert mtu_of_bridge(state) == 9000
    state = replay((SetMaster(interface("host:eth1"), None, "br0"),), state)
    assert mtu_of_bridge(state) == 1500


def test_a_bridge_whose_mtu_was_set_keeps_it() -> None:
    state = on_host(br0=Link(Bridge()), eth0=Link(Card(), mtu=1400))
    assert mtu_of_bridge(replay((SetMtu(BR0, 1350, 1500), SetMaster(ETH0, "br0")), state)) == 1350


def test_setting_the_mtu_that_a_bridge_has_does_not_make_it_keep_that() -> None:
    state = on_host(br0=Link(Bridge()), eth0=Link(Card(), mtu=1400))
    assert mtu_of_bridge(replay((SetMtu(BR0, 1500, 1500), SetMaster(ETH0, "br0")), state)) == 1400


def mtu_of_bridge(state: NetworkState) -> int:
    bridge = state.link(BR0)
    assert bridge is not None
    return bridge.mtu


def test_the_ports_of_a_bridge_that_goes_are_left_without_a_master() -> None:
    before = on_host(route("10.0.0.0/8", dev="br0"), br0=Link(Bridge(), up=True), eth0=Link(Card(), up=True, master="br0"))
    assert replay((RemoveBridge(BR0),), before) == on_host(eth0=UP)


def test_a_pair_goes_with_the_addresses_and_routes_of_both_ends() -> None:
    end = interface("ns1:eth0")
    before = network(
        ns1=namespace(DEFAULT, eth0=with_addresses(Link(Veth(ETH0), up=True), "10.0.0.1/24")),
        host=namespace(route("10.8.0.0/16", dev="eth0"), eth0=Link(Veth(end), up=True)),
    )
    assert replay((RemoveVeth(end, ETH0),), before) == network(ns1=Namespace())


def test_with_a_namespace_go_the_other_ends_of_its_pairs() -> None:
    before = network(
        ns1=namespace(eth0=Link(Veth(ETH0)), a=Link(Veth(interface("ns1:b"))), b=Link(Veth(interface("ns1:a")))),
        host=namespace(route("10.8.0.0/16", dev="eth0"), eth0=Link(Veth(interface("ns1:eth0")), up=True)),
    )
    assert replay((RemoveNamespace(NS1),), before) == network()


@pytest.mark.parametrize(
    "operation",
    [
        RemoveNamespace(NS1),
        RemoveLan("wire"),
        SetUp(ETH0),
        RemoveAddress(ETH0, ADDRESS),
        ReplaceRoute(HOST, DEFAULT, OTHER),
        RemoveRoute(HOST, DEFAULT),
        SetStp(BR0, True),
    ],
)
def test_what_is_not_there_cannot_be_changed(operation: Operation) -> None:
    with pytest.raises(KeyError):
        replay((operation,), network())


# How they say themselves

SAID: list[tuple[Operation, Change, str, dict[str, str]]] = [
    (AddHost("host1"), "add", "Add host host1", {"host": "host1"}),
    (RemoveHost(""), "remove", "Remove the machine", {}),
    (AddLan("wire"), "add", "Add LAN wire", {"lan": "wire"}),
    (RemoveLan("wire"), "remove", "Remove LAN wire", {"lan": "wire"}),
    (AddNamespace(NS1), "add", "Add namespace ns1", {"netns": "ns1"}),
    (RemoveNamespace(Netns("host1", "ns1")), "remove", "Remove namespace host1/ns1", {"netns": "host1/ns1"}),
    (
        AddVeth(interface("ns1:veth-ns1"), interface("host:veth-ns1-br")),
        "add",
        "Add veth pair veth-ns1 in ns1, veth-ns1-br on host",
        {"a": "veth-ns1", "a_netns": "ns1", "b": "veth-ns1-br", "b_netns": "host"},
    ),
    (AddBridge(BR0, MAC), "add", "Add bridge br0 on host", {"interface": "br0", "netns": "host", "mac": MAC}),
    (AddCard(ETH0, "wire"), "add", "Add card eth0 on host, plugged into wire", {"interface": "eth0", "netns": "host", "lan": "wire"}),
    (AddCard(ETH0, None), "add", "Add card eth0 on host", {"interface": "eth0", "netns": "host"}),
    (SetMaster(ETH0, "br0"), "change", "Put eth0 on bridge br0 on host", {"interface": "eth0", "netns": "host", "master": "br0"}),
    (SetMaster(ETH0, None, "br0"), "change", "Take eth0 off bridge br0 on host", {"interface": "eth0", "netns": "host", "previous": "br0"}),
    (SetMac(ETH0, MAC), "change", f"Set the MAC address of eth0 on host to {MAC}", {"interface": "eth0", "netns": "host", "mac": MAC}),
    (SetStp(BR0, False), "change", "Turn STP off at bridge br0 on host", {"interface": "br0", "netns": "host", "stp": "off"}),
    (
        SetNetemIn(ETH0, Netem(10)),
        "change",
        "Give packets into eth0 on host delay 10ms",
        {"interface": "eth0", "netns": "host", "netem": "delay 10ms"},
    ),
    (SetLan(ETH0, "wire"), "change", "Plug card eth0 on host into wire", {"interface": "eth0", "netns": "host", "lan": "wire"}),
    (
        SetLan(ETH0, None, "wire"),
        "change",
        "Unplug card eth0 on host from wire",
        {"interface": "eth0", "netns": "host", "previous": "wire"},
    ),
    (
        SetNetem(ETH0, Netem(10, 2, 0.5, 1_000_000)),
        "change",
        "Give packets out of eth0 on host delay 10ms 2ms loss 0.5% rate 1000000bit",
        {"interface": "eth0", "netns": "host", "netem": "delay 10ms 2ms loss 0.5% rate 1000000bit"},
    ),
    (
        SetSysctl(NS1, IPV4_FORWARDING, 1, 0),
        "change",
        "Set net.ipv4.ip_forward to 1 in ns1",
        {"netns": "ns1", "key": "net.ipv4.ip_forward", "value": "1", "previous": "0"},
    ),
    (
        AddAddress(interface("ns1:eth0"), ADDRESS),
        "add",
        "Add address 10.0.0.1/24 to eth0 in ns1",
        {"interface": "eth0", "netns": "ns1", "address": "10.0.0.1/24"},
    ),
    (
        RemoveAddress(ETH0, ADDRESS6),
        "remove",
        "Remove address fd00::1/64 from eth0 on host",
        {"interface": "eth0", "netns": "host", "address": "fd00::1/64"},
    ),
    (SetUp(interface("ns1:eth0")), "change", "Set eth0 up in ns1", {"interface": "eth0", "netns": "ns1"}),
    (SetDown(ETH0), "change", "Set eth0 down on host", {"interface": "eth0", "netns": "host"}),
]


@pytest.mark.parametrize(("operation", "change", "text", "params"), SAID, ids=[text for _, _, text, _ in SAID])
def test_an_operation_says_itself(operation: Operation, change: Change, text: str, params: dict[str, str]) -> None:
    assert operation.change == change
    assert operation.describe() == text
    assert operation.params() == params


@pytest.mark.parametrize(
    ("added", "text"),
    [
        (route("default", "10.0.0.2", "eth0", dev_given=False), "default via 10.0.0.2"),
        (route("default", "10.0.0.2", "eth0"), "default via 10.0.0.2 dev eth0"),
        (route("default", dev="eth0", dev_given=False), "default dev eth0"),
        (route("::/0", "fd00::2", "eth0", dev_given=False), "default via fd00::2"),
        (route("::/0", dev="eth0"), "::/0 dev eth0"),
        (route("10.0.0.0/8", dev="eth0", metric=7), "10.0.0.0/8 dev eth0 metric 7"),
        (route("fd01::/64", type="unreachable"), "unreachable fd01::/64"),
    ],
)
def test_a_route_is_said_as_ip_route_takes_it(added: object, text: str) -> None:
    assert AddRoute(NS1, added).describe() == f"Add route {text} in ns1"  # type: ignore[arg-type]  # a Route


@pytest.mark.parametrize(
    ("operation", "place"),
    [
        (AddHost("host1"), (Netns("host1", ""), None)),
        (AddLan("wire"), (None, None)),
        (AddNamespace(NS1), (NS1, None)),
        (RemoveVeth(interface("ns1:eth0"), ETH0), (NS1, "eth0")),
        (SetUp(ETH0), (HOST, "eth0")),
        (AddRoute(NS1, DEFAULT), (NS1, None)),
    ],
)
def test_an_operation_has_a_place(operation: Operation, place: tuple[Netns | None, str | None]) -> None:
    assert operation.place() == place


def test_what_is_undone_comes_back_with_all_that_went() -> None:
    end = interface("ns1:eth0")
    addresses = (AddAddress(end, ADDRESS),)
    assert RemoveVeth(end, ETH0, addresses).inverse() == (AddVeth(end, ETH0), *addresses)
    assert SetDown(end, addresses).inverse() == (SetUp(end), *addresses)
    assert RemoveAddress(end, ADDRESS, (AddRoute(NS1, DEFAULT),)).inverse() == (AddAddress(end, ADDRESS), AddRoute(NS1, DEFAULT))
