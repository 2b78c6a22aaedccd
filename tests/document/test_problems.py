"""Every problem at its place, and none where there is none."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from labs.document.errors import Problem
from labs.document.problems import find_problems
from labs.document.schema import LabDocument
from labs.document.wording import PROBLEMS
from tests.document.reading import read
from tests.strategies import documents

PAIR = """
nodes:
  - {{name: ns1, kind: namespace, interfaces: [{{name: veth-ns1, addresses: [{a}]{interface}}}], routes: [{routes}]}}
  - {{name: ns2, kind: namespace, interfaces: [{{name: veth-ns2, addresses: [{b}]}}]}}
links:
  - {{ends: ["ns1:veth-ns1", "ns2:veth-ns2"]{link}}}
"""


def pair(a: str = "192.168.1.1/24", b: str = "", routes: str = "", interface: str = "", link: str = "") -> str:
    """Experiment 1's network with a fault."""
    return PAIR.format(a=a, b=b, routes=routes, interface=interface, link=link)


ROUTES = "nodes[0].routes[0]"
FIRST = "nodes[0].interfaces[0]"

CASES: list[tuple[str, str, str]] = [
    ("name_twice", "nodes[1].name", "nodes: [{name: a, kind: lan}, {name: a, kind: namespace}]"),
    (
        "name_twice",
        "nodes[2].name",
        "nodes: [{name: h, kind: host}, {name: a, kind: bridge, host: h}, {name: a, kind: router, host: h}]",
    ),
    ("host_unknown", "nodes[0].host", "nodes: [{name: a, kind: router, host: nowhere}]"),
    ("host_unknown", "nodes[0].host", "nodes: [{name: a, kind: router, host: b}, {name: b, kind: bridge}]"),
    ("in_unknown", "nodes[0].in", "nodes: [{name: br0, kind: bridge, in: ns1}]"),
    ("in_unknown", "nodes[1].in", "nodes: [{name: h, kind: host}, {name: br0, kind: bridge, host: h, in: h}]"),
    ("host_name_implied", "nodes[0].name", "nodes: [{name: host, kind: host}, {name: a, kind: namespace}]"),
    ("interface_twice", "nodes[0].interfaces[1].name", "nodes: [{name: h, kind: host, interfaces: [{name: eth0}, {name: eth0}]}]"),
    (
        "interface_twice",
        "nodes[1].interfaces[0].name",
        "nodes: [{name: br0, kind: bridge, host: h}, {name: h, kind: host, interfaces: [{name: br0}]}]",
    ),
    (
        "interface_twice",
        "links[0].ends[1]",
        "{nodes: [{name: br0, kind: bridge}, {name: br1, kind: bridge}], links: [{ends: ['br0:a', 'br1:br0']}]}",
    ),
    (
        "interface_is_port",
        "nodes[0].interfaces[0]",
        """
        nodes:
          - {name: h, kind: host, interfaces: [{name: veth-ns1-br, addresses: [10.0.0.1/24]}]}
          - {name: br0, kind: bridge, host: h}
          - {name: ns1, kind: namespace, host: h}
        links: [{ends: ["h/ns1", "h/br0:veth-ns1-br"]}]
        """,
    ),
    ("interface_unlinked", FIRST, "nodes: [{name: ns1, kind: namespace, interfaces: [{name: eth0}]}]"),
    ("end_unknown", "links[0].ends[1]", "{nodes: [{name: ns1, kind: namespace}], links: [{ends: [ns1, nowhere]}]}"),
    ("end_unknown", "links[0].ends[1]", "{nodes: [{name: h, kind: host}], links: [{ends: [h, host]}]}"),
    (
        "end_twice",
        "links[1].ends[0]",
        """
        nodes: [{name: ns1, kind: namespace}, {name: ns2, kind: namespace}]
        links: [{ends: ["ns1:eth0", ns2]}, {ends: ["ns1:eth0", ns2]}]
        """,
    ),
    (
        "end_without_interface",
        "links[0].ends[1]",
        "{nodes: [{name: h, kind: host}, {name: wire, kind: lan}], links: [{ends: [h, 'wire:eth0']}]}",
    ),
    ("link_to_itself", "links[0]", "{nodes: [{name: br0, kind: bridge, stp: true}], links: [{ends: ['br0:a', 'br0:b']}]}"),
    ("link_across_hosts", "links[0]", "{nodes: [{name: h1, kind: host}, {name: h2, kind: host}], links: [{ends: [h1, h2]}]}"),
    (
        "link_across_hosts",
        "links[0]",
        "{nodes: [{name: h, kind: host}, {name: a, kind: router, host: h}, {name: b, kind: router}], links: [{ends: [h/a, b]}]}",
    ),
    ("lan_joins_hosts", "links[0]", "{nodes: [{name: wire, kind: lan}, {name: ns1, kind: namespace}], links: [{ends: [ns1, wire]}]}"),
    ("lan_joins_hosts", "links[0]", "{nodes: [{name: wire, kind: lan}], links: [{ends: ['host:eth0', wire]}]}"),
    ("lan_joins_hosts", "links[0]", "{nodes: [{name: a, kind: lan}, {name: b, kind: lan}], links: [{ends: [a, b]}]}"),
    ("internet_joins", "links[0]", "{nodes: [{name: a, kind: internet}, {name: b, kind: internet}], links: [{ends: [a, b]}]}"),
    (
        "bridge_loop",
        "links[1]",
        "{nodes: [{name: br0, kind: bridge}, {name: br1, kind: bridge}], links: [{ends: [br0, br1]}, {ends: [br1, br0]}]}",
    ),
    ("jitter_without_delay", "links[0].jitter", pair(link=", jitter: 1.5")),
    ("address_unusable", f"{FIRST}.addresses[0]", pair("127.0.0.2/8")),
    ("address_unusable", f"{FIRST}.addresses[0]", pair("0.1.2.3/24")),
    ("address_unusable", f"{FIRST}.addresses[0]", pair("239.0.0.1/24")),
    ("address_unusable", f"{FIRST}.addresses[0]", pair("255.255.255.255/32")),
    ("address_unusable", f"{FIRST}.addresses[0]", pair('"::/64"')),
    ("address_unusable", f"{FIRST}.addresses[0]", pair('"::1/128"')),
    ("address_unusable", f"{FIRST}.addresses[0]", pair('"fe80::1/64"')),
    ("address_unusable", f"{FIRST}.addresses[0]", pair('"ff02::1/64"')),
    ("address_unusable", f"{FIRST}.addresses[0]", pair('"::ffff:10.0.0.1/120"')),
    ("address_is_network", f"{FIRST}.addresses[0]", pair("192.168.1.0/24")),
    ("address_is_network", f"{FIRST}.addresses[0]", pair('"fd00::/64"')),
    ("address_is_broadcast", f"{FIRST}.addresses[0]", pair("192.168.1.255/24")),
    ("address_twice", f"{FIRST}.addresses[1]", pair("192.168.1.1/24, 192.168.1.1/25")),
    ("address_twice", "nodes[1].interfaces[0].addresses[0]", pair("192.168.1.1/24", "192.168.1.1/24")),
    (
        "address_twice",
        "nodes[2].addresses[0]",
        """
        nodes:
          - {name: ns1, kind: namespace, interfaces: [{name: a, addresses: [10.0.0.1/24]}]}
          - {name: br0, kind: bridge}
          - {name: br1, kind: bridge, addresses: [10.0.0.1/16]}
        links: [{ends: ["ns1:a", br0]}, {ends: [br0, br1]}]
        """,
    ),
    (
        "address_twice",
        "nodes[1].interfaces[0].addresses[0]",
        """
        nodes:
          - {name: h1, kind: host, interfaces: [{name: a, addresses: [10.0.0.1/24]}]}
          - {name: h2, kind: host, interfaces: [{name: a, addresses: [10.0.0.1/24]}]}
          - {name: wire, kind: lan}
        links: [{ends: ["h1:a", wire]}, {ends: ["h2:a", wire]}]
        """,
    ),
    (
        "mac_twice",
        "nodes[1].interfaces[0].mac",
        """
        nodes:
          - {name: ns1, kind: namespace, interfaces: [{name: a, mac: "02:00:00:00:00:0a"}]}
          - {name: ns2, kind: namespace, interfaces: [{name: b, mac: "02:00:00:00:00:0A"}]}
        links: [{ends: ["ns1:a", "ns2:b"]}]
        """,
    ),
    ("mtu_ipv6", f"{FIRST}.mtu", pair('"fd00::1/64"', interface=", mtu: 1279")),
    ("mtu_ipv6", "links[0].mtu", pair('"fd00::1/64"', link=", mtu: 576")),
    (
        "mtu_ipv6",
        "nodes[0].mtu",
        """
        nodes: [{name: br0, kind: bridge, addresses: ["fd00::1/64"]}, {name: ns1, kind: namespace}]
        links: [{ends: [br0, ns1], mtu: 1000}]
        """,
    ),
    ("route_incomplete", ROUTES, pair(routes="{to: 10.0.0.0/8}")),
    ("route_with_next_hop", ROUTES, pair(routes="{to: 10.0.0.0/8, type: blackhole, dev: veth-ns1}")),
    ("route_with_next_hop", ROUTES, pair(routes="{to: 10.0.0.0/8, type: prohibit, via: 192.168.1.2}")),
    ("route_families", f"{ROUTES}.via", pair(routes='{to: "fd00::/8", via: 192.168.1.2}')),
    ("route_dev_unknown", f"{ROUTES}.dev", pair(routes="{to: 10.0.0.0/8, dev: veth-ns2}")),
    ("route_dev_ipv6", f"{ROUTES}.dev", pair(routes='{to: "fd00::/8", dev: veth-ns1}', interface=", mtu: 1279")),
    ("route_twice", "nodes[0].routes[1]", pair(routes="{to: default, via: 192.168.1.2}, {to: 0.0.0.0/0, dev: veth-ns1}")),
    ("route_twice", "nodes[0].routes[1]", pair(routes='{to: "fd00::/8", type: blackhole}, {to: "fd00::/8", type: prohibit, metric: 1024}')),
    ("route_is_connected", f"{ROUTES}.to", pair(routes="{to: 192.168.1.0/24, dev: veth-ns1}")),
    ("route_is_connected", f"{ROUTES}.to", pair('"fd00::1/64"', routes='{to: "fd00::/64", dev: veth-ns1, metric: 256}')),
    ("route_is_connected", f"{ROUTES}.to", pair(routes='{to: "fe80::/64", dev: veth-ns1, metric: 256}')),
    ("route_is_connected", f"{ROUTES}.to", pair(routes='{to: "fe80::/64", type: blackhole, metric: 256}')),
    ("gateway_unreached", f"{ROUTES}.via", pair(routes="{to: default, via: 10.0.9.1}")),
    ("gateway_unreached", f"{ROUTES}.via", pair("192.168.1.1/32", routes="{to: default, via: 192.168.1.2}")),
    ("gateway_without_address", f"{ROUTES}.via", pair("", routes="{to: default, via: 10.0.9.1}")),
    (
        "gateway_not_on_dev",
        f"{ROUTES}.via",
        """
        nodes:
          - name: r
            kind: router
            interfaces: [{name: a, addresses: [10.0.1.1/24]}, {name: b, addresses: [10.0.2.1/24]}]
            routes: [{to: default, via: 10.0.1.2, dev: b}]
          - {name: ns1, kind: namespace}
        links: [{ends: ["r:a", ns1]}, {ends: ["r:b", ns1]}]
        """,
    ),
    ("gateway_needs_dev", f"{ROUTES}.via", pair(routes='{to: "fd00::/8", via: "fe80::1"}')),
    (
        "gateway_ambiguous",
        f"{ROUTES}.via",
        """
        nodes:
          - name: r
            kind: router
            interfaces: [{name: a, addresses: [10.0.1.1/24]}, {name: b, addresses: [10.0.1.2/24]}]
            routes: [{to: default, via: 10.0.1.9}]
          - {name: ns1, kind: namespace}
        links: [{ends: ["r:a", ns1]}, {ends: ["r:b", ns1]}]
        """,
    ),
    ("gateway_own", f"{ROUTES}.via", pair(routes="{to: default, via: 192.168.1.1}")),
    (
        "gateway_own",
        f"{ROUTES}.via",
        pair(interface=', mac: "02:00:00:00:00:01"', routes='{to: "fd00::/8", via: "fe80::ff:fe00:1", dev: veth-ns1}'),
    ),
    ("gateway_not_host", f"{ROUTES}.via", pair(routes="{to: default, via: 192.168.1.255}")),
    ("gateway_unusable", "nodes[0].routes[1].via", pair(routes="{to: default, dev: veth-ns1}, {to: 10.0.0.0/8, via: 0.0.0.0}")),
    ("gateway_unusable", "nodes[0].routes[1].via", pair(routes="{to: default, dev: veth-ns1}, {to: 10.0.0.0/8, via: 127.0.0.1}")),
    ("gateway_unusable", f"{ROUTES}.via", pair('"fd00::1/64"', routes='{to: "fd01::/64", via: "ff02::1", dev: veth-ns1}')),
    ("gateway_unusable", f"{ROUTES}.via", pair('"fd00::1/64"', routes='{to: "fd01::/64", via: "::1", dev: veth-ns1}')),
    (
        "gateway_behind_route",
        "nodes[0].routes[1].via",
        pair('"fd00::1/64"', routes='{to: "fd00::9/128", via: "fd00::2"}, {to: default, via: "fd00::9"}'),
    ),
    ("check_from_unknown", "checks[0].from", "checks: [{from: ns1, ping: 10.0.0.1}]"),
    ("check_from_not_machine", "checks[0].from", "{nodes: [{name: br0, kind: bridge}], checks: [{from: br0, ping: 10.0.0.1}]}"),
]


