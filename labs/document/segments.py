"""Layer 2: which interfaces hear each other's broadcasts."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass

from labs.document.netns import Netns
from labs.document.schema import Bridge, LabDocument, Lan
from labs.document.topology import Device, LinkEnd, Topology


@dataclass(frozen=True, slots=True)
class Segment:
    """The interfaces that veth pairs, bridges and a LAN join, whether these are up or not."""

    devices: tuple[Device, ...]


def segments(document: LabDocument) -> list[Segment]:
    """The segments of a complete document, in the order in which it names their first interfaces."""
    topology = Topology(document)
    return find_segments(topology, list(topology.devices()))


def find_segments(topology: Topology, devices: Iterable[Device]) -> list[Segment]:
    groups = Groups()
    for a, b in _joints(topology):
        groups.join(a, b)
    members: dict[Hashable, list[Device]] = {}
    for device in devices:
        members.setdefault(groups.of((device.netns, device.name)), []).append(device)
    return [Segment(tuple(found)) for found in members.values()]


def _joints(topology: Topology) -> Iterator[tuple[Hashable, Hashable]]:
    for ends in topology.links:
        keys = [_key(end) for end in ends]
        if keys[0] is not None and keys[1] is not None:
            yield keys[0], keys[1]
        for end, key in zip(ends, keys, strict=True):
            if isinstance(end.node, Bridge) and key is not None:
                yield key, (Netns(end.node.host or "", end.node.in_ or ""), end.node.name)


def _key(end: LinkEnd) -> Hashable:
    if isinstance(end.node, Lan):
        return end.text
    return (end.netns, end.interface) if end.netns and end.interface else None


class Groups:
    """Disjoint sets (union-find with path halving)."""

    def __init__(self) -> None:
        self._parents: dict[Hashable, Hashable] = {}

    def of(self, member: Hashable) -> Hashable:
        """The set's representative."""
        parents = self._parents
        while (parent := parents.get(member, member)) != member:
            parents[member] = member = parents.get(parent, parent)
        return member

    def join(self, a: Hashable, b: Hashable) -> bool:
        """Make one set of two; False where they are one already."""
        a, b = self.of(a), self.of(b)
        self._parents[b] = a
        return a != b
