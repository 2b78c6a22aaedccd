"""Plans: what is done, in which order, and how little where little changes."""

from __future__ import annotations

import time
from typing import Any

import pytest

from labs.network.diff import diff
from labs.network.operations import RemoveVeth, SetDown
from labs.network.replay import invert, replay
from labs.network.state import EMPTY, Bridge, Card, Host, Link, Namespace, Netns, NetworkState, Veth
from tests.network.build import drawn, interface, namespace, network, route, said, with_addresses
from tests.network.kernel_rules import strict_replay

BRIDGE = """
nodes:
  - {name: ns10, kind: namespace, interfaces: [{name: veth-ns10, addresses: [192.168.1.10/24]}], routes: [{to: default, via: 192.168.1.1}]}
  - {name: ns2, kind: namespace, interfaces: [{name: veth-ns2, addresses: [192.168.1.2/24]}], routes: [{to: default, via: 192.168.1.1}]}
  - {name: br0, kind: bridge, addresses: [192.168.1.1/24]}
links:
  - {ends: ["ns2:veth-ns2", "br0:veth-ns2-br"]}
  - {ends: ["ns10:veth-ns10", "br0:veth-ns10-br"]}
"""


def test_deploying_goes_from_the_outside_in_and_counts_as_people_do() -> None:
    assert said(diff(EMPTY, drawn(BRIDGE))) == [
        "Make the machine",
        "Add namespace ns2",
        "Add namespace ns10",
        "Add bridge br0 on host",
        "Add veth pair veth-ns2 in ns2, veth-ns2-br on host",
        "Put veth-ns2-br on bridge br0 on host",
        "Add veth pair veth-ns10 in ns10, veth-ns10-br on host",
        "Put veth-ns10-br on bridge br0 on host",
        "Set net.ipv4.ip_forward to 1 on host",
        "Set net.ipv6.conf.all.forwarding to 1 on host",
        "Add address 192.168.1.1/24 to br0 on host",
        "Add address 192.168.1.2/24 to veth-ns2 in ns2",
        "Add address 192.168.1.10/24 to veth-ns10 in ns10",
        "Set br0 up on host",
        "Set veth-ns2-br up on host",
        "Set veth-ns10-br up on host",
        "Set veth-ns2 up in ns2",
        "Set veth-ns10 up in ns10",
        "Add route default via 192.168.1.1 in ns2",
        "Add route default via 192.168.1.1 in ns10",
    ]


def test_taking_down_removes_links_before_namespaces() -> None:
    assert said(diff(drawn(BRIDGE), EMPTY)) == [
        "Remove veth pair veth-ns2 in ns2, veth-ns2-br on host",
        "Remove veth pair veth-ns10 in ns10, veth-ns10-br on host",
        "Remove bridge br0 on host",
        "Remove namespace ns2",
        "Remove namespace ns10",
        "Remove the machine",
    ]


@pytest.mark.parametrize(
    ("old", "new", "plan"),
    [
        (
            "192.168.1.2/24",
            "192.168.1.2/16",
            ["Add address 192.168.1.2/16 to veth-ns2 in ns2", "Remove address 192.168.1.2/24 from veth-ns2 in ns2"],
        ),
        ("addresses: [192.168.1.1/24]", "addresses: [192.168.1.1/24], stp: true", ["Turn STP on at bridge br0 on host"]),
        (
            "routes: [{to: default, via: 192.168.1.1}]}\n  - {name: br0",
            "routes: [{to: default, via: 192.168.1.10}]}\n  - {name: br0",
            ["Replace route default via 192.168.1.1 by default via 192.168.1.10 in ns2"],
        ),
        (
            "routes: [{to: default, via: 192.168.1.1}]}\n  - {name: br0",
            "routes: [{to: default, via: 192.168.1.10, metric: 9}]}\n  - {name: br0",
            ["Add route default via 192.168.1.10 metric 9 in ns2", "Remove route default via 192.168.1.1 in ns2"],
        ),
        ('veth-ns2-br"]', 'veth-ns2-br"], up: false', ["Set veth-ns2-br down on host", "Set veth-ns2 down in ns2"]),
        (
            'veth-ns2-br"]',
            'veth-ns2-br"], mtu: 1400',
            ["Set the MTU of veth-ns2-br on host to 1400", "Set the MTU of veth-ns2 in ns2 to 1400"],
        ),
        (
            "{name: ns2, kind: namespace",
            "{name: ns2, kind: router",
            [
                "Set net.ipv4.ip_forward to 1 in ns2",
                "Set net.ipv6.conf.all.forwarding to 1 in ns2",
            ],
        ),
    ],
)
def test_what_changes_is_changed_in_place(old: str, new: str, plan: list[str]) -> None:
    assert BRIDGE.count(old) == 1
    before, after = drawn(BRIDGE), drawn(BRIDGE.replace(old, new))
    assert said(diff(before, after)) == plan
    assert strict_replay(diff(before, after), before) == after