@pytest.mark.parametrize(("code", "path", "text"), CASES, ids=[f"{code}-{i}" for i, (code, _, _) in enumerate(CASES)])
def test_a_fault_is_one_problem_at_its_place(code: str, path: str, text: str) -> None:
    assert [(problem.code, problem.path) for problem in find_problems(read(text))] == [(code, path)]


ALSO: list[tuple[str, str]] = [
    ("name_twice", "nodes[0].name"),
    ("interface_twice", "nodes[0].interfaces[0].name"),
    ("end_twice", "links[0].ends[0]"),
    ("address_twice", "nodes[0].interfaces[0].addresses[0]"),
    ("mac_twice", "nodes[0].interfaces[0].mac"),
    ("route_twice", "nodes[0].routes[0]"),
]


@pytest.mark.parametrize(("code", "other"), ALSO)
def test_what_is_there_twice_is_one_problem_that_names_both_places(code: str, other: str) -> None:
    text = next(text for each, _, text in CASES if each == code)
    (problem,) = find_problems(read(text))
    assert problem.also == (other,)


def test_an_address_twice_is_said_in_words_that_fit_both_places() -> None:
    (problem,) = find_problems(read(pair("192.168.1.1/24", "192.168.1.1/24")))
    said = "192.168.1.1 is on ns1:veth-ns1 and on ns2:veth-ns2, on the same segment; give one of them another address"
    assert str(problem) == f"nodes[1].interfaces[0].addresses[0]: {said}"


