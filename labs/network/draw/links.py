"""Which links a drawing has, and what each end of them is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from labs.document import schema
from labs.document.topology import LinkEnd, Topology, path_of
from labs.network.compile import netem_of
from labs.network.draw.nodes import Nodes
from labs.network.draw.parts import changed, part
from labs.network.ordering import interface_key, veth_ends
from labs.network.state import DEFAULT_MTU, Card, Interface, Link, Netem, Netns, NetworkState, Veth

Joint = tuple[Interface, Interface | str]
"""The ends of a veth pair, or a card and its LAN."""
_Key = frozenset[Interface]


class Cables:
    def __init__(self, state: NetworkState, topology: Topology, nodes: Nodes) -> None:
        self._state = state
        self._nodes = nodes
        self.links: list[schema.Link] = []
        self.ends: dict[Interface, schema.Link] = {}
        """The link that is drawn at an interface."""
        self.listed: defaultdict[Netns, set[str]] = defaultdict(set)
        """The interfaces that their nodes list: all but the ports of bridges."""
        self.ports: defaultdict[Interface, set[str]] = defaultdict(set)
        """Of each bridge."""
        self._lay(topology)
        for interface, link in state.links():
            if _is_unplugged(link) and isinstance(nodes.get(interface.netns), schema.Host):
                self.listed[interface.netns].add(interface.name)

    def _lay(self, topology: Topology) -> None:
        missing = {_key(joint): joint for joint in sorted(self._joints(), key=lambda joint: interface_key(joint[0]))}
        for link, ends in zip(topology.document.links, topology.links, strict=True):
            joint = missing.pop(frozenset(filter(None, map(_interface, ends))), None)
            if joint is not None:
                self._draw(link, self._in_order(joint, ends[0]))
            elif self._stays(ends):
                self._keep(link, ends)
        for a, b in missing.values():
            self._draw(None, (a, b))

    def _joints(self) -> Iterator[Joint]:
        for interface, link in self._state.links():
            match link.kind:
                case Veth(peer) if veth_ends(interface, peer)[0] == interface and self._is_peer(interface, peer):
                    yield interface, peer
                case Card(str(lan)) if self._nodes.get(lan) and isinstance(self._nodes.get(interface.netns), schema.Host):
                    yield interface, lan

    def _is_peer(self, interface: Interface, peer: Interface) -> bool:
        link = self._state.link(peer)
        return link is not None and link.kind == Veth(interface)

    @staticmethod
    def _in_order(joint: Joint, first: LinkEnd) -> tuple[Interface | str, Interface | str]:
        """The ends in the order in which the document has them."""
        a, b = joint
        return (a, b) if a == _interface(first) or (isinstance(b, Interface) and b != _interface(first)) else (b, a)

    def _draw(self, link: schema.Link | None, ends: tuple[Interface | str, Interface | str]) -> None:
        """A link as the state has it. Nothing where an end cannot be drawn."""
        texts = tuple(map(self._text, ends))
        if None in texts:
            return
        interfaces = [end for end in ends if isinstance(end, Interface)]
        drawn = changed(link, ends=texts) if link else part(schema.Link, ends=texts)
        if drawn is None or drawn.ends != texts:
            return
        drawn = changed(drawn, **self._values(drawn, interfaces, is_new=link is None))
        self.links.append(drawn)
        for interface in interfaces:
            self.ends[interface] = drawn
            bridge = self.bridge(interface)
            if bridge:
                self.ports[bridge].add(interface.name)
            elif self._nodes.get(interface.netns):
                self.listed[interface.netns].add(interface.name)

    def _text(self, end: Interface | str) -> str | None:
        if isinstance(end, str):
            return end
        bridge = self.bridge(end)
        node = self._nodes.get(bridge) if bridge else None
        path = path_of(node) if node else self._nodes.path(end.netns)
        return path and f"{path}:{end.name}"

    def bridge(self, interface: Interface) -> Interface | None:
        """The bridge that an interface is drawn as a port of."""
        link = self._state.link(interface)
        if link is None or link.master is None or not isinstance(link.kind, Veth):
            return None
        bridge = Interface(interface.netns, link.master)
        return bridge if self._nodes.get(bridge) else None

    # What is in no state: links to the internet, and those that are half drawn

    def _stays(self, ends: Sequence[LinkEnd]) -> bool:
        kinds = [type(end.node) for end in ends]
        if schema.Internet not in kinds and all(end.exists for end in ends) and any(end.netns for end in ends):
            return False
        return all(self._end_stays(end) for end in ends)

    def _end_stays(self, end: LinkEnd) -> bool:
        if end.node is not None and not self._nodes.has(end.node):
            return False
        interface = _interface(end)
        if interface is None:
            return True
        link = self._state.link(interface)
        is_card = not interface.netns.name and not isinstance(end.node, schema.Bridge)
        return link is not None and _is_unplugged(link) if is_card else link is None

    def _keep(self, link: schema.Link, ends: Sequence[LinkEnd]) -> None:
        interfaces = [interface for end in ends if (interface := _interface(end))]
        seen = [interface for interface in interfaces if self._state.link(interface)]
        if seen:
            link = changed(link, **self._values(link, seen, is_new=False))
        self.links.append(link)
        for interface, end in ((_interface(end), end) for end in ends):
            if interface:
                self.ends[interface] = link
                if not isinstance(end.node, schema.Bridge) and end.node is not None:
                    self.listed[interface.netns].add(interface.name)

    # Attributes

    def _values(self, drawn: schema.Link, interfaces: Sequence[Interface], *, is_new: bool) -> dict[str, Any]:
        links = [link for interface in interfaces if (link := self._state.link(interface))]
        spoken_for = [self._state.link(interface) for interface in interfaces if not self._is_listed(interface)]
        unlisted = [link for link in spoken_for if link]
        """Ends of which the document says nothing but what it says of the link."""
        return {"up": _is_up(unlisted, links, drawn.up and not is_new), "mtu": _mtu(drawn, unlisted, links if is_new else ())} | _netem(
            drawn, links
        )

    def _is_listed(self, interface: Interface) -> bool:
        return self.bridge(interface) is None and self._nodes.get(interface.netns) is not None


def _is_unplugged(link: Link) -> bool:
    return isinstance(link.kind, Card) and link.kind.lan is None


def _key(joint: Joint) -> _Key:
    return frozenset(end for end in joint if isinstance(end, Interface))


def _interface(end: LinkEnd) -> Interface | None:
    return Interface(end.netns, end.interface) if end.netns and end.interface else None


def _is_up(unlisted: Sequence[Link], links: Sequence[Link], if_all_are_down: bool) -> bool:
    """Whether a link is drawn as up. Where all ends are down that speak for themselves, it may be the link or each of them."""
    if unlisted:
        return all(link.up for link in unlisted)
    return any(link.up for link in links) or if_all_are_down


def _mtu(drawn: schema.Link, unlisted: Sequence[Link], new: Sequence[Link]) -> int | None:
    """What a link says of the MTU: what must be said here, what is said already, or what both ends of a new one have."""
    if unlisted:
        wanted = unlisted[0].mtu
        return drawn.mtu if (drawn.mtu or DEFAULT_MTU) == wanted else wanted
    alike = len({link.mtu for link in new}) == 1
    return new[0].mtu if alike and new[0].mtu != DEFAULT_MTU else drawn.mtu


def _netem(drawn: schema.Link, links: Sequence[Link]) -> dict[str, Any]:
    wanted = next((link.netem for link in links if link.netem), None)
    if netem_of(drawn) == wanted:
        return {}
    netem = wanted or Netem()
    return {"delay": netem.delay or None, "jitter": netem.jitter or None, "loss": netem.loss or None, "rate": netem.rate or None}
