"""Names for what a drawing leaves unnamed, as a textbook would choose them.

An end in `ns1` is `veth-ns1`, the other end of that cable `veth-ns1-br` at a bridge, `veth-ns1-router` at a router, `veth-ns1-host` in a
host's default namespace. Between two namespaces they are `veth-ns1` and `veth-ns2`, between two routers or bridges `veth-r1-r2` and
`veth-r2-r1`; a host's card on a LAN is `eth0`. A name is unique in its host, so that a pair can be made in one namespace and moved.
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Callable

from labs.document.netns import IMPLIED_HOST
from labs.document.schema import Bridge, Host, Interface, LabDocument, Lan, Namespace, Router
from labs.document.topology import LinkEnd, Topology
from labs.document.values import INTERFACE_NAME_BYTES, End

PREFIX = "veth-"
FAR_SUFFIXES = {0: ("",), 1: ("-host", "-h"), 2: ("-router", "-r"), 3: ("-br", "-b")}
"""What the name of a cable's end at its larger node ends with, by that node's rank; the second where the first does not fit."""

Template = Callable[[int], str]
"""The n-th name in a style, from 0: `veth-ns1`, `veth-ns1-2`, …"""


def complete(document: LabDocument) -> LabDocument:
    """The document with every end of every link named, and every end's interface listed on its host, namespace or router.

    Names that are there stay, and a link to nowhere waits. Completing twice is completing once.
    """
    return completed(document).document


def completed(document: LabDocument) -> Topology:
    """The complete document, looked up."""
    topology = Topology(document)
    for step in (_name_ends, _list_interfaces):
        document = step(topology)
        if document is not topology.document:
            topology = Topology(document)
    return topology


def _name_ends(topology: Topology) -> LabDocument:
    waiting = [i for i, ends in enumerate(topology.links) if _waits_for_names(*ends)]
    if not waiting:
        return topology.document
    links, names = list(topology.document.links), _Names(topology)
    for i in waiting:
        ends = topology.links[i]
        a, b = names.name(ends)
        links[i] = links[i].model_copy(update={"ends": (str(End(ends[0].text, a)), str(End(ends[1].text, b)))})
    return topology.document.model_copy(update={"links": tuple(links)})


def _waits_for_names(a: LinkEnd, b: LinkEnd) -> bool:
    return a.exists and b.exists and not (a.is_named and b.is_named)


def _list_interfaces(topology: Topology) -> LabDocument:
    document = topology.document
    missing: defaultdict[int, list[Interface]] = defaultdict(list)
    listed = {
        (i, each.name) for i, node in enumerate(document.nodes) if isinstance(node, (Host, Namespace, Router)) for each in node.interfaces
    }
    for end in itertools.chain.from_iterable(topology.links):
        if end.node_index is None or not end.interface or not isinstance(end.node, (Host, Namespace, Router)):
            continue
        if (end.node_index, end.interface) not in listed:
            listed.add((end.node_index, end.interface))
            missing[end.node_index].append(Interface(name=end.interface))
    if not missing:
        return document
    nodes = list(document.nodes)
    for i, interfaces in missing.items():
        node = nodes[i]
        if isinstance(node, (Host, Namespace, Router)):
            nodes[i] = node.model_copy(update={"interfaces": (*node.interfaces, *interfaces)})
    return document.model_copy(update={"nodes": tuple(nodes)})


class _Names:
    """The names that are taken, by host, while a document is completed."""

    def __init__(self, topology: Topology) -> None:
        self._taken: defaultdict[str, set[str]] = defaultdict(set)
        self._idle: defaultdict[int, list[str]] = defaultdict(list)
        self._next: dict[tuple[tuple[str, str], ...], int] = {}
        for device in topology.devices():
            self._taken[device.netns.host].add(device.name)
            if device.node is not None and device.link is None and not device.is_bridge:
                self._idle[device.node].append(device.name)
        for end in itertools.chain.from_iterable(topology.links):
            if end.netns and end.interface:
                self._taken[end.netns.host].add(end.interface)

    def name(self, ends: tuple[LinkEnd, LinkEnd]) -> tuple[str | None, str | None]:
        """Names for both ends; those that they have stay. None where an end takes none: at a LAN, or at nothing."""
        found = [end.interface or self._idle_interface(end, other) for end, other in (ends, ends[::-1])]
        templates = _templates(ends)
        wanted = {i: (end.netns.host, templates[i]) for i, end in enumerate(ends) if end.netns and not found[i]}
        alike = _rank(ends[0]) == _rank(ends[1])
        for group in [[i] for i in wanted] if alike else [list(wanted)]:
            for i, name in zip(group, self._first_free([wanted[i] for i in group]), strict=True):
                found[i] = name
        return found[0], found[1]

    def _idle_interface(self, end: LinkEnd, other: LinkEnd) -> str | None:
        """The first interface listed on the end's node at which no link ends: it was listed to be linked. A host's are its cards."""
        if end.node_index is None or (isinstance(end.node, Host) and not isinstance(other.node, Lan)):
            return None
        idle = self._idle[end.node_index]
        return idle.pop(0) if idle else None

    def _first_free(self, wanted: list[tuple[str, Template]]) -> list[str]:
        """The first number at which all of these names are free in their hosts. They are taken then."""
        start = tuple((host, template(0)) for host, template in wanted)
        for n in itertools.count(self._next.get(start, 0)):
            names = [(host, template(n)) for host, template in wanted]
            if len(set(names)) == len(names) and not any(name in self._taken[host] for host, name in names):
                break
        self._next[start] = n + 1
        for host, name in names:
            self._taken[host].add(name)
        return [name for _, name in names]


def _rank(end: LinkEnd) -> int:
    """How much a node is one that others are plugged into."""
    match end.node:
        case Namespace():
            return 0
        case Host():
            return 1
        case Router():
            return 2
        case Bridge():
            return 3
        case _:
            return 1 if end.is_implied_host else -1


def _templates(ends: tuple[LinkEnd, LinkEnd]) -> tuple[Template, Template]:
    a, b = ends
    rank_a, rank_b = _rank(a), _rank(b)
    if rank_a > rank_b:
        return _templates((b, a))[::-1]
    if rank_a == -1:
        return _leaf(_name(a)), (_far(_name(a), rank_b) if rank_b == 3 else _card)
    if rank_a < rank_b:
        return _leaf(_name(a)), _far(_name(a), rank_b)
    if rank_a == 0:
        return _leaf(_name(a)), _leaf(_name(b))
    return _between(_name(a), _name(b)), _between(_name(b), _name(a))


def _name(end: LinkEnd) -> str:
    return end.node.name if end.node else end.text.rpartition("/")[2] or IMPLIED_HOST


def _card(n: int) -> str:
    return f"eth{n}"


def _leaf(name: str) -> Template:
    return lambda n: _fit(name, n, ("",))


def _far(leaf: str, rank: int) -> Template:
    return lambda n: _fit(leaf, n, FAR_SUFFIXES[rank])


def _between(near: str, far: str) -> Template:
    return lambda n: _fit(near, n, (f"-{far}", f"-{_shorten(far, 3)}"))


def _fit(name: str, n: int, suffixes: tuple[str, ...]) -> str:
    """`veth-`, the name, a number from the second on, and the first suffix that fits, else the last and a shorter name."""
    number = f"-{n + 1}" if n else ""
    for suffix in suffixes:
        room = INTERFACE_NAME_BYTES - len(PREFIX) - len(number) - len(suffix)
        if len(name) <= room:
            return PREFIX + name + number + suffix
    return PREFIX + _shorten(name, room) + number + suffix


def _shorten(name: str, room: int) -> str:
    """At most `room` bytes of a name: its head, and the number at its end where it has one."""
    room = max(room, 0)
    if len(name) <= room:
        return name
    digits = re.search(r"[0-9]*$", name)
    tail = digits.group() if digits and len(digits.group()) < room else ""
    return name[: room - len(tail)].rstrip("-._") + tail
