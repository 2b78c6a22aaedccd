"""What the kernel refuses, as assertions: an operation that passes here is one that the kernel takes (seen on 6.18)."""

from __future__ import annotations

from labs.document.routing import CONNECTED_METRICS
from labs.network.draft import Draft
from labs.network.operations import (
    AddAddress,
    AddBridge,
    AddCard,
    AddHost,
    AddLan,
    AddNamespace,
    AddRoute,
    AddVeth,
    Operation,
    Plan,
    RemoveAddress,
    RemoveLan,
    RemoveNamespace,
    RemoveRoute,
    ReplaceRoute,
    SetDown,
    SetLan,
    SetMac,
    SetMaster,
    SetMtu,
    SetNetem,
    SetNetemIn,
    SetSysctl,
    SetUp,
)
from labs.network.reach import Reach
from labs.network.state import IPV6_MIN_MTU, Bridge, Card, Interface, Link, Netns, NetworkState, Route

MOST_PORTS = 1023


def strict_replay(plan: Plan, state: NetworkState) -> NetworkState:
    """Like `replay`, and fails where the kernel would refuse an operation or `previous` is wrong."""
    draft = Draft(state)
    for operation in plan:
        check(operation, draft)
        operation.forwards(draft)
    return draft.freeze()


def check(operation: Operation, draft: Draft) -> None:  # noqa: C901  # one case for each kind of operation
    match operation:
        case AddHost(host):
            assert host not in draft.hosts
        case AddLan(lan):
            assert lan not in draft.lans
        case RemoveLan(lan):
            assert not any(isinstance(link.kind, Card) and link.kind.lan == lan for _, link in draft.freeze().links()), (
                "a card is plugged into it"
            )
        case AddNamespace(netns):
            assert netns.host in draft.hosts
            assert not draft.has_namespace(netns)
        case RemoveNamespace(netns):
            assert not draft.namespace(netns).links, "the kernel frees them later than the command returns"
        case AddVeth(a, b):
            assert a != b
            assert a.netns.host == b.netns.host
            assert _is_free(draft, a)
            assert _is_free(draft, b)
        case AddBridge(interface):
            assert _is_free(draft, interface)
        case AddCard(interface, lan):
            assert interface.netns.name == ""
            assert _is_free(draft, interface)
            assert lan is None or lan in draft.lans
        case SetMaster(interface, master, previous):
            _check_master(draft, interface, master, previous)
        case SetMtu(interface, _, previous):
            assert draft.link(interface).mtu == previous
        case SetMac(interface, mac, previous):
            assert draft.link(interface).mac == previous != mac
        case SetNetem(interface, netem, previous):
            assert draft.link(interface).netem == previous != netem
        case SetNetemIn(interface, netem, previous):
            card = draft.link(interface).kind
            assert isinstance(card, Card)
            assert card.netem == previous != netem
        case SetLan(interface, lan, previous):
            card = draft.link(interface).kind
            assert isinstance(card, Card)
            assert card.lan == previous != lan
            assert lan is None or lan in draft.lans
        case SetSysctl(netns, key, value, previous):
            assert value != previous
            assert draft.namespace(netns).sysctls.get(key, previous) == previous
        case SetUp(interface):
            assert not draft.link(interface).up
        case SetDown(interface):
            assert draft.link(interface).up
        case AddAddress(interface, address):
            link = draft.link(interface)
            assert address not in link.addresses
            if address.version == 6:
                assert link.mtu >= IPV6_MIN_MTU, "EINVAL: no IPv6 on such a link"
                assert address.ip not in {other.ip for other in link.addresses}, "EEXIST: address already assigned"
        case RemoveAddress(interface, address):
            assert address in draft.link(interface).addresses
        case AddRoute(netns, route):
            _check_route(draft, netns, route)
        case ReplaceRoute(netns, route, previous):
            assert (previous.to, previous.metric) == (route.to, route.metric)
            assert previous != route
            draft.namespace(netns).remove_route(previous)
            _check_route(draft, netns, route)
            draft.namespace(netns).add_route(previous)
        case RemoveRoute(netns, route):
            assert draft.namespace(netns).has_route(route)


def _is_free(draft: Draft, interface: Interface) -> bool:
    return interface.name not in draft.namespace(interface.netns).links


def _check_master(draft: Draft, interface: Interface, master: str | None, previous: str | None) -> None:
    link = draft.link(interface)
    assert link.master == previous != master
    assert not isinstance(link.kind, Bridge), "ELOOP"
    if master is not None:
        assert isinstance(draft.link(Interface(interface.netns, master)).kind, Bridge)
        assert len(draft.namespace(interface.netns).ports(master)) < MOST_PORTS, "EXFULL"


def _check_route(draft: Draft, netns: Netns, route: Route) -> None:
    namespace = draft.namespace(netns)
    taken = {(other.to, other.metric) for other in namespace.routes()}
    for link in namespace.links.values():
        taken |= {(a.network, CONNECTED_METRICS[a.version]) for a in link.addresses if _carries(link, a.version)}
    assert (route.to, route.metric) not in taken, "EEXIST"
    if route.type != "unicast":
        return
    assert route.dev is not None
    assert _carries(namespace.links[route.dev], route.to.version), "ENETDOWN"
    if route.via is None:
        return
    assert route.via.version == route.to.version
    reach = Reach(namespace.links, [other for other in namespace.routes() if other.type == "unicast" and not other.via])
    assert reach.next_hop(route.via, route.dev), "ENETUNREACH: Nexthop has invalid gateway"
    if route.via.version == 6:
        _check_not_captured(draft, netns, route)


def _check_not_captured(draft: Draft, netns: Netns, route: Route) -> None:
    """The longest match of an IPv6 gateway must be out of a device, not through another gateway and not refused."""
    namespace = draft.namespace(netns)
    direct = [a.network.prefixlen for link in namespace.links.values() for a in link.addresses if route.via in a.network]
    direct += [r.to.prefixlen for r in namespace.routes() if r.type == "unicast" and not r.via and route.via in r.to]
    others = [r.to.prefixlen for r in namespace.routes() if (r.type != "unicast" or r.via) and route.via in r.to]
    assert max(others, default=-1) <= max(direct), "EHOSTUNREACH"


def _carries(link: Link, version: int) -> bool:
    return link.up and (version == 4 or link.mtu >= IPV6_MIN_MTU)
