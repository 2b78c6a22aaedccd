"""Positions: whole, apart from one another, the same every time."""

from __future__ import annotations

import itertools
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from labs.document.layout import CARD, GAP, GRID, HOST_MINIMUM, Box, arrange, host_box, node_size
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


@settings(max_examples=100, deadline=None)
@given(documents(), st.data())
def test_what_is_new_in_a_drawing_stands_on_nothing(document: LabDocument, data: st.DataObject) -> None:
    document = arrange(unplaced(document))
    nodes = [node.model_copy(update={"x": None, "y": None}) if data.draw(st.booleans()) else node for node in document.nodes]
    again = arrange(document.model_copy(update={"nodes": tuple(nodes)}))
    found = boxes(again)
    assert all(
        new.x is not None and (old.x is None or (old.x, old.y) == (new.x, new.y)) for old, new in zip(nodes, again.nodes, strict=True)
    )
    new = {i for i, node in enumerate(nodes) if node.x is None and not isinstance(node, Host)}
    solid = {i: box for i, box in found.items() if not isinstance(nodes[i], Host)}
    assert not any(meet(solid[i], box) for i in new for j, box in solid.items() if i != j)


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


def test_what_is_linked_to_nothing_stands_right_below_the_drawing() -> None:
    drawn = "{name: ns1, kind: namespace, x: 320, y: 400}, {name: ns2, kind: namespace, x: 640, y: 400}"
    new = arrange(read(f"nodes: [{drawn}, {{name: ns3, kind: namespace}}]")).nodes[2]
    assert (new.x, new.y) == (320, 400 + CARD[1] + GAP)


def test_a_new_namespace_joins_its_host_beside_what_that_holds() -> None:
    document = arrange(
        read(
            """
            nodes:
              - {name: host1, kind: host}
              - {name: ns1, kind: namespace, host: host1, x: 1000, y: 0}
              - {name: new, kind: namespace, host: host1}
              - {name: host2, kind: host, x: 0, y: 0}
              - {name: right, kind: namespace, x: 1400, y: 0}
            """
        )
    )
    host1, _, new, host2, right = boxes(document).values()
    assert abs(new.x - 1000) <= 300
    assert not meet(host1, host2)
    assert not meet(host1, right)


def test_what_comes_into_empty_hosts_stands_in_them_and_over_nothing() -> None:
    document = arrange(
        read("""
topoweb: 1
name: Hosts above a LAN
nodes:
  - {name: host1, kind: host, interfaces: [{name: eth0}], x: 0, y: 0}
  - {name: host2, kind: host, interfaces: [{name: eth0}], x: 344, y: 0}
  - {name: wire, kind: lan, x: 80, y: 320}
  - {name: br0, kind: bridge, host: host1}
  - {name: ns1, kind: namespace, host: host1, interfaces: [{name: veth-ns1}]}
  - {name: ns1, kind: namespace, host: host2}
links:
  - {ends: ["host1:eth0", wire]}
  - {ends: ["host2:eth0", wire]}
  - {ends: ["host1/ns1:veth-ns1", "host1/br0:veth-ns1-br"]}
""")
    )
    host1, host2, wire, *_ = boxes(document).values()
    assert (host1.right, host1.bottom) == (HOST_MINIMUM[0], HOST_MINIMUM[1])
    assert (host2.x, host2.y) == (344, 0)
    assert not any(meet(a, b) for a, b in itertools.combinations((host1, host2, wire), 2))


def test_what_has_no_place_stands_on_no_note_and_notes_get_one_too() -> None:
    document = arrange(
        read(
            """
            nodes: [{name: a, kind: namespace, x: 0, y: 0}, {name: b, kind: namespace}]
            links: [{ends: [a, b]}]
            notes: [{text: Read me, x: 184, y: 0, width: 400, height: 400}, {text: And me}]
            """
        )
    )
    found = boxes(document)
    note = Box(184, 0, 400, 400)
    assert not meet(found[1], note)
    assert document.notes[1].x is not None
    assert document.notes[1].x > note.right


def test_the_machines_of_a_large_star_stand_as_wide_as_their_bridge() -> None:
    machines = "\n".join(f"  - {{name: ns{n}, kind: namespace}}" for n in range(500))
    links = "\n".join(f"  - {{ends: [ns{n}, br0]}}" for n in range(500))
    found = boxes(arrange(read(f"nodes:\n{machines}\n  - {{name: br0, kind: bridge}}\nlinks:\n{links}\n")))
    bridge = found[500]
    assert len({box.y for box in found.values()}) < 20
    assert all(bridge.x <= box.x and box.right <= bridge.right + CARD[0] for box in found.values())


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
