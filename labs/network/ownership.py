"""A network on a machine that has things of its own: which part of what is there is a lab's, and what the lab asks of the rest.

Of the machine's default namespace, a lab owns the links that it made and what is on them. Its network cards, kernel parameters and the
routes that leave by others are not touched: there, what the lab wants has to be so already.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from labs.document.sysctls import SYSCTLS
from labs.network.ordering import address_key, in_order, natural
from labs.network.reasons import Reason, reason
from labs.network.state import DEFAULT_MTU, Card, Host, Interface, Link, Namespace, Netns, NetworkState, Prefix, Route, Veth


def owned(observed: NetworkState, namespaces: Collection[Netns], links: Collection[Interface]) -> NetworkState:
    """What is there of a lab's own, given what is marked as such. A veth pair is where one of its ends is."""

    def is_owned(interface: Interface, link: Link) -> bool:
        return interface in links or (isinstance(link.kind, Veth) and link.kind.peer in links)

    def part(netns: Netns, here: Namespace) -> Namespace:
        found = {name: link for name, link in here.links.items() if is_owned(Interface(netns, name), link)}
        found = {name: link if link.master in found else link._replace(master=None) for name, link in found.items()}
        routes = frozenset(route for route in here.routes if route.dev in found or (netns.name and route.dev is None))
        return Namespace(found, routes, here.sysctls if netns.name else {})

    def parts(host: str, each: Host) -> Iterator[tuple[str, Namespace]]:
        for name, here in each.namespaces.items():
            netns = Netns(host, name)
            if not name or netns in namespaces:
                yield name, part(netns, here)

    return NetworkState({host: Host(dict(parts(host, each))) for host, each in observed.hosts.items()})


def to_own(desired: NetworkState) -> NetworkState:
    """What a lab is to own of the network that it wants."""

    def part(name: str, here: Namespace) -> Namespace:
        if name:
            return here
        links = {each: link for each, link in here.links.items() if not isinstance(link.kind, Card)}
        return Namespace(links, frozenset(route for route in here.routes if route.dev in links))

    return NetworkState(
        {host: Host({name: part(name, here) for name, here in each.namespaces.items()}) for host, each in desired.hosts.items()}
    )


def unmet(desired: NetworkState, observed: NetworkState) -> Iterator[Reason]:
    """What a lab asks of what is not its own and is not so, each with what to do about it."""
    for host, each in desired.hosts.items():
        wanted, there = each.namespaces[""], observed.hosts[host].namespaces[""]
        for key, value in sorted(wanted.sysctls.items()):
            if there.sysctls.get(key, SYSCTLS[key].default) != value:
                yield reason("machine_sysctl", key=key, value=value)
        cards = {name: link for name, link in wanted.links.items() if isinstance(link.kind, Card)}
        for name in sorted(cards, key=natural):
            yield from _unmet_card(name, cards[name], there.links.get(name))
        for route in in_order(wanted.routes):
            if (route.dev is None or route.dev in cards) and not any(_is_same(route, other) for other in there.routes):
                yield reason("machine_route", route=_in_words(route))


def clashes(wanted: NetworkState, observed: NetworkState, ours: NetworkState) -> Iterator[Reason]:
    """Where a lab would draw traffic of the machine's own to itself: its destinations that are part of what the machine reaches already.

    `wanted` and `ours` are what the lab is to own, and owns.
    """
    for host, each in wanted.hosts.items():
        there, mine = observed.hosts[host].namespaces[""], ours.hosts[host].namespaces[""]
        links = {name: link for name, link in there.links.items() if name not in mine.links}
        theirs = _reached(Namespace(links, there.routes - mine.routes))
        for to, dev in sorted(_reached(each.namespaces[""]).items(), key=lambda entry: str(entry[0])):
            for other, way in theirs.items():
                if to == other or (other.prefixlen and to.version == other.version and to.subnet_of(other)):  # type: ignore[arg-type]  # one version
                    yield reason("machine_subnet_taken", to=to, dev=dev, way=way)


def _reached(namespace: Namespace) -> dict[Prefix, str]:
    """Where its traffic goes, and by which link."""
    subnets: dict[Prefix, str] = {address.network: name for name, link in namespace.links.items() for address in link.addresses}
    return subnets | {route.to: route.dev or route.type for route in namespace.routes}


def _unmet_card(name: str, wanted: Link, there: Link | None) -> Iterator[Reason]:
    if there is None or not isinstance(there.kind, Card):
        yield reason("machine_card_missing", card=name)
        return
    if wanted.netem or wanted.mac not in (None, there.mac):
        yield reason("machine_card_own", card=name)
    if wanted.up and not there.up:
        yield reason("machine_card_down", card=name)
    if wanted.mtu not in (DEFAULT_MTU, there.mtu):
        yield reason("machine_card_mtu", card=name, mtu=wanted.mtu)
    for address in sorted(wanted.addresses - there.addresses, key=address_key):
        yield reason("machine_card_address", card=name, address=address)


def _is_same(route: Route, other: Route) -> bool:
    """Whatever its metric."""
    return replace(route, metric=0) == replace(other, metric=0)


def _in_words(route: Route) -> str:
    kind = "" if route.type == "unicast" else f"{route.type} "
    return f"{kind}{route.to}" + (f" via {route.via}" if route.via else "") + (f" dev {route.dev}" if route.dev else "")