def test_a_link_that_comes_up_again_gets_back_what_it_carries() -> None:
    down, up = drawn(BRIDGE.replace('veth-ns2-br"]', 'veth-ns2-br"], up: false')), drawn(BRIDGE)
    assert said(diff(down, up)) == ["Set veth-ns2-br up on host", "Set veth-ns2 up in ns2", "Add route default via 192.168.1.1 in ns2"]


def test_what_cannot_be_restored_goes_last() -> None:
    before = network(ns1=namespace(eth0=Link(Veth(interface("ns2:eth0")))), ns2=namespace(eth0=Link(Veth(interface("ns1:eth0")))))
    after = network(ns3=namespace(eth0=Link(Veth(interface("host:eth0")))), host=namespace(eth0=Link(Veth(interface("ns3:eth0")))))
    assert said(diff(before, after)) == [
        "Add namespace ns3",
        "Add veth pair eth0 in ns3, eth0 on host",
        "Remove veth pair eth0 in ns1, eth0 in ns2",
        "Remove namespace ns1",
        "Remove namespace ns2",
    ]


def test_a_link_whose_name_is_wanted_goes_first() -> None:
    before = network(ns1=namespace(eth0=Link(Veth(interface("ns2:eth0")))), ns2=namespace(eth0=Link(Veth(interface("ns1:eth0")))))
    after = network(
        ns1=namespace(eth0=Link(Veth(interface("host:port")))), ns2=Namespace(), host=namespace(port=Link(Veth(interface("ns1:eth0"))))
    )
    assert said(diff(before, after)) == ["Remove veth pair eth0 in ns1, eth0 in ns2", "Add veth pair eth0 in ns1, port on host"]


def test_peers_can_be_swapped() -> None:
    def pairs(**peers: str) -> NetworkState:
        return network(
            ns1=namespace(**{name: Link(Veth(interface(f"host:{peer}"))) for name, peer in peers.items()}),
            host=namespace(**{peer: Link(Veth(interface(f"ns1:{name}"))) for name, peer in peers.items()}),
        )

    before, after = pairs(eth0="port0", eth1="port1"), pairs(eth0="port1", eth1="port0")
    assert said(diff(before, after)) == [
        "Remove veth pair eth0 in ns1, port0 on host",
        "Remove veth pair eth1 in ns1, port1 on host",
        "Add veth pair eth0 in ns1, port1 on host",
        "Add veth pair eth1 in ns1, port0 on host",
    ]
    assert strict_replay(diff(before, after), before) == after


def test_bridges_can_swap_their_ports() -> None:
    def bridges(one: str, other: str) -> NetworkState:
        return network(
            host=namespace(br0=Link(Bridge()), br1=Link(Bridge()), eth0=Link(Card(), master=one), eth1=Link(Card(), master=other))
        )

    assert said(diff(bridges("br0", "br1"), bridges("br1", "br0"))) == [
        "Put eth0 on bridge br1 on host",
        "Put eth1 on bridge br0 on host",
    ]


def test_a_card_is_plugged_into_another_lan() -> None:
    before = network("wire", "wire2", host=namespace(eth0=Link(Card("wire"))))
    after = network("wire2", host=namespace(eth0=Link(Card("wire2"))))
    assert said(diff(before, after)) == ["Plug card eth0 on host into wire2", "Remove LAN wire"]


def test_routes_are_added_when_their_next_hop_is_reached_and_removed_before() -> None:
    def links(up: bool) -> dict[str, Link]:
        return {"eth0": with_addresses(Link(Card(), up=up), "10.0.0.1/24"), "eth1": Link(Card(), up=True)}

    routes = [
        route("default", "10.9.0.1", "eth1"),
        route("10.9.0.0/24", dev="eth1"),
        route("172.16.0.0/12", "10.0.0.2", "eth0"),
        route("10.0.0.0/8", type="blackhole"),
    ]
    without, with_routes = network(host=namespace(**links(up=True))), network(host=namespace(*routes, **links(up=True)))
    assert said(diff(without, with_routes)) == [
        "Add route 10.9.0.0/24 dev eth1 on host",
        "Add route default via 10.9.0.1 dev eth1 on host",
        "Add route 172.16.0.0/12 via 10.0.0.2 dev eth0 on host",
        "Add route blackhole 10.0.0.0/8 on host",
    ]
    assert said(diff(with_routes, without)) == [
        "Remove route blackhole 10.0.0.0/8 on host",
        "Remove route 172.16.0.0/12 via 10.0.0.2 dev eth0 on host",
        "Remove route default via 10.9.0.1 dev eth1 on host",
        "Remove route 10.9.0.0/24 dev eth1 on host",
    ]


