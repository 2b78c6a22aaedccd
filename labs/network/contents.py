"""What an operation takes with it, or would if it were undone: the operations that bring that back, given what there is just before."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from labs.document.sysctls import SYSCTLS
from labs.network.draft import Draft
from labs.network.operations import (
    AddAddress,
    AddRoute,
    Operation,
    Plan,
    RemoveAddress,
    RemoveBridge,
    RemoveCard,
    RemoveHost,
    RemoveNamespace,
    RemoveVeth,
    SetDown,
    SetMac,
    SetMaster,
    SetMtu,
    SetNetem,
    SetNetemIn,
    SetStp,
    SetSysctl,
    SetUp,
)
from labs.network.ordering import address_key, in_order, natural
from labs.network.state import DEFAULT_MTU, Address, Bridge, Card, Interface, Link, Netns, Route

MAX_MTU = 65535


def remove_veth(draft: Draft, a: Interface, b: Interface) -> RemoveVeth:
    return RemoveVeth(a, b, _of_links(draft, a, b))


def remove_card(draft: Draft, interface: Interface) -> RemoveCard:
    kind = draft.link(interface).kind
    return RemoveCard(interface, kind.lan if isinstance(kind, Card) else None, _of_links(draft, interface))


def remove_bridge(draft: Draft, interface: Interface) -> RemoveBridge:
    return RemoveBridge(interface, draft.link(interface).mac, _of_links(draft, interface))


def remove_namespace(draft: Draft, netns: Netns) -> RemoveNamespace:
    """A namespace whose links are gone already."""
    return RemoveNamespace(netns, _of_namespace(draft, netns))


def remove_host(draft: Draft, host: str) -> RemoveHost:
    """A host whose links and other namespaces are gone already."""
    return RemoveHost(host, _of_namespace(draft, Netns(host, "")))


def add_address(draft: Draft, interface: Interface, address: Address) -> AddAddress:
    lost = draft.namespace(interface.netns).routes_lost_with(interface.name, address)
    return AddAddress(interface, address, _add_routes(interface.netns, lost))


def remove_address(draft: Draft, interface: Interface, address: Address) -> RemoveAddress:
    lost = draft.namespace(interface.netns).routes_lost_with(interface.name, address)
    return RemoveAddress(interface, address, _add_routes(interface.netns, lost))


def set_up(draft: Draft, interface: Interface) -> SetUp:
    return SetUp(interface, _add_ipv6_addresses(draft, interface))


def set_down(draft: Draft, interface: Interface) -> SetDown:
    routes = draft.namespace(interface.netns).routes_of(interface.name)
    return SetDown(interface, _add_ipv6_addresses(draft, interface) + _add_routes(interface.netns, routes))


def fix_mtu(bridge: Interface, mtu: int, previous: int) -> Iterator[SetMtu]:
    """Make a bridge keep an MTU. Setting the one that it has does nothing, so that takes a step aside."""
    if mtu == previous:
        aside = mtu + 1 if mtu < MAX_MTU else mtu - 1
        yield SetMtu(bridge, aside, previous)
        previous = aside
    yield SetMtu(bridge, mtu, previous)


def _of_links(draft: Draft, *interfaces: Interface) -> Plan:
    plan: list[Operation] = []
    for interface in interfaces:
        plan += _settings(draft, interface, draft.link(interface))
    for interface in interfaces:
        plan += _add_addresses(interface, draft.link(interface).addresses)
    plan += [set_up(draft, interface) for interface in interfaces if draft.link(interface).up]
    for interface in interfaces:
        plan += _add_routes(interface.netns, draft.namespace(interface.netns).routes_of(interface.name))
    return tuple(plan)


def _settings(draft: Draft, interface: Interface, link: Link) -> Iterator[Operation]:
    """What a link that was just made lacks."""
    if isinstance(link.kind, Bridge):
        if link.kind.mtu_set:
            yield from fix_mtu(interface, link.mtu, DEFAULT_MTU)
        if link.kind.stp:
            yield SetStp(interface, stp=True)
        for port in sorted(draft.namespace(interface.netns).ports(interface.name), key=natural):
            yield SetMaster(Interface(interface.netns, port), interface.name)
    else:
        if link.mtu != DEFAULT_MTU:
            yield SetMtu(interface, link.mtu, DEFAULT_MTU)
        if link.mac is not None:
            yield SetMac(interface, link.mac)
    if link.master is not None:
        yield SetMaster(interface, link.master)
    if link.netem is not None:
        yield SetNetem(interface, link.netem)
    if isinstance(link.kind, Card) and link.kind.netem is not None:
        yield SetNetemIn(interface, link.kind.netem)


def _of_namespace(draft: Draft, netns: Netns) -> Plan:
    namespace = draft.namespace(netns)
    sysctls = [SetSysctl(netns, key, value, SYSCTLS[key].default) for key, value in sorted(namespace.sysctls.items())]
    return (*sysctls, *_add_routes(netns, namespace.routes_of(None)))


def _add_ipv6_addresses(draft: Draft, interface: Interface) -> Plan:
    return _add_addresses(interface, [address for address in draft.link(interface).addresses if address.version == 6])


def _add_addresses(interface: Interface, addresses: Collection[Address]) -> Plan:
    return tuple([AddAddress(interface, address) for address in sorted(addresses, key=address_key)]) if addresses else ()


def _add_routes(netns: Netns, routes: Collection[Route]) -> Plan:
    return tuple([AddRoute(netns, route) for route in in_order(routes)]) if routes else ()