def test_a_bridge_takes_1023_ports() -> None:
    nodes = "".join(f"  - {{name: ns{i}, kind: namespace}}\n" for i in range(1024))
    links = "".join(f"  - {{ends: [ns{i}, br0]}}\n" for i in range(1024))
    (problem,) = find_problems(read(f"nodes:\n  - {{name: br0, kind: bridge}}\n{nodes}links:\n{links}"))
    assert str(problem) == "nodes[0]: the bridge br0 has 1024 ports, and Linux takes 1023; use another bridge and link the two"


def test_a_lan_takes_1023_cards() -> None:
    cards = ", ".join(f"{{name: e{i}}}" for i in range(1024))
    links = "".join(f"  - {{ends: [h:e{i}, wire]}}\n" for i in range(1024))
    (problem,) = find_problems(
        read(f"nodes:\n  - {{name: h, kind: host, interfaces: [{cards}]}}\n  - {{name: wire, kind: lan}}\nlinks:\n{links}")
    )
    assert (problem.code, problem.path) == ("lan_full", "nodes[1]")


def test_every_problem_has_a_case() -> None:
    assert {code for code, _, _ in CASES} | {"bridge_full", "lan_full"} == PROBLEMS.keys()


def test_words_say_what_where_and_what_to_do() -> None:
    (problem,) = find_problems(read(pair(routes="{to: default, via: 10.0.9.1}")))
    assert problem == Problem(
        path="nodes[0].routes[0].via",
        code="gateway_unreached",
        params={"via": "10.0.9.1", "place": "ns1", "subnets": "192.168.1.0/24"},
        message="no interface of ns1 is in a subnet with the gateway 10.0.9.1; its subnets are 192.168.1.0/24",
    )


