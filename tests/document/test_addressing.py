"""Linking two nodes: the names and addresses that come with the link."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labs.document.addressing import LinkError, connect
from labs.document.problems import find_problems
from labs.document.schema import LabDocument
from labs.document.segments import segments
from labs.document.topology import Topology, path_of
from tests.document.reading import read
from tests.strategies import documents


def linked(nodes: str, *pairs: tuple[str, str]) -> dict[str, list[str]]:
    """The addresses by interface after linking the pairs in order."""
    document = read(f"nodes: [{nodes}]")
    for a, b in pairs:
        document = connect(document, a, b)
    assert find_problems(document) == []
    return {f"{device.netns}:{device.name}": [str(address) for address in device.addresses] for device in Topology(document).devices()}


def test_two_namespaces() -> None:
    assert linked("{name: ns1, kind: namespace}, {name: ns2, kind: namespace}", ("ns1", "ns2")) == {
        "ns1:veth-ns1": ["192.168.1.1/24"],
        "ns2:veth-ns2": ["192.168.1.2/24"],
    }


def test_a_bridge_and_its_ports() -> None:
    nodes = "{name: br0, kind: bridge}, {name: ns1, kind: namespace}, {name: ns2, kind: namespace}, {name: ns3, kind: namespace}"
    found = linked(nodes, ("ns1", "br0"), ("br0", "ns2"), ("ns3", "br0"))
    assert [found[f"ns{n}:veth-ns{n}"] for n in (1, 2, 3)] == [["192.168.1.1/24"], ["192.168.1.2/24"], ["192.168.1.3/24"]]
    assert found["host:veth-ns2-br"] == []


def test_a_router_begins_each_subnet() -> None:
    nodes = "{name: ns1, kind: namespace}, {name: ns2, kind: namespace}, {name: ns-router, kind: router}"
    assert linked(nodes, ("ns1", "ns-router"), ("ns-router", "ns2")) == {
        "ns1:veth-ns1": ["192.168.1.2/24"],
        "ns2:veth-ns2": ["192.168.2.2/24"],
        "ns-router:veth-ns1-router": ["192.168.1.1/24"],
        "ns-router:veth-ns2-router": ["192.168.2.1/24"],
    }


def test_the_subnets_of_a_bridge_with_addresses() -> None:
    nodes = '{name: br0, kind: bridge, addresses: [10.1.0.1/16, "fd00::1/64"]}, {name: ns1, kind: namespace}, {name: r, kind: router}'
    found = linked(nodes, ("ns1", "br0"), ("br0", "r"))
    assert found["ns1:veth-ns1"] == ["10.1.0.2/16", "fd00::2/64"]
    assert found["r:veth-r"] == ["10.1.0.3/16", "fd00::3/64"]


def test_cards_on_a_lan() -> None:
    nodes = """{name: h1, kind: host, interfaces: [{name: enp0s3, addresses: [10.0.2.15/24]}]}, {name: h2, kind: host},
               {name: wire, kind: lan}"""
    assert linked(nodes, ("h1", "wire"), ("wire", "h2"), ("h2", "wire")) == {
        "h1:enp0s3": ["10.0.2.15/24"],
        "h2:eth0": ["10.0.2.1/24"],
        "h2:eth1": ["10.0.2.2/24"],
    }


def test_a_new_subnet_touches_nothing() -> None:
    document = read(
        """
        nodes:
          - {name: br0, kind: bridge, addresses: [192.168.1.1/24]}
          - {name: ns1, kind: namespace}
          - {name: r, kind: router, routes: [{to: 192.168.2.0/23, type: blackhole}, {to: default, type: prohibit}]}
        """
    )
    devices = {device.name: device for device in Topology(connect(document, "ns1", "r")).devices()}
    assert [str(address) for address in devices["veth-ns1"].addresses] == ["192.168.4.2/24"]


def test_a_full_subnet_gives_no_address() -> None:
    nodes = "{name: br0, kind: bridge, addresses: [10.0.0.1/30]}, {name: ns1, kind: namespace}, {name: ns2, kind: namespace}"
    found = linked(nodes, ("ns1", "br0"), ("ns2", "br0"))
    assert (found["ns1:veth-ns1"], found["ns2:veth-ns2"]) == (["10.0.0.2/30"], [])


@pytest.mark.parametrize(
    ("a", "b", "code"),
    [
        ("h1/ns1", "h1/ns1", "link_to_itself"),
        ("h1/ns1", "nowhere", "end_unknown"),
        ("h1/ns1:x", "h1/br0", "end_unknown"),
        ("h1/ns1", "$(reboot)", "end_unknown"),
        ("h1", "h2", "link_across_hosts"),
        ("h1/ns1", "h2", "link_across_hosts"),
        ("h1/ns1", "wire", "lan_joins_hosts"),
        ("wire", "wire2", "lan_joins_hosts"),
        ("h1/br0", "h1/br1", "bridge_loop"),
    ],
)
def test_what_cannot_be_linked_says_why(a: str, b: str, code: str) -> None:
    document = read(
        """
        nodes:
          - {name: h1, kind: host}
          - {name: h2, kind: host}
          - {name: ns1, kind: namespace, host: h1}
          - {name: br0, kind: bridge, host: h1}
          - {name: br1, kind: bridge, host: h1}
          - {name: wire, kind: lan}
          - {name: wire2, kind: lan}
        links: [{ends: [h1/br0, h1/br1]}]
        """
    )
    with pytest.raises(LinkError) as caught:
        connect(document, a, b)
    assert caught.value.problem.code == code
    assert str(caught.value) == caught.value.problem.message


@settings(max_examples=100, deadline=None)
@given(documents(), st.data())
def test_linking_any_two_nodes_makes_no_problem_or_is_refused(document: LabDocument, data: st.DataObject) -> None:
    paths = [*map(path_of, document.nodes), "host"]
    try:
        longer = connect(document, data.draw(st.sampled_from(paths)), data.draw(st.sampled_from(paths)))
    except LinkError:
        return
    assert len(longer.links) == len(document.links) + 1
    merged = {"address_twice", "mac_twice", "gateway_ambiguous", "mtu_ipv6", "route_dev_ipv6", "route_is_connected"}
    assert {problem.code for problem in find_problems(longer)} <= merged  # two segments become one


def test_segments() -> None:
    document = read(
        """
        nodes:
          - {name: h, kind: host}
          - {name: ns1, kind: namespace, host: h}
          - {name: ns2, kind: namespace, host: h}
          - {name: br0, kind: bridge, host: h, in: ns1}
          - {name: wire, kind: lan}
        links:
          - {ends: ["h/ns2:a", "h/br0:p"]}
          - {ends: ["h/ns1:b", "h/ns2:c"]}
          - {ends: ["h:eth0", wire]}
          - {ends: ["h:eth1", wire]}
        """
    )
    document = connect(document, "h/ns2", "h")
    found = [{f"{device.netns}:{device.name}" for device in segment.devices} for segment in segments(document)]
    assert found == [
        {"h:eth0", "h:eth1"},
        {"h:veth-ns2-host", "h/ns2:veth-ns2"},
        {"h/ns1:b", "h/ns2:c"},
        {"h/ns2:a", "h/ns1:p", "h/ns1:br0"},
    ]
