"""Positions: whole, apart from one another, the same every time."""

from __future__ import annotations

import itertools
from collections import Counter

from hypothesis import given, settings

from labs.document.layout import GRID, Box, arrange, host_box, node_size
from labs.document.schema import Host, LabDocument
from labs.document.topology import Topology, host_of
from tests.document.reading import read
from tests.strategies import documents


def boxes(document: LabDocument) -> dict[int, Box]:
    """The outline of every node, by its index."""
    ports = Counter(end.node_index for ends in Topology(document).links for end in ends)
    found: dict[int, Box] = {}
    for i, node in enumerate(document.nodes):
        assert node.x is not None
        assert node.y is not None
        found[i] = Box(node.x, node.y, *node_size(node, ports[i]))
    for i, node in enumerate(document.nodes):
        if isinstance(node, Host):
            held = [found[j] for j, other in enumerate(document.nodes) if host_of(other) == node.name]
            found[i] = host_box(found[i].x, found[i].y, held)
    return found


def meet(a: Box, b: Box) -> bool:
    return a.x < b.right and b.x < a.right and a.y < b.bottom and b.y < a.bottom


def unplaced(document: LabDocument) -> LabDocument:
    nodes = tuple(node.model_copy(update={"x": None, "y": None}) for node in document.nodes)
    return document.model_copy(update={"nodes": nodes})


@settings(max_examples=100, deadline=None)
@given(documents())
def test_no_two_nodes_overlap(document: LabDocument) -> None:
    document = arrange(unplaced(document))
    found = boxes(document)
    for (i, a), (j, b) in itertools.combinations(found.items(), 2):
        one_in_the_other = host_of(document.nodes[i]) == document.nodes[j].name or host_of(document.nodes[j]) == document.nodes[i].name
        assert one_in_the_other or not meet(a, b), (document.nodes[i].name, document.nodes[j].name)
    assert all(box.x % GRID == 0 and box.y % GRID == 0 for box in found.values())


@settings(max_examples=50, deadline=None)
@given(documents())
def test_arranging_twice_is_arranging_once(document: LabDocument) -> None:
    assert arrange(arrange(document)) == arrange(document)


def test_namespaces_stand_above_their_bridge_and_the_lan_below() -> None:
    document = arrange(
        read(
            """
            nodes:
              - {name: host1, kind: host}
              - {name: ns1, kind: namespace, host: host1}
              - {name: ns2, kind: namespace, host: host1}
              - {name: br0, kind: bridge, host: host1}
              - {name: wire, kind: lan}
            links: [{ends: [host1/ns1, host1/br0]}, {ends: [host1/ns2, host1/br0]}, {ends: [host1, wire]}]
            """
        )
    )
    found = boxes(document)
    assert found[0] == Box(0, 0, 424, 384)
    assert (found[1].y, found[2].y, found[3].y) == (48, 48, 256)
    assert found[4].y > found[0].bottom


def test_what_has_a_place_keeps_it() -> None:
    document = arrange(read("nodes: [{name: a, kind: namespace, x: 5, y: 7.5}, {name: b, kind: namespace}]"))
    assert (document.nodes[0].x, document.nodes[0].y) == (5, 7.5)
    assert not meet(*boxes(document).values())


def test_a_router_stands_below_what_it_joins() -> None:
    document = arrange(
        read(
            """
            nodes: [{name: ns1, kind: namespace}, {name: ns2, kind: namespace}, {name: r, kind: router}]
            links: [{ends: [ns1, r]}, {ends: [ns2, r]}]
            """
        )
    )
    ns1, ns2, router = boxes(document).values()
    assert router.y > ns1.bottom
    assert ns1.x < router.x < ns2.right
