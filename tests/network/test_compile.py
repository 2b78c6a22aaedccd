"""From drawings to the networks that they mean."""

from __future__ import annotations

import random
from ipaddress import ip_interface

import pytest
from hypothesis import given, settings

from labs.document.schema import LabDocument
from labs.document.sysctls import IPV4_FORWARDING, IPV6_FORWARDING
from labs.network.compile import compile, mac_of
from labs.network.diff import diff
from labs.network.operations import SetNetem, SetNetemIn
from labs.network.replay import replay
from labs.network.state import EMPTY, Bridge, Card, Host, Interface, Link, Namespace, Netem, Netns, NetworkState, Veth
from tests.network.build import HOST, NS1, drawn, interface, route
from tests.network.kernel_rules import strict_replay
from tests.network.test_laws import laws
from tests.strategies import documents

few = settings(laws, max_examples=50)

PAIR = """
nodes:
  - {name: ns1, kind: namespace, interfaces: [{name: veth-ns1, addresses: [192.168.1.1/24]}]}
  - {name: ns2, kind: namespace, interfaces: [{name: veth-ns2, addresses: [192.168.1.2/24]}]}
links:
  - {ends: ["ns1:veth-ns1", "ns2:veth-ns2"]}
"""

TWO_HOSTS = """
nodes:
  - {name: host1, kind: host, interfaces: [{name: enp0s3, addresses: [10.0.2.15/24]}, {name: eth1}],
     routes: [{to: 192.168.2.0/24, via: 10.0.2.16}]}
  - {name: br0, kind: bridge, host: host1, addresses: [192.168.1.1/24]}
  - {name: ns1, kind: namespace, host: host1, interfaces: [{name: veth-ns1, addresses: [192.168.1.2/24]}],
     routes: [{to: default, via: 192.168.1.1}]}
  - {name: wire, kind: lan}
links:
  - {ends: ["host1/ns1:veth-ns1", "host1/br0:veth-ns1-br"]}
  - {ends: ["host1:enp0s3", wire]}
"""


def test_a_veth_pair() -> None:
    state = drawn(PAIR)
    assert set(state.hosts) == {""}
    assert state.link(interface("ns1:veth-ns1")) == Link(
        Veth(interface("ns2:veth-ns2")), up=True, addresses=frozenset({ip_interface("192.168.1.1/24")})
    )
    assert state.link(interface("ns2:veth-ns2")) == Link(
        Veth(interface("ns1:veth-ns1")), up=True, addresses=frozenset({ip_interface("192.168.1.2/24")})
    )


def test_nothing_drawn_is_a_host_to_type_in() -> None:
    assert drawn("nodes: []") == NetworkState({"": Host({"": Namespace()})})


def test_hosts_meet_by_cards_on_a_lan() -> None:
    state = drawn(TWO_HOSTS)
    links = state.hosts["host1"].namespaces[""].links
    assert state.lans == {"wire"}
    assert links["enp0s3"].kind == Card("wire")
    assert links["eth1"].kind == Card(None)
    assert links["veth-ns1-br"].master == "br0"


def test_a_route_names_its_device_and_remembers_who_named_it() -> None:
    (to_host2,) = drawn(TWO_HOSTS).hosts["host1"].namespaces[""].routes
    assert to_host2 == route("192.168.2.0/24", "10.0.2.16", "enp0s3")
    assert not to_host2.dev_given


def test_an_ipv6_route_has_the_kernels_metric() -> None:
    state = drawn("""
    nodes:
      - {name: ns1, kind: namespace, interfaces: [{name: eth0, addresses: ["fd00::1/64"]}],
         routes: [{to: "fd01::/64", via: "fd00::2"}, {to: "fd02::/64", type: unreachable, metric: 0},
                  {to: "fd03::/64", dev: eth0, metric: 7}]}
      - {name: ns2, kind: namespace}
    links: [{ends: ["ns1:eth0", ns2]}]
    """)
    assert namespace_of(state, NS1).routes == {
        route("fd01::/64", "fd00::2", "eth0", metric=1024),
        route("fd02::/64", type="unreachable", metric=1024),
        route("fd03::/64", dev="eth0", metric=7),
    }


