"""What differs between two states: namespaces, links, and which of the links that go must go first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from labs.document.problems.links import BRIDGE_PORTS
from labs.document.routing import CONNECTED_METRICS
from labs.network.ordering import natural, netns_key
from labs.network.ports import smallest_port_mtus
from labs.network.rerouting import lasting
from labs.network.state import BARE, DEFAULT_MTU, Bridge, Interface, Link, Namespace, Netns, NetworkState, Prefix, Route, Veth


class KeptLink(NamedTuple):
    """A link that is there and stays, as it is and as it should be."""

    interface: Interface
    before: Link
    wanted: Link


class Changed:
    """A namespace that is to differ from what it is, or that is new."""

    def __init__(self, netns: Netns, before: Namespace | None, wanted: Namespace) -> None:
        self.netns = netns
        self.before = before or BARE
        self.wanted = wanted
        self.links = self._changed_links()
        """Those wanted that are to differ or are new, and the bridges, which follow their ports; in order."""
        self.removed = self._removed_links() if self.before.links else ()
        """Those that go, or that must be made anew because their kind or peer differs."""

    def _changed_links(self) -> tuple[tuple[Interface, Link], ...]:
        before, wanted = self.before.links, self.wanted.links
        changed = [name for name, link in wanted.items() if before.get(name) != link or isinstance(link.kind, Bridge)]
        if len(changed) > 1:  # most namespaces have a single link, and large networks many namespaces
            changed.sort(key=natural)
        return tuple([(Interface(self.netns, name), wanted[name]) for name in changed])

    def _removed_links(self) -> tuple[Interface, ...]:
        before = self.before.links
        gone = [Interface(self.netns, name) for name in before.keys() - self.wanted.links.keys()]
        return (*gone, *[end for end, link in self.links if end.name in before and not is_same_link(before[end.name], link)])

    @cached_property
    def new_routes(self) -> set[tuple[Prefix, int]]:
        """Destination and metric of the routes that are to be added: the kernel takes each pair once."""
        return {(route.to, route.metric) for route in self.wanted.routes - self.before.routes}

    @cached_property
    def lasting_routes(self) -> set[Route]:
        """The routes that go once others to the same destination are there."""
        return lasting(self.before, self.wanted)

    @cached_property
    def port_mtus(self) -> dict[str, int]:
        """The MTU that the ports of each bridge are to give it."""
        return smallest_port_mtus(self.wanted.links)

    @cached_property
    def crowded(self) -> set[str]:
        """The bridges that have no room for their new ports beside the old ones."""
        before, wanted = self.before.links, self.wanted.links
        count = Counter(link.master for link in wanted.values() if link.master)
        count.update(
            link.master for name, link in before.items() if link.master and (name not in wanted or wanted[name].master != link.master)
        )
        return {bridge for bridge, ports in count.items() if ports > BRIDGE_PORTS}


class Comparison:
    def __init__(self, current: NetworkState, desired: NetworkState) -> None:
        self.current = current
        self.desired = desired
        self.changed = {netns: self._changed(netns) for netns in sorted(_differing(desired, current), key=netns_key)}
        self.gone = sorted(_missing(current, desired), key=netns_key)
        """The namespaces that go."""
        removed = [link for changed in self.changed.values() for link in changed.removed]
        removed += [Interface(netns, name) for netns in self.gone for name in current.hosts[netns.host].namespaces[netns.name].links]
        self.removed_first = {link for link in removed if self._is_in_the_way(link)}
        """The links that must go before what is new comes."""
        self.removed_last = set(removed) - self.removed_first
        self.kept_links = list(self._kept_links())

    def _changed(self, netns: Netns) -> Changed:
        return Changed(netns, self.current.namespace(netns), self.desired.hosts[netns.host].namespaces[netns.name])

    def _kept_links(self) -> Iterator[KeptLink]:
        for changed in self.changed.values():
            if not changed.before.links:
                continue
            for interface, wanted in changed.links:
                before = changed.before.links.get(interface.name)
                if before is not None and is_same_link(before, wanted):
                    yield KeptLink(interface, before, wanted)

    def mtu_of_ports(self, bridge: Interface) -> int:
        """The MTU that the ports of a bridge in a namespace that changes are to give it."""
        return self.changed[bridge.netns].port_mtus.get(bridge.name, DEFAULT_MTU)

    def _is_in_the_way(self, interface: Interface) -> bool:
        kind = self._before(interface).kind
        return self._end_is_in_the_way(interface) or (isinstance(kind, Veth) and self._end_is_in_the_way(kind.peer))

    def _end_is_in_the_way(self, end: Interface) -> bool:
        changed = self.changed.get(end.netns)
        if changed is None:
            return False
        link = self._before(end)
        return (
            end.name in changed.wanted.links  # the name is wanted
            or any((a.network, CONNECTED_METRICS[a.version]) in changed.new_routes for a in link.addresses)  # its subnet is, as a route
            or (link.master is not None and self._is_port_in_the_way(changed, link, link.master))
        )

    def _is_port_in_the_way(self, changed: Changed, port: Link, master: str) -> bool:
        """Whether it keeps the MTU of a bridge that stays too low, or takes a place there that is wanted."""
        bridge = changed.wanted.links.get(master)
        return bridge is not None and isinstance(bridge.kind, Bridge) and (port.mtu < bridge.mtu or master in changed.crowded)

    def _before(self, interface: Interface) -> Link:
        return self.current.hosts[interface.netns.host].namespaces[interface.netns.name].links[interface.name]


def _differing(one: NetworkState, other: NetworkState) -> Iterator[Netns]:
    """The namespaces of a state that the other has not, or not so. Most are equal where little was changed, so this is kept short."""
    for host_name, host in one.hosts.items():
        others = _namespaces(other, host_name)
        for name, namespace in host.namespaces.items():
            theirs = others.get(name)
            if theirs is not namespace and theirs != namespace:
                yield Netns(host_name, name)


def _missing(one: NetworkState, other: NetworkState) -> Iterator[Netns]:
    """The namespaces of a state that the other has not."""
    for host_name, host in one.hosts.items():
        for name in host.namespaces.keys() - _namespaces(other, host_name).keys():
            yield Netns(host_name, name)


def _namespaces(state: NetworkState, host: str) -> Mapping[str, Namespace]:
    return state.hosts[host].namespaces if host in state.hosts else {}


def is_same_link(one: Link, other: Link) -> bool:
    """Whether a link can become the other without being made anew: a bridge and a card can, but a veth keeps its peer."""
    return type(one.kind) is type(other.kind) and (not isinstance(one.kind, Veth) or one.kind == other.kind)
