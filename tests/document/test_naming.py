"""Names that are made, for any names that are given."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from labs.document.naming import complete
from labs.document.parse import parse
from labs.document.problems import find_problems
from labs.document.schema import LabDocument
from labs.document.topology import Topology
from labs.document.values import INTERFACE_NAME_BYTES
from tests.document.reading import read


def names(document: LabDocument) -> list[str]:
    return [end.partition(":")[2] for link in complete(document).links for end in link.ends]


def test_a_pair_of_namespaces() -> None:
    document = read("{nodes: [{name: ns1, kind: namespace}, {name: ns2, kind: namespace}], links: [{ends: [ns1, ns2]}]}")
    assert names(document) == ["veth-ns1", "veth-ns2"]


def test_a_bridge() -> None:
    document = read("{nodes: [{name: ns1, kind: namespace}, {name: br0, kind: bridge}], links: [{ends: [ns1, br0]}]}")
    assert names(document) == ["veth-ns1", "veth-ns1-br"]


def test_a_router() -> None:
    document = read("{nodes: [{name: ns-router, kind: router}, {name: ns1, kind: namespace}], links: [{ends: [ns-router, ns1]}]}")
    assert names(document) == ["veth-ns1-router", "veth-ns1"]


def test_a_default_namespace_and_cards() -> None:
    document = read(
        """
        nodes: [{name: h, kind: host}, {name: ns1, kind: namespace, host: h}, {name: wire, kind: lan}]
        links: [{ends: [h/ns1, h]}, {ends: [h, wire]}, {ends: [wire, h]}]
        """
    )
    assert names(document) == ["veth-ns1", "veth-ns1-host", "eth0", "", "", "eth1"]


def test_the_host_that_is_not_drawn() -> None:
    document = read("{nodes: [{name: br0, kind: bridge}], links: [{ends: [host, br0]}]}")
    assert names(document) == ["veth-host", "veth-host-br"]


def test_two_bridges() -> None:
    document = read("{nodes: [{name: br0, kind: bridge}, {name: br1, kind: bridge}], links: [{ends: [br0, br1]}]}")
    assert names(document) == ["veth-br0-br1", "veth-br1-br0"]


def test_a_second_link_is_numbered() -> None:
    document = read("{nodes: [{name: ns1, kind: namespace}, {name: br0, kind: bridge}], links: [{ends: [ns1, br0]}, {ends: [ns1, br0]}]}")
    assert names(document) == ["veth-ns1", "veth-ns1-br", "veth-ns1-2", "veth-ns1-2-br"]


def test_long_names_keep_their_number() -> None:
    document = read(
        """
        nodes: [{name: customer-0001, kind: namespace}, {name: customer-0002, kind: namespace}, {name: br0, kind: bridge}]
        links: [{ends: [customer-0001, br0]}, {ends: [customer-0002, br0]}]
        """
    )
    assert names(document) == ["veth-custom0001", "veth-cust0001-b", "veth-custom0002", "veth-cust0002-b"]


def test_names_that_are_there_stay() -> None:
    document = read(
        """
        nodes: [{name: ns1, kind: namespace}, {name: ns2, kind: namespace}, {name: br0, kind: bridge}]
        links: [{ends: [ns2, br0]}, {ends: ["ns1:veth-ns2", br0]}]
        """
    )
    assert names(document) == ["veth-ns2-2", "veth-ns2-2-br", "veth-ns2", "veth-ns1-br"]


def test_an_end_takes_the_interface_that_waits_for_it() -> None:
    document = read(
        """
        nodes:
          - {name: ns1, kind: namespace, interfaces: [{name: eth7, addresses: [10.0.0.1/24]}]}
          - {name: h, kind: host, interfaces: [{name: enp0s3}]}
          - {name: ns2, kind: namespace, host: h}
          - {name: br0, kind: bridge}
          - {name: wire, kind: lan}
        links: [{ends: [ns1, br0]}, {ends: [h, h/ns2]}, {ends: [wire, h]}]
        """
    )
    assert names(document) == ["eth7", "veth-ns1-br", "veth-ns2-host", "veth-ns2", "", "enp0s3"]


def test_a_link_to_nowhere_waits() -> None:
    document = read("{nodes: [{name: ns1, kind: namespace}], links: [{ends: [ns1, nowhere]}]}")
    assert complete(document) == document


def test_every_end_is_listed_on_its_machine() -> None:
    document = complete(
        read("{nodes: [{name: r, kind: router}, {name: br0, kind: bridge}], links: [{ends: [r, br0]}, {ends: ['r:a', br0]}]}")
    )
    assert [interface.name for interface in document.nodes[0].interfaces] == ["veth-r", "a"]  # type: ignore[union-attr]  # a router


NAMES = st.from_regex(r"[A-Za-z0-9._][A-Za-z0-9._-]{0,62}", fullmatch=True).filter(lambda name: name not in {".", ".."})
SHORT = st.from_regex(r"[A-Za-z0-9._][A-Za-z0-9._-]{0,14}", fullmatch=True).filter(
    lambda name: name not in {".", "..", "lo", "all", "default"}
)


@st.composite
def drawings(draw: st.DrawFn) -> LabDocument:
    """Unnamed links between nodes of any names, alike ones among them."""
    machines = draw(st.lists(NAMES, unique=True, min_size=1, max_size=8))
    machines += [name[:62] + suffix for name in machines[:3] for suffix in "12" if name[:62] + suffix not in machines]
    bridges = [name for name in draw(st.lists(SHORT, unique=True, max_size=3)) if name not in machines]
    nodes = [{"name": name, "kind": draw(st.sampled_from(["namespace", "router"]))} for name in dict.fromkeys(machines)]
    nodes += [{"name": name, "kind": "bridge"} for name in bridges]
    paths = [node["name"] for node in nodes]
    ends = st.tuples(st.sampled_from(paths), st.sampled_from([*paths, "host"]))
    links = [{"ends": pair} for pair in draw(st.lists(ends, max_size=20)) if pair[0] != pair[1]]
    return parse({"topoweb": 1, "name": "Any names", "nodes": nodes, "links": links})


@settings(max_examples=150, deadline=None)
@given(drawings())
def test_completed_names_are_unique_in_their_host_and_fit(document: LabDocument) -> None:
    done = complete(document)
    devices = list(Topology(done).devices())
    assert not [name for name, count in Counter(device.name for device in devices).items() if count > 1]
    assert all(len(device.name.encode()) <= INTERFACE_NAME_BYTES for device in devices)
    assert not [problem for problem in find_problems(done) if problem.code not in {"bridge_loop", "end_unknown"}]


@settings(max_examples=100, deadline=None)
@given(drawings())
def test_completing_twice_is_completing_once(document: LabDocument) -> None:
    done = complete(document)
    assert complete(done) == done
    assert parse(done.model_dump(by_alias=True)) == done