def test_the_longest_prefix_says_which_device_reaches_a_gateway() -> None:
    state = drawn("""
    nodes:
      - {name: r, kind: router, interfaces: [{name: wide, addresses: [10.0.0.1/8]}, {name: narrow, addresses: [10.1.0.1/24]}],
         routes: [{to: 172.16.0.0/16, via: 10.1.0.9}, {to: 172.17.0.0/16, via: 10.2.0.9}, {to: 172.18.0.0/16, via: 10.1.0.9, dev: wide}]}
      - {name: ns1, kind: namespace}
    links: [{ends: ["r:wide", ns1]}, {ends: ["r:narrow", ns1]}]
    """)
    assert namespace_of(state, Netns("", "r")).routes == {
        route("172.16.0.0/16", "10.1.0.9", "narrow"),
        route("172.17.0.0/16", "10.2.0.9", "wide"),
        route("172.18.0.0/16", "10.1.0.9", "wide"),
    }


def test_a_gateway_can_be_behind_a_route_out_of_a_device() -> None:
    state = drawn("""
    nodes:
      - {name: ns1, kind: namespace, interfaces: [{name: eth0, addresses: [10.0.0.1/32]}],
         routes: [{to: default, via: 10.9.0.1}, {to: 10.9.0.0/24, dev: eth0}]}
      - {name: ns2, kind: namespace}
    links: [{ends: ["ns1:eth0", ns2]}]
    """)
    assert namespace_of(state, NS1).routes == {route("default", "10.9.0.1", "eth0"), route("10.9.0.0/24", dev="eth0")}


def test_a_link_local_gateway_is_on_the_device_that_the_route_names() -> None:
    state = drawn("""
    nodes:
      - {name: ns1, kind: namespace, interfaces: [{name: eth0}], routes: [{to: "fd01::/64", via: "fe80::1", dev: eth0}]}
      - {name: ns2, kind: namespace}
    links: [{ends: ["ns1:eth0", ns2]}]
    """)
    assert namespace_of(state, NS1).routes == {route("fd01::/64", "fe80::1", "eth0")}


DOWN = """
nodes:
  - name: ns1
    kind: namespace
    interfaces: [{{name: eth0, addresses: [10.0.0.1/24, "fd00::1/64"], up: {interface}}}, {{name: eth1, addresses: [10.1.0.1/24]}}]
    routes:
      - {{to: 172.16.0.0/16, via: 10.0.0.2}}
      - {{to: 172.17.0.0/16, dev: eth0}}
      - {{to: 172.18.0.0/16, via: 10.1.0.2}}
      - {{to: 172.19.0.0/16, type: blackhole}}
      - {{to: "fd01::/64", via: "fd00::2"}}
  - {{name: ns2, kind: namespace}}
links: [{{ends: ["ns1:eth0", ns2], up: {link}}}, {{ends: ["ns1:eth1", ns2]}}]
"""


@pytest.mark.parametrize(("by_interface", "by_link"), [("false", "true"), ("true", "false")])
def test_what_a_link_that_is_down_would_carry_is_dormant(by_interface: str, by_link: str) -> None:
    ns1 = namespace_of(drawn(DOWN.format(interface=by_interface, link=by_link)), NS1)
    assert ns1.links["eth0"].addresses == {ip_interface("10.0.0.1/24")}
    assert ns1.routes == {route("172.18.0.0/16", "10.1.0.2", "eth1"), route("172.19.0.0/16", type="blackhole")}


def test_what_was_dormant_is_there_when_the_link_is_up() -> None:
    ns1 = namespace_of(drawn(DOWN.format(interface="true", link="true")), NS1)
    assert ip_interface("fd00::1/64") in ns1.links["eth0"].addresses
    assert len(ns1.routes) == 5


def test_a_link_that_is_down_has_both_ends_down() -> None:
    state = drawn(DOWN.format(interface="true", link="false"))
    assert {link.up for end, link in state.links() if "eth1" not in end.name and not _is_peer_of(link, "eth1")} == {False}


def test_an_interface_that_is_down_leaves_its_peer_up() -> None:
    state = drawn(DOWN.format(interface="false", link="true"))
    assert [link.up for _, link in state.links() if _is_peer_of(link, "eth0")] == [True]


def test_a_router_forwards_and_a_namespace_does_not() -> None:
    state = drawn("nodes: [{name: r, kind: router}, {name: ns1, kind: namespace}]")
    assert namespace_of(state, Netns("", "r")).sysctls == {IPV4_FORWARDING: 1, IPV6_FORWARDING: 1}
    assert namespace_of(state, NS1).sysctls == {}


