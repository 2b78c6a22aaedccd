"""Legible positions for nodes that have none.

Positions are absolute, in canvas pixels, of a node's top left corner, also those of what a host holds: a host is drawn around it.
Sizes and margins are those of the canvas (frontend/src/canvas/geometry.ts).

What belongs together stands in a block: each host, what is in no drawn host, and the LANs below. In a block, machines stand in a row above
the first bridge that they are linked to, or else above their router; such rows stand below one another. Notes stand at the right.

In a drawing that has places, what comes into an empty host stands in it, and a few other nodes that come without stand beside what they
are in or linked to. What finds no room there, or is a drawing of its own, stands below.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, TypeVar

from labs.document.schema import Bridge, Host, Internet, LabDocument, Lan, Node, Note, Router
from labs.document.topology import Topology, host_of

GRID = 8
CARD = (184, 64)
ROUTER = (104, 104)
BRIDGE_HEIGHT, BRIDGE_BASE = 56, 280
LAN_HEIGHT, LAN_BASE = 40, 288
PORT_WIDTH, CROWDED_PORT_WIDTH, ROOMY_PORTS = 56, 11, 24
"""A bridge or LAN grows by a port's width; from so many ports on they stand side by side."""
HOST_LEFT, HOST_TOP, HOST_RIGHT, HOST_BOTTOM = 16, 48, 16, 72
HOST_MINIMUM = (312, 176)
"""Room for a bridge."""
NOTE = (200, 112)

COLUMN, WIDE_COLUMN = 208, 440
"""From a card to the next one beside it: over what joins them, and where links run between them."""
LINK_LENGTH = 144
"""Room for a link between two rows, with its labels."""
GAP = 32
"""Between two hosts."""
ROW = 8
"""Nodes beside one another at most, or as many as their bridge is wide."""
WIDE_ROW = 4
FEW, RINGS = 48, 6
"""So many nodes look for room beside what is drawn, and so far around it."""


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
    """The document with a position for every node and note. Those that have one keep it."""
    if all(_has_place(part) for part in (*document.nodes, *document.notes)):
        return document
    document = document.model_copy(update={"nodes": tuple(_inside(document))})
    nodes = _beside(document)
    document = document.model_copy(update={"nodes": tuple(nodes)})
    drawn = _Drawing(document)
    places = {} if all(map(_has_place, nodes)) else _place(document)
    left, top = _shift(list(drawn.outlines()), [places[i] for i, node in enumerate(nodes) if not _has_place(node)])
    nodes = [node if _has_place(node) else _put(node, places[i][0] + left, places[i][1] + top) for i, node in enumerate(nodes)]
    return _place_notes(document.model_copy(update={"nodes": tuple(nodes)}))


