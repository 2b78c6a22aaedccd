"""From one state to another: the one ordering of operations for deploying, editing a running lab, repairing and taking down.

First what gives way (links go down, routes that are not wanted go), then what is new from the outside in (hosts, LANs, namespaces,
bridges, veth pairs, cards), then what links are set to, sysctls, addresses, up, and routes. What cannot be restored once it is gone
(processes and learned state of a namespace or link) goes last, unless it is in the way of something new.

Each operation is played on a draft before it is emitted (what links are set to, and what follows, one namespace after the other), and
what is added is what the draft lacks: so what the kernel takes on the way, and is wanted, is put back.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Set

from labs.document.sysctls import SYSCTLS
from labs.network import contents
from labs.network.collection import without_collection
from labs.network.comparison import Changed, Comparison, KeptLink
from labs.network.draft import Draft, DraftNamespace
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
    ReplaceRoute,
    SetLan,
    SetMac,
    SetMaster,
    SetMtu,
    SetNetem,
    SetNetemIn,
    SetStp,
    SetSysctl,
)
from labs.network.ordering import address_key, in_order, interface_key, natural, veth_ends
from labs.network.state import (
    DEFAULT_MTU,
    IPV6_MIN_MTU,
    Address,
    Bridge,
    Card,
    Interface,
    Link,
    NetworkState,
    Veth,
)


@without_collection
def diff(current: NetworkState, desired: NetworkState) -> Plan:
    """The operations that lead from one state to the other, in the order in which the kernel takes them.

    Both in normal form (see `labs.network.compile`), `current` possibly as observed and normalized. The same two states give the same
    plan. `replay(diff(a, b), a) == b`.
    """
    return _Planner(Comparison(current, desired)).plan()


class _Planner:
    """Emits the operations for a comparison, phase by phase."""

    def __init__(self, comparison: Comparison) -> None:
        self.comparison = comparison
        self.current = comparison.current
        self.desired = comparison.desired
        self.draft = Draft(comparison.current)
        self.operations: list[Operation] = []

    def plan(self) -> Plan:
        self._give_way()
        self._remove_links(self.comparison.removed_first)
        self._add_machines()
        self._add_links()
        self._set_links()
        self._set_namespaces()
        self._remove_links(self.comparison.removed_last)
        self._remove_machines()
        return tuple(self.operations)

    def _emit(self, operation: Operation) -> None:
        operation.forwards(self.draft)
        self.operations.append(operation)

    # What gives way

    def _give_way(self) -> None:
        for interface, before, wanted in self.comparison.kept_links:
            if before.up and not wanted.up:
                self._emit(contents.set_down(self.draft, interface))
        for changed in self.comparison.changed.values():
            self._remove_routes(changed)
        for interface, before, wanted in self.comparison.kept_links:
            if wanted.mtu < IPV6_MIN_MTU <= before.mtu:
                for operation in self._remove_addresses(interface, [a for a in self.draft.link(interface).addresses if a.version == 6]):
                    self._emit(operation)
        for bridge in self.comparison.kept_links:
            for operation in self._fix_mtu(bridge):
                self._emit(operation)

    def _remove_routes(self, changed: Changed) -> None:
        """Gateways before what reaches them. What is out of a link that goes first goes with it."""
        if not changed.before.routes:
            return
        namespace = self.draft.namespace(changed.netns)
        bare = {name for name, link in changed.wanted.links.items() if name in namespace.links and _loses_ipv4(namespace.links[name], link)}
        unwanted = [
            route
            for route in namespace.routes()
            if (route not in changed.wanted.routes or (route.dev in bare and route.to.version == 4))
            and route not in changed.lasting_routes
            and (route.dev is None or Interface(changed.netns, route.dev) not in self.comparison.removed_first)
        ]
        for route in reversed(in_order(unwanted)):
            self._emit(RemoveRoute(changed.netns, route))

    def _fix_mtu(self, bridge: KeptLink) -> Iterator[SetMtu]:
        """A bridge that is to have another MTU than its ports will give it gets that before they change, and keeps it.

        Only so can it be undone: what its ports then do does not change it.
        """
        interface, before, wanted = bridge
        if not isinstance(before.kind, Bridge):
            return
        if before.kind.mtu_set:
            if before.mtu != wanted.mtu:
                yield SetMtu(interface, wanted.mtu, before.mtu)
        elif wanted.mtu != self.comparison.mtu_of_ports(interface):
            yield from contents.fix_mtu(interface, wanted.mtu, before.mtu)

    # What is new

    def _add_machines(self) -> None:
        for host in sorted(self.desired.hosts.keys() - self.current.hosts.keys(), key=natural):
            self._emit(AddHost(host))
        for lan in sorted(self.desired.lans - self.current.lans, key=natural):
            self._emit(AddLan(lan))
        for changed in self.comparison.changed.values():
            if not self.draft.has_namespace(changed.netns):
                self._emit(AddNamespace(changed.netns))

    def _add_links(self) -> None:
        """Bridges, then veth pairs, then cards."""
        pairs, cards = [], []
        for interface, link in list(self._new_links()):
            match link.kind:
                case Bridge():
                    self._emit(AddBridge(interface, link.mac))
                case Veth(peer) if veth_ends(interface, peer)[0] == interface:  # each pair once
                    pairs.append(AddVeth(interface, peer))
                case Card(lan):
                    cards.append(AddCard(interface, lan))
        for pair in pairs:
            self._emit(pair)
            for end in (pair.a, pair.b):
                self._join_at_once(end)
        for card in cards:
            self._emit(card)

    def _new_links(self) -> Iterator[tuple[Interface, Link]]:
        for changed in self.comparison.changed.values():
            there = self.draft.namespace(changed.netns).links
            for interface, link in changed.links:
                if interface.name not in there:
                    yield interface, link

    def _join_at_once(self, end: Interface) -> None:
        """A new port joins its bridge where it is made, as a person would do it, unless its MTU must be raised first."""
        wanted = self.desired.link(end)
        if wanted is not None and wanted.master is not None and wanted.mtu <= DEFAULT_MTU:
            self._emit(SetMaster(end, wanted.master))

    # What links and namespaces are set to

    def _set_links(self) -> None:
        """MTUs are raised before links change their bridge and lowered after, so that no bridge falls below what is wanted on the way."""
        links = list(self._unset_links())
        self._set_mtus(links, lower=False)
        for interface, wanted in links:
            master = self.draft.link(interface).master
            if master != wanted.master:
                self._emit(SetMaster(interface, wanted.master, master))
        self._set_mtus(links, lower=True)
        for interface, wanted in links:
            mtu = self.draft.link(interface).mtu
            if mtu != wanted.mtu and self._is_new_bridge(interface, wanted):
                self._emit(SetMtu(interface, wanted.mtu, mtu))
        for interface, wanted in links:
            link = self.draft.link(interface)
            if link.mac != wanted.mac:
                self._emit(SetMac(interface, wanted.mac, link.mac))
            if isinstance(wanted.kind, Bridge) and isinstance(link.kind, Bridge) and link.kind.stp != wanted.kind.stp:
                self._emit(SetStp(interface, wanted.kind.stp))
            if link.netem != wanted.netem:
                self._emit(SetNetem(interface, wanted.netem, link.netem))
            if isinstance(wanted.kind, Card) and isinstance(link.kind, Card):
                self._set_card(interface, link.kind, wanted.kind)

    def _unset_links(self) -> Iterator[tuple[Interface, Link]]:
        """All that are to be set to something and, as they may follow their ports, the bridges."""
        for changed in self.comparison.changed.values():
            links = self.draft.namespace(changed.netns).links
            for interface, wanted in changed.links:
                if isinstance(wanted.kind, Bridge) or not _is_set(links[interface.name], wanted):
                    yield interface, wanted

    def _set_card(self, interface: Interface, card: Card, wanted: Card) -> None:
        if card.lan != wanted.lan:
            self._emit(SetLan(interface, wanted.lan, card.lan))
        if card.netem != wanted.netem:
            self._emit(SetNetemIn(interface, wanted.netem, card.netem))

    def _is_new_bridge(self, interface: Interface, wanted: Link) -> bool:
        before = self.current.link(interface)
        return isinstance(wanted.kind, Bridge) and (before is None or not isinstance(before.kind, Bridge))

    def _set_mtus(self, links: Iterable[tuple[Interface, Link]], *, lower: bool) -> None:
        for interface, wanted in links:
            mtu = self.draft.link(interface).mtu
            if mtu != wanted.mtu and (mtu > wanted.mtu) is lower and not isinstance(wanted.kind, Bridge):
                self._emit(SetMtu(interface, wanted.mtu, mtu))

    def _set_namespaces(self) -> None:
        """Sysctls everywhere, then addresses, then what is set up, then routes. None of it reaches beyond its namespace, so all of it is
        found out for one namespace after the other: a large network is not walked through four times."""
        steps = (self._set_sysctls, self._set_addresses, self._set_up, self._add_routes)
        phases: tuple[list[Operation], ...] = ([], [], [], [])
        for changed in self.comparison.changed.values():
            namespace = self.draft.namespace(changed.netns)
            for step, phase in zip(steps, phases, strict=True):
                for operation in step(changed, namespace):
                    operation.forwards(self.draft)
                    phase.append(operation)
        self.operations += itertools.chain(*phases)

    def _set_sysctls(self, changed: Changed, namespace: DraftNamespace) -> Iterator[Operation]:
        if namespace.sysctls == changed.wanted.sysctls:
            return
        for key in sorted(changed.wanted.sysctls.keys() | namespace.sysctls.keys()):
            default = SYSCTLS[key].default
            previous, value = namespace.sysctls.get(key, default), changed.wanted.sysctls.get(key, default)
            if previous != value:
                yield SetSysctl(changed.netns, key, value, previous)

    def _set_addresses(self, changed: Changed, namespace: DraftNamespace) -> Iterator[Operation]:
        """Of a link, the new ones first, so that it is never without: except where the kernel takes an IPv6 address only once."""
        for interface, wanted in changed.links:
            addresses = namespace.links[interface.name].addresses
            if addresses == wanted.addresses:
                continue
            new, old = wanted.addresses - addresses, addresses - wanted.addresses
            clashing = _clashing(old, new)
            yield from self._remove_addresses(interface, clashing)
            for address in sorted(new, key=address_key):
                yield contents.add_address(self.draft, interface, address)
            yield from self._remove_addresses(interface, old - clashing)

    def _remove_addresses(self, interface: Interface, addresses: Iterable[Address]) -> Iterator[Operation]:
        for address in sorted(addresses, key=address_key):
            yield contents.remove_address(self.draft, interface, address)

    def _set_up(self, changed: Changed, namespace: DraftNamespace) -> Iterator[Operation]:
        for interface, wanted in changed.links:
            if wanted.up and not namespace.links[interface.name].up:
                yield contents.set_up(self.draft, interface)

    def _add_routes(self, changed: Changed, namespace: DraftNamespace) -> Iterator[Operation]:
        """What takes another route's place comes before that goes."""
        if not changed.wanted.routes:
            return
        lasting = {route for route in changed.lasting_routes if namespace.has_route(route)}
        for route in in_order(route for route in changed.wanted.routes if not namespace.has_route(route)):
            previous = [other for other in lasting if (other.to, other.metric) == (route.to, route.metric)]
            if previous:
                lasting.difference_update(previous)
                yield ReplaceRoute(changed.netns, route, *previous)
            else:
                yield AddRoute(changed.netns, route)
        for route in reversed(in_order(lasting)):
            yield RemoveRoute(changed.netns, route)

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
        for netns in self.comparison.gone:
            if netns.name:
                self._emit(contents.remove_namespace(self.draft, netns))
        for lan in sorted(self.current.lans - self.desired.lans, key=natural):
            self._emit(RemoveLan(lan))
        for host in sorted(self.current.hosts.keys() - self.desired.hosts.keys(), key=natural):
            self._emit(contents.remove_host(self.draft, host))


def _is_set(link: Link, wanted: Link) -> bool:
    """Whether a link is all that it is to be set to."""
    return (
        link.mtu == wanted.mtu
        and link.master == wanted.master
        and link.mac == wanted.mac
        and link.netem == wanted.netem
        and link.kind == wanted.kind
    )


def _clashing(old: Set[Address], new: Set[Address]) -> Set[Address]:
    """Of the addresses that go, the IPv6 ones that only change their prefix length."""
    if not old:
        return old
    taken = {address.ip for address in new if address.version == 6}
    return {address for address in old if address.ip in taken}


def _loses_ipv4(link: Link, wanted: Link) -> bool:
    """Whether the last IPv4 address of a link is to go: the kernel takes its IPv4 routes too, wanted or not."""
    return any(address.version == 4 for address in link.addresses) and all(address.version == 6 for address in wanted.addresses)