def test_a_drawn_host_forwards() -> None:
    state = drawn("nodes: [{name: host1, kind: host}]")
    assert namespace_of(state, Netns("host1", "")).sysctls == {IPV4_FORWARDING: 1, IPV6_FORWARDING: 1}


@pytest.mark.parametrize(("addresses", "forwards"), [("[192.168.1.1/24]", True), ("[]", False)])
def test_the_host_that_is_not_drawn_forwards_where_it_has_an_address(addresses: str, forwards: bool) -> None:
    state = drawn(f"nodes: [{{name: br0, kind: bridge, addresses: {addresses}}}]")
    assert bool(namespace_of(state, HOST).sysctls) is forwards


def test_sysctls_of_the_document_override_and_defaults_are_left_out() -> None:
    state = drawn(f"nodes: [{{name: r, kind: router, sysctls: {{{IPV6_FORWARDING}: 0, net.ipv4.conf.all.rp_filter: 1}}}}]")
    assert namespace_of(state, Netns("", "r")).sysctls == {IPV4_FORWARDING: 1, "net.ipv4.conf.all.rp_filter": 1}


BRIDGE = """
nodes:
  - {{name: br0, kind: bridge{bridge}}}
  - {{name: ns1, kind: namespace, interfaces: [{{name: eth0{interface}}}]}}
  - {{name: ns2, kind: namespace}}
links: [{{ends: ["ns1:eth0", "br0:port1"], mtu: 1400}}, {{ends: [ns2, br0]}}]
"""


def test_a_bridge_has_the_mtu_of_its_smallest_port() -> None:
    bridge = drawn(BRIDGE.format(bridge="", interface="")).link(interface("host:br0"))
    assert bridge == Link(Bridge(), up=True, mtu=1400)


def test_a_bridge_without_ports_has_the_default_mtu() -> None:
    assert drawn("nodes: [{name: br0, kind: bridge}]").link(interface("host:br0")) == Link(Bridge(), up=True, mtu=1500)


def test_a_bridge_keeps_the_mtu_that_it_is_given() -> None:
    bridge = drawn(BRIDGE.format(bridge=", mtu: 1300", interface="")).link(interface("host:br0"))
    assert bridge is not None
    assert bridge.mtu == 1300
    assert bridge.kind.mtu_set


def test_the_mtu_of_an_interface_wins_over_its_links() -> None:
    state = drawn(BRIDGE.format(bridge="", interface=", mtu: 1350"))
    assert [state.link(interface(end)).mtu for end in ("ns1:eth0", "host:port1")] == [1350, 1400]


def test_a_bridge_with_addresses_has_a_mac_of_its_full_name() -> None:
    state = drawn(TWO_HOSTS)
    bridge = state.hosts["host1"].namespaces[""].links["br0"]
    assert bridge.mac == mac_of("host1/br0") == "02:0b:49:f3:0a:4f"


def test_macs_of_bridges_are_locally_administered_unicast_and_differ() -> None:
    macs = [mac_of(f"host{i}/br{j}") for i in range(10) for j in range(10)]
    assert len(set(macs)) == 100
    assert {int(mac[:2], 16) & 3 for mac in macs} == {2}


@pytest.mark.parametrize("bridge", ["", ", mac: '02:00:00:00:00:07'"])
def test_other_macs_are_the_drawings_or_the_kernels(bridge: str) -> None:
    state = drawn(BRIDGE.format(bridge=bridge, interface=", mac: '02:00:00:00:00:09'"))
    assert state.link(interface("ns1:eth0")).mac == "02:00:00:00:00:09"
    assert state.link(interface("host:port1")).mac is None
    assert state.link(interface("host:br0")).mac == ("02:00:00:00:00:07" if bridge else None)


def test_delay_and_loss_are_at_both_ends() -> None:
    state = drawn("""
    nodes: [{name: ns1, kind: namespace}, {name: ns2, kind: namespace}]
    links: [{ends: ["ns1:eth0", "ns2:eth0"], delay: 10, jitter: 2, loss: 0.5, rate: 1000000}]
    """)
    assert [link.netem for _, link in state.links()] == [Netem(10.0, 2.0, 0.5, 1_000_000)] * 2


