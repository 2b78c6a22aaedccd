"""From one state to another: the one ordering of operations for deploying, editing a running lab, repairing and taking down.

First what gives way (links go down, routes that are not wanted go), then what is new from the outside in (hosts, LANs, namespaces,
bridges, veth pairs, cards), then what links are set to, sysctls, addresses, up, and routes. What cannot be restored once it is gone
(processes and learned state of a namespace or link) goes last, unless it is in the way of something new.

Each operation is played on a draft as it is emitted, and what is added is what the draft lacks: so what the kernel takes on the way, and
is wanted, is put back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from labs.document.routing import CONNECTED_METRICS
from labs.document.sysctls import SYSCTLS
from labs.network import contents
from labs.network.draft import Draft
from labs.network.operations import (
    AddBridge,
    AddCard,
    AddHost,
    AddLan,
    AddNamespace,
    AddRoute,
    AddVeth,
    Operation,
    Plan,
    RemoveLan,
    RemoveRoute,
    SetMac,
    SetMaster,
    SetMtu,
    SetNetem,
    SetStp,
    SetSysctl,
)
from labs.network.ordering import address_key, in_order, interface_key, natural, netns_key, veth_ends
from labs.network.ports import smallest_port_mtus
from labs.network.state import (
    DEFAULT_MTU,
    IPV6_MIN_MTU,
    Address,
    Bridge,
    Card,
    Interface,
    Link,
    Namespace,
    Netns,
    NetworkState,
    Prefix,
    Veth,
)


def diff(current: NetworkState, desired: NetworkState) -> Plan:
    """The operations that lead from one state to the other, in the order in which the kernel takes them.

    Both in normal form (see `labs.network.compile`), `current` possibly as observed and normalized. The same two states give the same
    plan. `replay(diff(a, b), a) == b`.
    """
    return _Differ(current, desired).plan()


class _Changed(NamedTuple):
    """A namespace that is to differ from what it is, or that is new."""

    netns: Netns
    wanted: Namespace
    links: list[tuple[Interface, Link]]
    """Those that are to differ or that are new, and the bridges, which follow their ports; in order."""
    removed: list[Interface]
    """Those that go, or that must be made anew because their kind, peer or LAN differs."""


class _Differ:
    def __init__(self, current: NetworkState, desired: NetworkState) -> None:
        self.current = current
        self.desired = desired
        self.draft = Draft(current)
        self.operations: list[Operation] = []
        changed = [netns for netns, wanted in desired.namespaces() if current.namespace(netns) != wanted]
        self.changed = [self._compare(netns) for netns in sorted(changed, key=netns_key)]
        self.gone = sorted((netns for netns, _ in current.namespaces() if desired.namespace(netns) is None), key=netns_key)
        self._new_route_keys: dict[Netns, set[tuple[Prefix, int]]] = {}
        self._port_mtus: dict[Netns, dict[str, int]] = {}

    def plan(self) -> Plan:
        removed = [link for changed in self.changed for link in changed.removed]
        removed += [Interface(netns, name) for netns in self.gone for name in _links(self.current, netns)]
        early = {link for link in removed if self._is_in_the_way(link)}
        late = [link for link in removed if link not in early]
        self._give_way(early)
        self._remove_links(early)
        self._add_machines()
        self._add_links()
        self._set_links()
        self._set_sysctls()
        self._set_addresses()
        self._set_up()
        self._add_routes()
        self._remove_links(late)
        self._remove_machines()
        return tuple(self.operations)

    def _emit(self, operation: Operation) -> None:
        operation.forwards(self.draft)
        self.operations.append(operation)

    # What there is, and what is wanted

    def _compare(self, netns: Netns) -> _Changed:
        wanted = _namespace(self.desired, netns)
        before = _links(self.current, netns)
        links, removed = [], before.keys() - wanted.links.keys()
        for name, link in wanted.links.items():
            old = before.get(name)
            if old is not None and not _is_same_link(old, link):
                removed.add(name)
            if old is None or old != link or isinstance(link.kind, Bridge):
                links.append(name)
        return _Changed(
            netns,
            wanted,
            [(Interface(netns, name), wanted.links[name]) for name in sorted(links, key=natural)],
            [Interface(netns, name) for name in removed],
        )

    def _wanted_links(self) -> Iterator[tuple[Interface, Link]]:
        for changed in self.changed:
            yield from changed.links

    def _kept_links(self) -> Iterator[tuple[Interface, Link, Link]]:
        """The links that stay in the namespaces that change: name, as wanted, as they were."""
        for interface, wanted in self._wanted_links():
            before = self.current.link(interface)
            if before is not None and _is_same_link(before, wanted):
                yield interface, wanted, before

    def _is_in_the_way(self, interface: Interface) -> bool:
        """Whether a link, or its peer, must go before what is new comes."""
        link = self.current.link(interface)
        assert link is not None  # it is one of `current`
        return self._end_is_in_the_way(interface) or (isinstance(link.kind, Veth) and self._end_is_in_the_way(link.kind.peer))

    def _end_is_in_the_way(self, end: Interface) -> bool:
        """Its name is wanted, or the subnet of an address of its is wanted as a route, or it keeps the MTU of its bridge too low."""
        link, wanted = self.current.link(end), self.desired.namespace(end.netns)
        if link is None or wanted is None:
            return False
        if end.name in wanted.links:
            return True
        if link.addresses and any((a.network, CONNECTED_METRICS[a.version]) in self._new_routes(end.netns) for a in link.addresses):
            return True
        bridge = wanted.links.get(link.master) if link.master else None
        return bridge is not None and isinstance(bridge.kind, Bridge) and link.mtu < bridge.mtu

    def _new_routes(self, netns: Netns) -> set[tuple[Prefix, int]]:
        """Destination and metric of the routes of a namespace that are to be added: the kernel takes each pair once."""
        if netns not in self._new_route_keys:
            before, wanted = self.current.namespace(netns), self.desired.namespace(netns)
            new = (wanted.routes if wanted else frozenset()) - (before.routes if before else frozenset())
            self._new_route_keys[netns] = {(route.to, route.metric) for route in new}
        return self._new_route_keys[netns]

    # What gives way

    def _give_way(self, early: set[Interface]) -> None:
        for interface, wanted, before in self._kept_links():
            if before.up and not wanted.up:
                self._emit(contents.set_down(self.draft, interface))
        for changed in self.changed:
            self._remove_routes(changed, early)
        for interface, wanted, before in self._kept_links():
            if wanted.mtu < IPV6_MIN_MTU <= before.mtu:
                self._remove_addresses(interface, [a for a in self.draft.link(interface).addresses if a.version == 6])
        for interface, wanted, before in self._kept_links():
            if isinstance(wanted.kind, Bridge):
                for operation in self._fix_mtu(interface, wanted, before):
                    self._emit(operation)

    def _remove_routes(self, changed: _Changed, early: set[Interface]) -> None:
        """Gateways before what reaches them. What is out of a link that goes first goes with it."""
        if not self.draft.has_namespace(changed.netns):
            return
        namespace = self.draft.namespace(changed.netns)
        bare = {name for name, link in changed.wanted.links.items() if name in namespace.links and _loses_ipv4(namespace.links[name], link)}
        unwanted = [
            route
            for route in namespace.routes()
            if (route not in changed.wanted.routes or (route.dev in bare and route.to.version == 4))
            and (route.dev is None or Interface(changed.netns, route.dev) not in early)
        ]
        for route in reversed(in_order(unwanted)):
            self._emit(RemoveRoute(changed.netns, route))

    def _fix_mtu(self, bridge: Interface, wanted: Link, before: Link) -> Iterator[SetMtu]:
        """A bridge that is to have another MTU than its ports will give it gets that before they change, and keeps it.

        Only so can it be undone: what its ports then do does not change it.
        """
        if isinstance(before.kind, Bridge) and before.kind.mtu_set:
            if before.mtu != wanted.mtu:
                yield SetMtu(bridge, wanted.mtu, before.mtu)
        elif wanted.mtu != self._port_mtus_of(bridge.netns).get(bridge.name, DEFAULT_MTU):
            yield from contents.fix_mtu(bridge, wanted.mtu, before.mtu)

    def _port_mtus_of(self, netns: Netns) -> dict[str, int]:
        """The smallest MTU that the ports of each bridge of a namespace are to have."""
        if netns not in self._port_mtus:
            self._port_mtus[netns] = smallest_port_mtus(_links(self.desired, netns))
        return self._port_mtus[netns]

    # What is new

    def _add_machines(self) -> None:
        for host in sorted(self.desired.hosts.keys() - self.current.hosts.keys(), key=natural):
            self._emit(AddHost(host))
        for lan in sorted(self.desired.lans - self.current.lans, key=natural):
            self._emit(AddLan(lan))
        for changed in self.changed:
            if not self.draft.has_namespace(changed.netns):
                self._emit(AddNamespace(changed.netns))

    def _add_links(self) -> None:
        new = [(interface, link) for interface, link in self._wanted_links() if not self._exists(interface)]
        for interface, link in new:
            if isinstance(link.kind, Bridge):
                self._emit(AddBridge(interface, link.mac))
        pairs = {veth_ends(interface, link.kind.peer) for interface, link in new if isinstance(link.kind, Veth)}
        for a, b in sorted(pairs, key=lambda pair: interface_key(pair[0])):
            self._emit(AddVeth(a, b))
            for end in (a, b):
                self._join_at_once(end)
        for interface, link in new:
            if isinstance(link.kind, Card):
                self._emit(AddCard(interface, link.kind.lan))

    def _join_at_once(self, end: Interface) -> None:
        """A new port joins its bridge where it is made, as a person would do it, unless its MTU must be raised first."""
        wanted = self.desired.link(end)
        if wanted is not None and wanted.master is not None and wanted.mtu <= DEFAULT_MTU:
            self._emit(SetMaster(end, wanted.master))

    def _exists(self, interface: Interface) -> bool:
        return interface.name in self.draft.namespace(interface.netns).links

    # What links and namespaces are set to

    def _set_links(self) -> None:
        """MTUs are raised before links change their bridge and lowered after, so that no bridge falls below what is wanted on the way."""
        self._set_mtus(lower=False)
        for interface, wanted in self._wanted_links():
            master = self.draft.link(interface).master
            if master != wanted.master:
                self._emit(SetMaster(interface, wanted.master, master))
        self._set_mtus(lower=True)
        for interface, wanted in self._wanted_links():
            mtu = self.draft.link(interface).mtu
            if mtu != wanted.mtu and self._is_new_bridge(interface, wanted):
                self._emit(SetMtu(interface, wanted.mtu, mtu))
        for interface, wanted in self._wanted_links():
            link = self.draft.link(interface)
            if link.mac != wanted.mac:
                self._emit(SetMac(interface, wanted.mac, link.mac))
            if isinstance(wanted.kind, Bridge) and isinstance(link.kind, Bridge) and link.kind.stp != wanted.kind.stp:
                self._emit(SetStp(interface, wanted.kind.stp))
            if link.netem != wanted.netem:
                self._emit(SetNetem(interface, wanted.netem, link.netem))

    def _is_new_bridge(self, interface: Interface, wanted: Link) -> bool:
        before = self.current.link(interface)
        return isinstance(wanted.kind, Bridge) and (before is None or not isinstance(before.kind, Bridge))

    def _set_mtus(self, *, lower: bool) -> None:
        for interface, wanted in self._wanted_links():
            mtu = self.draft.link(interface).mtu
            if mtu != wanted.mtu and (mtu > wanted.mtu) is lower and not isinstance(wanted.kind, Bridge):
                self._emit(SetMtu(interface, wanted.mtu, mtu))

    def _set_sysctls(self) -> None:
        for changed in self.changed:
            sysctls = self.draft.namespace(changed.netns).sysctls
            for key in sorted(changed.wanted.sysctls.keys() | sysctls.keys()):
                default = SYSCTLS[key].default
                previous, value = sysctls.get(key, default), changed.wanted.sysctls.get(key, default)
                if previous != value:
                    self._emit(SetSysctl(changed.netns, key, value, previous))

    def _set_addresses(self) -> None:
        """Of a link, the new ones first, so that it is never without: except where the kernel takes an IPv6 address only once."""
        for interface, wanted in self._wanted_links():
            addresses = self.draft.link(interface).addresses
            if addresses == wanted.addresses:
                continue
            new, old = wanted.addresses - addresses, addresses - wanted.addresses
            taken = {address.ip for address in new if address.version == 6}
            clashing = {address for address in old if address.ip in taken}
            self._remove_addresses(interface, clashing)
            for address in sorted(new, key=address_key):
                self._emit(contents.add_address(self.draft, interface, address))
            self._remove_addresses(interface, old - clashing)

    def _remove_addresses(self, interface: Interface, addresses: Iterable[Address]) -> None:
        for address in sorted(addresses, key=address_key):
            self._emit(contents.remove_address(self.draft, interface, address))

    def _set_up(self) -> None:
        for interface, wanted in self._wanted_links():
            if wanted.up and not self.draft.link(interface).up:
                self._emit(contents.set_up(self.draft, interface))

    def _add_routes(self) -> None:
        for changed in self.changed:
            namespace = self.draft.namespace(changed.netns)
            for route in in_order(route for route in changed.wanted.routes if not namespace.has_route(route)):
                self._emit(AddRoute(changed.netns, route))

    # What goes

    def _remove_links(self, links: Iterable[Interface]) -> None:
        """Veth pairs, then cards, then bridges."""
        kinds = {interface: link.kind for interface in sorted(links, key=interface_key) if (link := self.current.link(interface))}
        pairs = {veth_ends(interface, kind.peer) for interface, kind in kinds.items() if isinstance(kind, Veth)}
        for a, b in sorted(pairs, key=lambda pair: interface_key(pair[0])):
            self._emit(contents.remove_veth(self.draft, a, b))
        for interface, kind in kinds.items():
            if isinstance(kind, Card):
                self._emit(contents.remove_card(self.draft, interface))
        for interface, kind in kinds.items():
            if isinstance(kind, Bridge):
                self._emit(contents.remove_bridge(self.draft, interface))

    def _remove_machines(self) -> None:
        for netns in self.gone:
            if netns.name:
                self._emit(contents.remove_namespace(self.draft, netns))
        for lan in sorted(self.current.lans - self.desired.lans, key=natural):
            self._emit(RemoveLan(lan))
        for host in sorted(self.current.hosts.keys() - self.desired.hosts.keys(), key=natural):
            self._emit(contents.remove_host(self.draft, host))


def _is_same_link(one: Link, other: Link) -> bool:
    """Whether a link can become the other without being made anew."""
    return (isinstance(one.kind, Bridge) and isinstance(other.kind, Bridge)) or one.kind == other.kind


def _namespace(state: NetworkState, netns: Netns) -> Namespace:
    return state.hosts[netns.host].namespaces[netns.name]


def _links(state: NetworkState, netns: Netns) -> Mapping[str, Link]:
    """The links of a namespace; none where there is no such namespace."""
    namespace = state.namespace(netns)
    return namespace.links if namespace else {}


def _loses_ipv4(link: Link, wanted: Link) -> bool:
    """Whether the last IPv4 address of a link is to go: the kernel takes its IPv4 routes too, wanted or not."""
    return any(address.version == 4 for address in link.addresses) and all(address.version == 6 for address in wanted.addresses)