def test_going_down_takes_routes_and_ipv6_addresses_along_and_says_so() -> None:
    link = with_addresses(Link(Card(), up=True), "10.0.0.1/24", "fd00::1/64")
    before = network(host=namespace(route("default", "10.0.0.2", "eth0"), eth0=link))
    after = network(host=namespace(eth0=with_addresses(Link(Card()), "10.0.0.1/24")))
    (operation,) = diff(before, after)
    assert isinstance(operation, SetDown)
    assert said(operation.contents) == ["Add address fd00::1/64 to eth0 on host", "Add route default via 10.0.0.2 dev eth0 on host"]


def test_a_link_keeps_an_address_while_its_addresses_change() -> None:
    before = network(host=namespace(route("default", "10.0.0.254", "eth0"), eth0=with_addresses(Link(Card(), up=True), "10.0.0.1/24")))
    after = network(host=namespace(route("default", "10.0.0.254", "eth0"), eth0=with_addresses(Link(Card(), up=True), "10.0.0.2/24")))
    assert said(diff(before, after)) == ["Add address 10.0.0.2/24 to eth0 on host", "Remove address 10.0.0.1/24 from eth0 on host"]


def test_an_ipv6_address_with_another_prefix_is_removed_first() -> None:
    before = network(host=namespace(eth0=with_addresses(Link(Card(), up=True), "fd00::1/64")))
    after = network(host=namespace(eth0=with_addresses(Link(Card(), up=True), "fd00::1/48")))
    assert said(diff(before, after)) == ["Remove address fd00::1/64 from eth0 on host", "Add address fd00::1/48 to eth0 on host"]


def test_a_route_that_the_last_ipv4_address_would_take_is_put_back() -> None:
    before = network(host=namespace(route("172.16.0.0/12", dev="eth0"), eth0=with_addresses(Link(Card(), up=True), "10.0.0.1/24")))
    after = network(host=namespace(route("172.16.0.0/12", dev="eth0"), eth0=Link(Card(), up=True)))
    assert said(diff(before, after)) == [
        "Remove route 172.16.0.0/12 dev eth0 on host",
        "Remove address 10.0.0.1/24 from eth0 on host",
        "Add route 172.16.0.0/12 dev eth0 on host",
    ]


def test_a_link_goes_before_its_subnet_becomes_a_route() -> None:
    eth1 = with_addresses(Link(Card(), up=True), "10.1.0.1/24")
    before = network(host=namespace(eth0=with_addresses(Link(Card(), up=True), "10.0.2.1/24"), eth1=eth1))
    after = network(host=namespace(route("10.0.2.0/24", "10.1.0.2", "eth1"), eth1=eth1))
    assert said(diff(before, after)) == ["Remove card eth0 on host", "Add route 10.0.2.0/24 via 10.1.0.2 dev eth1 on host"]


def test_ipv6_leaves_a_link_before_its_mtu_becomes_too_small() -> None:
    before = network(host=namespace(eth0=with_addresses(Link(Card(), up=True), "fd00::1/64")))
    after = network(host=namespace(eth0=Link(Card(), up=True, mtu=1000)))
    assert said(diff(before, after)) == ["Remove address fd00::1/64 from eth0 on host", "Set the MTU of eth0 on host to 1000"]


# The MTU of bridges


def bridge_of(mtu: int, *, mtu_set: bool = False, **ports: int) -> NetworkState:
    links = {name: Link(Card(), mtu=port, master="br0") for name, port in ports.items()}
    return network(host=namespace(br0=Link(Bridge(mtu_set=mtu_set), mtu=mtu), **links))


def test_a_bridge_follows_its_ports_by_itself() -> None:
    assert said(diff(bridge_of(1500, eth0=1500), bridge_of(1400, eth0=1400))) == ["Set the MTU of eth0 on host to 1400"]