def test_a_link_to_a_lan_hinders_each_way() -> None:
    state = drawn("""
    nodes: [{name: host1, kind: host}, {name: wire, kind: lan}]
    links: [{ends: ["host1:eth0", wire], delay: 20}]
    """)
    card = Interface(Netns("host1", ""), "eth0")
    assert state.link(card) == Link(Card("wire", Netem(delay=20.0)), up=True, netem=Netem(delay=20.0))
    assert [op for op in diff(EMPTY, state) if isinstance(op, SetNetem | SetNetemIn)] == [
        SetNetem(card, Netem(delay=20.0)),
        SetNetemIn(card, Netem(delay=20.0)),
    ]


def test_what_a_link_does_to_packets_is_as_exact_as_tc_says_it() -> None:
    state = drawn("""
    nodes: [{name: ns1, kind: namespace}, {name: ns2, kind: namespace}]
    links: [{ends: ["ns1:eth0", "ns2:eth0"], delay: 10.00049, jitter: 0.0006, loss: 0.12345678, rate: 8007}]
    """)
    assert [link.netem for _, link in state.links()] == [Netem(10.0, 0.001, 0.123457, 8_000)] * 2


def test_a_delay_varies_by_no_more_than_the_kernel_lets_it() -> None:
    state = drawn("""
    nodes: [{name: ns1, kind: namespace}, {name: ns2, kind: namespace}]
    links: [{ends: ["ns1:eth0", "ns2:eth0"], delay: 60000, jitter: 3000}]
    """)
    assert [link.netem for _, link in state.links()] == [Netem(60_000.0, 2_147.483)] * 2


def test_a_link_that_hinders_nothing_has_no_netem() -> None:
    state = drawn("""
    nodes: [{name: ns1, kind: namespace}, {name: ns2, kind: namespace}]
    links: [{ends: ["ns1:eth0", "ns2:eth0"], delay: 0}]
    """)
    assert [link.netem for _, link in state.links()] == [None] * 2


def test_a_bridge_can_be_in_a_namespace() -> None:
    state = drawn("""
    nodes: [{name: ns1, kind: namespace}, {name: br0, kind: bridge, in: ns1}, {name: ns2, kind: namespace}]
    links: [{ends: ["ns2:eth0", "br0:port"]}]
    """)
    assert state.link(interface("ns1:port")).master == "br0"
    assert state.link(interface("ns2:eth0")).kind == Veth(interface("ns1:port"))


def test_only_a_hosts_card_leads_to_the_internet_so_far() -> None:
    state = drawn("""
    nodes: [{name: host1, kind: host}, {name: ns1, kind: namespace, host: host1}, {name: out, kind: internet}]
    links: [{ends: ["host1:eth0", out]}, {ends: ["host1/ns1:eth0", out]}]
    """)
    assert {end.netns.name: link.kind for end, link in state.links()} == {"": Card(None)}


@few
@given(documents(netem=True))
def test_every_document_can_be_deployed_and_taken_down(document: LabDocument) -> None:
    state = compile(document)
    plan = diff(EMPTY, state)
    assert strict_replay(plan, EMPTY) == state
    assert strict_replay(diff(replay(plan, EMPTY), EMPTY), state) == EMPTY


@few
@given(documents(netem=True), documents(netem=True))
def test_every_document_can_become_any_other(one: LabDocument, other: LabDocument) -> None:
    a, b = compile(one), compile(other)
    assert strict_replay(diff(a, b), a) == b


@few
@given(documents())
def test_a_document_means_the_same_in_whatever_order_it_is_written(document: LabDocument) -> None:
    shuffle = random.Random(1)
    other = document.model_copy(
        update={
            "nodes": tuple(shuffle.sample(document.nodes, len(document.nodes))),
            "links": tuple(shuffle.sample(document.links, len(document.links))),
        }
    )
    assert compile(other) == compile(document)
    assert diff(EMPTY, compile(other)) == diff(EMPTY, compile(document))


def namespace_of(state: NetworkState, netns: Netns) -> Namespace:
    namespace = state.namespace(netns)
    assert namespace is not None
    return namespace


def _is_peer_of(link: Link, name: str) -> bool:
    return isinstance(link.kind, Veth) and link.kind.peer.name == name
