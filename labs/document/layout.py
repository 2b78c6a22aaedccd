"""Legible positions for nodes that have none.

Positions are absolute, in canvas pixels, of a node's top left corner, also those of what a host holds: a host is drawn around it.
Sizes and margins are those of the canvas (frontend/src/canvas/geometry.ts).

What belongs together stands in a block: each host, what is in no drawn host, and the LANs below. In a block, machines stand in a row above
the first bridge that they are linked to, or else above their router; such rows stand below one another.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from labs.document.schema import Bridge, Host, Internet, LabDocument, Lan, Node, Router
from labs.document.topology import Topology, host_of

GRID = 8
CARD = (184, 64)
ROUTER = (104, 104)
BRIDGE_HEIGHT, BRIDGE_BASE = 56, 280
LAN_HEIGHT, LAN_BASE = 40, 288
PORT_WIDTH, CROWDED_PORT_WIDTH, ROOMY_PORTS = 56, 11, 24
"""A bridge or LAN grows by a port's width; from so many ports on they stand side by side."""
HOST_LEFT, HOST_TOP, HOST_RIGHT, HOST_BOTTOM = 16, 48, 16, 72
HOST_MINIMUM = (248, 168)

COLUMN, WIDE_COLUMN = 208, 440
"""From a card to the next one beside it: over what joins them, and where links run between them."""
LINK_LENGTH = 144
"""Room for a link between two rows, with its labels."""
GAP = 32
"""Between two hosts."""
ROW = 8
"""Nodes beside one another at most."""


class Box(NamedTuple):
    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height


Places = dict[int, tuple[float, float]]
"""By the node's index."""


def arrange(document: LabDocument) -> LabDocument:
    """The document with a position for every node. Those that have one keep it, and what is placed stands below them."""
    if all(_has_place(node) for node in document.nodes):
        return document
    places = _place(document)
    top = max((box.bottom for box in _drawn(document)), default=-float(GAP)) + GAP
    nodes = [
        node if _has_place(node) else node.model_copy(update={"x": snap(places[i][0]), "y": snap(places[i][1] + top)})
        for i, node in enumerate(document.nodes)
    ]
    return document.model_copy(update={"nodes": tuple(nodes)})


def snap(value: float) -> float:
    return float(round(value / GRID) * GRID)


def _ports_width(ports: int) -> float:
    return PORT_WIDTH * min(ports, ROOMY_PORTS) + CROWDED_PORT_WIDTH * max(0, ports - ROOMY_PORTS)


def node_size(node: Node, ports: int) -> tuple[float, float]:
    """Width and height; a host's is that of an empty one, see `host_box`."""
    match node:
        case Router():
            return ROUTER
        case Bridge():
            return BRIDGE_BASE + _ports_width(ports), BRIDGE_HEIGHT
        case Lan():
            return LAN_BASE + _ports_width(ports), LAN_HEIGHT
        case Host():
            return HOST_MINIMUM
        case _:
            return CARD


def host_box(x: float, y: float, members: Sequence[Box]) -> Box:
    """A host's outline: around what it holds, with room for its name above and its routes below; at its own place while it is empty."""
    if not members:
        return Box(x, y, *HOST_MINIMUM)
    left = min(box.x for box in members) - HOST_LEFT
    top = min(box.y for box in members) - HOST_TOP
    right = max(box.right for box in members) + HOST_RIGHT
    bottom = max(box.bottom for box in members) + HOST_BOTTOM
    return Box(left, top, max(right - left, HOST_MINIMUM[0]), max(bottom - top, HOST_MINIMUM[1]))


def _has_place(node: Node) -> bool:
    return node.x is not None and node.y is not None


def _drawn(document: LabDocument) -> Iterable[Box]:
    """The boxes of the nodes that have a place, hosts around theirs."""
    ports = _ports(Topology(document))
    members: defaultdict[str | None, list[Box]] = defaultdict(list)
    for i, node in enumerate(document.nodes):
        if node.x is not None and node.y is not None and not isinstance(node, Host):
            members[host_of(node)].append(Box(node.x, node.y, *node_size(node, ports[i])))
    for node in document.nodes:
        if isinstance(node, Host) and (members[node.name] or _has_place(node)):
            yield host_box(node.x or 0, node.y or 0, members[node.name])
    yield from members[None]