FINE = {
    "an empty canvas": "{}",
    "the internet and the machine itself": """
        target: machine
        nodes: [{name: h, kind: host}, {name: out, kind: internet}]
        links: [{ends: [h, out]}]
        """,
    "the same names on two hosts": """
        nodes:
          - {name: h1, kind: host}
          - {name: h2, kind: host}
          - {name: ns1, kind: namespace, host: h1}
          - {name: ns1, kind: namespace, host: h2}
        """,
    "the same interface name in two namespaces": """
        nodes: [{name: ns1, kind: namespace}, {name: ns2, kind: namespace}]
        links: [{ends: ["ns1:eth0", "ns2:eth0"]}]
        """,
    "a host called host, alone": "{nodes: [{name: host, kind: host}], checks: [{from: host, ping: 10.0.0.1}]}",
    "the implied host beside a drawn one": """
        nodes: [{name: h, kind: host}, {name: ns1, kind: namespace}]
        links: [{ends: [host, ns1]}]
        checks: [{from: host, ping: 10.0.0.1}]
        """,
    "a card that is on no LAN": "nodes: [{name: h, kind: host, interfaces: [{name: enp0s3, addresses: [10.0.2.15/24]}]}]",
    "two cards on one LAN": "{nodes: [{name: h, kind: host}, {name: wire, kind: lan}], links: [{ends: [h, wire]}, {ends: [wire, h]}]}",
    "bridges in a row, and a loop that STP breaks": """
        nodes: [{name: br0, kind: bridge}, {name: br1, kind: bridge, stp: true}]
        links: [{ends: [br0, br1]}, {ends: [br0, br1]}]
        """,
    "a loop that is down": """
        nodes: [{name: br0, kind: bridge}, {name: br1, kind: bridge}]
        links: [{ends: [br0, br1]}, {ends: [br0, br1], up: false}]
        """,
    "a gateway on a prefix that is on the link": pair(
        "10.0.0.1/32", routes="{to: 10.0.0.2/32, dev: veth-ns1}, {to: default, via: 10.0.0.2}"
    ),
    "a link-local gateway with its interface": pair(routes='{to: "fd00::/8", via: "fe80::1", dev: veth-ns1}'),
    "a link-local gateway with the address of another interface here": """
        nodes:
          - {name: r, kind: router, interfaces: [{name: a, mac: "02:00:00:00:00:01"}, {name: b}],
             routes: [{to: "fd00::/8", via: "fe80::ff:fe00:1", dev: b}]}
          - {name: br0, kind: bridge}
        links: [{ends: ["r:a", br0]}, {ends: ["r:b", br0]}]
        """,
    "a gateway beside a route of the same length that is not preferred": pair(
        '"fd00::1/0"', routes='{to: "fd01::/16", via: "fd00::9"}, {to: "::/0", type: blackhole}'
    ),
    "one destination with two metrics": pair(
        routes="{to: default, via: 192.168.1.2}, {to: default, via: 192.168.1.3, metric: 5}, {to: default, type: prohibit, metric: 9}"
    ),
    "both ends of a /31": pair("10.0.0.0/31", "10.0.0.1/31"),
    "an address of two disjoint segments": """
        nodes:
          - {name: h1, kind: host}
          - {name: h2, kind: host}
          - {name: br0, kind: bridge, host: h1, addresses: [192.168.1.1/24]}
          - {name: br0, kind: bridge, host: h2, addresses: [192.168.1.1/24]}
        """,
    "a check of an address that is nowhere": "{nodes: [{name: a, kind: router}], checks: [{from: a, ping: 8.8.8.8, expect: timeout}]}",
}


@pytest.mark.parametrize("text", FINE.values(), ids=FINE.keys())
def test_no_problem_with(text: str) -> None:
    assert find_problems(read(text)) == []


@settings(max_examples=60, deadline=None)
@given(documents(netem=True))
def test_generated_documents_have_none(document: LabDocument) -> None:
    assert find_problems(document) == []
