"""What the rest of a plan means for the text of one of its operations."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from labs.network.operations import AddBridge, AddCard, AddVeth, Operation
from labs.network.state import EMPTY, Card, Interface, NetworkState

# Names of real interfaces: the kernel's, systemd's (systemd.net-naming-scheme(7)), and what other software makes.
_REAL = re.compile(r"(lo|eth|en|wl|ww|ib|sl|usb|bond|team|docker|virbr|tun|tap|wg)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Surroundings:
    cards: frozenset[Interface] = frozenset()
    """The real cards: a script finds them, and what it finds may have its addresses already."""
    in_place: frozenset[Interface] | None = frozenset()
    """Ends of veth pairs that are made where they belong, since their name may be taken in the default namespace. None: all."""

    def made_in_place(self, *ends: Interface) -> bool:
        return self.in_place is None or not self.in_place.isdisjoint(ends)


def surroundings(plan: Iterable[Operation], before: NetworkState = EMPTY) -> Surroundings:
    """The surroundings of the operations of a plan that begins in `before`."""
    plan = tuple(plan)
    made = set(made_by(plan))
    names = {(interface.netns.host, interface.name) for interface in made}
    cards = {op.interface for op in plan if isinstance(op, AddCard)}
    alike = set(made)
    """And those that are there under the same names."""
    for netns, namespace in before.namespaces():
        for name, link in namespace.links.items():  # a large network has many: no Interface is made of most
            if isinstance(link.kind, Card):
                cards.add(Interface(netns, name))
            if (netns.host, name) in names:
                alike.add(Interface(netns, name))
    uses = Counter((interface.netns.host, interface.name) for interface in alike)
    crowded = (i for i in made if uses[i.netns.host, i.name] > 1 or _REAL.match(i.name))
    return Surroundings(frozenset(cards), frozenset(i for i in crowded if i.netns.name))


def made_by(plan: Iterable[Operation]) -> Iterator[Interface]:
    """The interfaces that a plan makes or, where they are cards, finds."""
    for op in plan:
        match op:
            case AddVeth(a, b):
                yield a
                yield b
            case AddBridge(interface) | AddCard(interface):
                yield interface
            case _:
                pass