def _ports(topology: Topology) -> Counter[int]:
    return Counter(end.node_index for ends in topology.links for end in ends if end.node_index is not None)


def _place(document: LabDocument) -> Places:
    """Places for all nodes, from (0, 0)."""
    topology = Topology(document)
    places: Places = {}
    right = bottom = 0.0
    for i, node in enumerate(document.nodes):
        if isinstance(node, Host):
            boxes = _block(topology, node.name, right + HOST_LEFT, HOST_TOP)
            outline = host_box(right, 0, list(boxes.values()))
            places |= {i: (right, 0.0)} | {member: (box.x, box.y) for member, box in boxes.items()}
            right, bottom = outline.right + GAP, max(bottom, outline.bottom)
    boxes = _block(topology, None, right, 0)
    places |= {member: (box.x, box.y) for member, box in boxes.items()}
    right = max([right - GAP, *(box.right for box in boxes.values())])
    bottom = max([bottom, *(box.bottom for box in boxes.values())])
    return places | _media(topology, right, bottom + LINK_LENGTH if places else 0)


def _block(topology: Topology, host: str | None, x: float, y: float) -> dict[int, Box]:
    """What a host holds: bridges, and then routers, each below the machines that are linked to it and stand nowhere yet; then the rest."""
    nodes, ports = topology.document.nodes, _ports(topology)
    members = [i for i, node in enumerate(nodes) if host_of(node) == host and not isinstance(node, (Host, Lan, Internet))]
    boxes: dict[int, Box] = {}
    hubs = [i for i in members if isinstance(nodes[i], Bridge)]
    waiting = dict.fromkeys(i for i in members if i not in hubs)
    hubs += [i for i in waiting if isinstance(nodes[i], Router)]
    for hub in hubs:
        near = [i for i in _neighbours(topology, hub) if i in waiting]
        if isinstance(nodes[hub], Router) and (hub not in waiting or not near):
            continue
        for i in (hub, *near):
            waiting.pop(i, None)
        y = _row(boxes, nodes, near, x, y, COLUMN)
        width, height = node_size(nodes[hub], ports[hub])
        middle = (boxes[near[0]].x + boxes[near[-1]].right - width) / 2 if isinstance(nodes[hub], Router) else x
        boxes[hub] = Box(middle, y, width, height)
        y += height + LINK_LENGTH
    _row(boxes, nodes, list(waiting), x, y, WIDE_COLUMN)
    return boxes


def _neighbours(topology: Topology, index: int) -> list[int]:
    """The nodes at the other ends of a node's links, in the order of the links."""
    pairs = [pair for ends in topology.links for pair in (ends, ends[::-1]) if pair[0].node_index == index]
    return list(dict.fromkeys(other.node_index for _, other in pairs if other.node_index is not None))


def _row(boxes: dict[int, Box], nodes: Sequence[Node], members: Sequence[int], x: float, y: float, column: int) -> float:
    """Place nodes beside one another, in several rows where they are many; returns where the next row begins."""
    for start in range(0, len(members), ROW):
        row = members[start : start + ROW]
        for n, i in enumerate(row):
            width, height = node_size(nodes[i], 0)
            boxes[i] = Box(x + n * column + (CARD[0] - width) / 2, y, width, height)
        y = max(boxes[i].bottom for i in row) + LINK_LENGTH
    return y


def _media(topology: Topology, width: float, y: float) -> Places:
    """LANs and the internet below one another, in the middle."""
    nodes, ports = topology.document.nodes, _ports(topology)
    places: Places = {}
    for i, node in enumerate(nodes):
        if isinstance(node, (Lan, Internet)):
            own, height = node_size(node, ports[i])
            places[i] = max(0.0, (width - own) / 2), y
            y += height + LINK_LENGTH
    return places