def _shift(drawn: Sequence[Box], new: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """By how much new places move, to stand right below what is drawn."""
    if not drawn or not new:
        return 0, 0
    left, top = min(box.x for box in drawn), max(box.bottom for box in drawn) + GAP
    return left - min(x for x, _ in new), top - min(y for _, y in new)


_Part = TypeVar("_Part", Node, Note)


def _has_place(part: Node | Note) -> bool:
    return part.x is not None and part.y is not None


def _put(part: _Part, x: float, y: float) -> _Part:
    return part.model_copy(update={"x": snap(x), "y": snap(y)})


def _place_notes(document: LabDocument) -> LabDocument:
    """Notes below one another, right of everything."""
    outlines = list(_Drawing(document).outlines())
    x, y = max((box.right for box in outlines), default=-float(GAP)) + GAP, min((box.y for box in outlines), default=0.0)
    notes = []
    for note in document.notes:
        if not _has_place(note):
            note = _put(note, x, y)
            y += _note_box(note).height + GAP
        notes.append(note)
    return document.model_copy(update={"notes": tuple(notes)})


def _inside(document: LabDocument) -> list[Node]:
    """The nodes, of which those of a host that was empty stand in it: it grows from one of its corners, over nothing else."""
    nodes = list(document.nodes)
    topology = Topology(document)
    for host in document.nodes:
        if not isinstance(host, Host) or not _has_place(host):
            continue
        boxes = _block(topology, host.name, 0, 0)
        drawing = _Drawing(document.model_copy(update={"nodes": tuple(nodes)}))
        if not boxes or drawing.members[host.name]:
            continue
        for left, top in _grown(host, boxes.values()):
            moved = {i: box._replace(x=snap(box.x + left), y=snap(box.y + top)) for i, box in boxes.items()}
            if drawing.has_room(_bounds(moved.values()), host.name):
                for i, box in moved.items():
                    nodes[i] = _put(nodes[i], box.x, box.y)
                break
    return nodes


def _grown(host: Host, members: Iterable[Box]) -> Iterator[tuple[float, float]]:
    """By how much members move to be in a host, of which one corner after the other keeps its place."""
    old, new = Box(host.x or 0, host.y or 0, *HOST_MINIMUM), host_box(0, 0, list(members))
    for top in (old.y, old.bottom - new.height):
        for left in (old.x, old.right - new.width):
            yield left - new.x, top - new.y


def _bounds(boxes: Iterable[Box]) -> Box:
    """Around all of them."""
    boxes = list(boxes)
    left, top = min(box.x for box in boxes), min(box.y for box in boxes)
    return Box(left, top, max(box.right for box in boxes) - left, max(box.bottom for box in boxes) - top)


def _beside(document: LabDocument) -> list[Node]:
    """The nodes, of which a few new ones in a drawing stand right of or below what they are in or linked to, where nothing else stands."""
    nodes = list(document.nodes)
    new = [i for i, node in enumerate(nodes) if not _has_place(node) and not isinstance(node, Host)]
    if len(new) > FEW or len(new) == len(nodes):
        return nodes
    topology = Topology(document)
    for i in new:
        near = _relative(topology, nodes, i)
        if near is None:
            continue
        drawing = _Drawing(document.model_copy(update={"nodes": tuple(nodes)}))
        size = node_size(nodes[i], drawing.ports[i])
        free = (place for place in _around(nodes[near], size) if drawing.has_room(Box(*place, *size), host_of(nodes[i])))
        place = next(free, None)
        if place is not None:
            nodes[i] = _put(nodes[i], *place)
    return nodes


def _relative(topology: Topology, nodes: Sequence[Node], index: int) -> int | None:
    """A node that has a place and is linked to the given one, or else in its host; in its host alone, if it is in one."""
    host = host_of(nodes[index])
    kin = [*_neighbours(topology, index), *(i for i, node in enumerate(nodes) if host is not None and host_of(node) == host)]
    return next((i for i in kin if _has_place(nodes[i]) and host in (None, host_of(nodes[i]))), None)


def _around(node: Node, size: tuple[float, float]) -> Iterator[tuple[float, float]]:
    for ring in range(1, RINGS + 1):
        for column in range(ring, -1, -1):
            yield snap((node.x or 0) + column * (size[0] + GAP)), snap((node.y or 0) + (ring - column) * (size[1] + LINK_LENGTH))


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
    inside = _bounds(members)
    width = inside.width + HOST_LEFT + HOST_RIGHT
    height = inside.height + HOST_TOP + HOST_BOTTOM
    return Box(inside.x - HOST_LEFT, inside.y - HOST_TOP, max(width, HOST_MINIMUM[0]), max(height, HOST_MINIMUM[1]))


def _note_box(note: Note) -> Box:
    return Box(note.x or 0, note.y or 0, note.width or NOTE[0], note.height or NOTE[1])


class _Drawing:
    """The boxes of what has a place, hosts around what they hold."""

    def __init__(self, document: LabDocument) -> None:
        self.ports = _ports(Topology(document))
        self.notes = [_note_box(note) for note in document.notes if _has_place(note)]
        self.members: defaultdict[str | None, list[Box]] = defaultdict(list)
        for i, node in enumerate(document.nodes):
            if node.x is not None and node.y is not None and not isinstance(node, Host):
                self.members[host_of(node)].append(Box(node.x, node.y, *node_size(node, self.ports[i])))
        self.hosts = {
            node.name: host_box(node.x or 0, node.y or 0, self.members[node.name])
            for node in document.nodes
            if isinstance(node, Host) and (self.members[node.name] or _has_place(node))
        }

    def outlines(self) -> Iterator[Box]:
        yield from self.hosts.values()
        yield from self.members[None]
        yield from self.notes

    def has_room(self, box: Box, host: str | None) -> bool:
        """Whether a node may stand there: apart from the others of its host, which does not grow over anything."""
        siblings = self.members[host]
        outline = box if host is None else host_box(0, 0, [*siblings, box])
        strangers = [*self.notes, *(other for name, other in self.hosts.items() if name != host), *(self.members[None] if host else ())]
        return not any(_near(box, other) for other in siblings) and not any(_near(outline, other) for other in strangers)


def _near(a: Box, b: Box) -> bool:
    """Whether two boxes are closer to each other than a gap."""
    return a.x < b.right + GAP and b.x < a.right + GAP and a.y < b.bottom + GAP and b.y < a.bottom + GAP


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
        width, height = node_size(nodes[hub], ports[hub])
        y = _row(boxes, nodes, near, x, y, COLUMN, max(ROW, int(width / COLUMN)))
        middle = (boxes[near[0]].x + boxes[near[-1]].right - width) / 2 if isinstance(nodes[hub], Router) else x
        boxes[hub] = Box(middle, y, width, height)
        y += height + LINK_LENGTH
    _row(boxes, nodes, _in_order_of_links(topology, waiting), x, y, WIDE_COLUMN, WIDE_ROW)
    return boxes


def _in_order_of_links(topology: Topology, members: Iterable[int]) -> list[int]:
    """Nodes that are linked come one after the other."""
    waiting, ordered = dict.fromkeys(members), []
    while waiting:
        found = [next(iter(waiting))]
        while found:
            index = found.pop()
            if index in waiting:
                del waiting[index]
                ordered.append(index)
                found += reversed([i for i in _neighbours(topology, index) if i in waiting])
    return ordered


def _neighbours(topology: Topology, index: int) -> list[int]:
    """The nodes at the other ends of a node's links, in the order of the links."""
    pairs = [pair for ends in topology.links for pair in (ends, ends[::-1]) if pair[0].node_index == index]
    return list(dict.fromkeys(other.node_index for _, other in pairs if other.node_index is not None))


def _row(
    boxes: dict[int, Box], nodes: Sequence[Node], members: Sequence[int], x: float, y: float, column: int, longest: int = ROW
) -> float:
    """Place nodes beside one another, in several rows where they are many; returns where the next row begins."""
    for start in range(0, len(members), longest):
        row = members[start : start + longest]
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