def test_a_bridge_that_is_to_keep_its_mtu_gets_it_before_its_ports_change() -> None:
    plan = diff(bridge_of(1500, eth0=1500), bridge_of(1300, eth0=1400))
    assert said(plan) == ["Set the MTU of br0 on host to 1300", "Set the MTU of eth0 on host to 1400"]


def test_setting_the_mtu_that_is_there_does_nothing_so_keeping_it_takes_a_step_aside() -> None:
    plan = diff(bridge_of(1500, eth0=1500), bridge_of(1500, eth0=1400))
    assert said(plan) == ["Set the MTU of br0 on host to 1501", "Set the MTU of br0 on host to 1500", "Set the MTU of eth0 on host to 1400"]


def test_a_bridge_whose_mtu_was_set_is_set_again_since_it_follows_no_more() -> None:
    plan = diff(bridge_of(1300, mtu_set=True, eth0=1500), bridge_of(1400, eth0=1400))
    assert said(plan) == ["Set the MTU of br0 on host to 1400", "Set the MTU of eth0 on host to 1400"]


def test_a_port_that_goes_and_would_keep_its_bridge_low_goes_first() -> None:
    plan = diff(bridge_of(1000, eth0=1000), bridge_of(9000, eth1=9000))
    assert said(plan) == [
        "Remove card eth0 on host",
        "Add card eth1 on host",
        "Set the MTU of eth1 on host to 9000",
        "Put eth1 on bridge br0 on host",
    ]


def test_all_ports_of_a_full_bridge_can_be_renamed() -> None:
    before = bridge_of(1500, **{f"a{i}": 1500 for i in range(600)})
    after = bridge_of(1500, **{f"b{i}": 1500 for i in range(600)})
    assert strict_replay(diff(before, after), before) == after


# However much there is


def test_removals_carry_what_goes_with_them() -> None:
    plan = diff(drawn(BRIDGE), EMPTY)
    pair = next(operation for operation in plan if isinstance(operation, RemoveVeth))
    assert said(pair.contents) == [
        "Put veth-ns2-br on bridge br0 on host",
        "Add address 192.168.1.2/24 to veth-ns2 in ns2",
        "Set veth-ns2 up in ns2",
        "Set veth-ns2-br up on host",
        "Add route default via 192.168.1.1 in ns2",
    ]
    assert replay(invert(plan), EMPTY) == drawn(BRIDGE)


def star(namespaces: int, **of_first: Any) -> NetworkState:
    """Namespaces on bridges, 500 on each."""
    links: dict[str, Link] = {f"br{i}": Link(Bridge(), up=True) for i in range(-(-namespaces // 500))}
    around: dict[str, Namespace] = {}
    for i in range(namespaces):
        end = with_addresses(Link(Veth(interface(f"host:p{i}")), up=True), f"10.{i >> 8}.{i & 255}.2/24")
        around[f"ns{i}"] = namespace(route("default", f"10.{i >> 8}.{i & 255}.1", "eth0"), eth0=end._replace(**of_first) if i == 0 else end)
        links[f"p{i}"] = Link(Veth(interface(f"ns{i}:eth0")), up=True, master=f"br{i // 500}")
    return NetworkState({"": Host({"": Namespace(links)} | around)})


def test_one_change_in_a_large_network_is_one_operation_and_found_fast() -> None:
    before, after = star(2000), star(2000, mtu=1400)
    whole, (one, plan) = seconds(EMPTY, before)[0], seconds(before, after)
    assert said(plan) == ["Set the MTU of eth0 in ns0 to 1400"]
    assert one < whole / 4  # 5 % when nothing else runs


def test_ten_times_the_network_takes_about_ten_times_as_long() -> None:
    small = min(seconds(EMPTY, star(500))[0] for _ in range(3))
    assert seconds(EMPTY, star(5000))[0] < 40 * small


def seconds(a: NetworkState, b: NetworkState) -> tuple[float, tuple[Any, ...]]:
    """Processor time, and the plan."""
    begin = time.process_time()
    plan = diff(a, b)
    return time.process_time() - begin, plan


def test_names_may_be_the_same_in_different_hosts() -> None:
    hosts = {name: Host({"": Namespace(), "ns1": Namespace({"br0": Link(Bridge())})}) for name in ("host1", "host2")}
    plan = diff(EMPTY, NetworkState(hosts))
    assert said(plan)[-2:] == ["Add bridge br0 in host1/ns1", "Add bridge br0 in host2/ns1"]
    assert plan[-1].place() == (Netns("host2", "ns1"), "br0")
