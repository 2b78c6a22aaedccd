"""Routes that make room for others to the same destination: which may stay until those are there, so that nobody is without a way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from labs.document.routing import CONNECTED_METRICS
from labs.network.reach import Reach, holds
from labs.network.state import Namespace, Prefix, Route


def lasting(before: Namespace, wanted: Namespace) -> set[Route]:
    """The routes that go, but only once what takes their place is there.

    Such a route would be one that the kernel takes even where all else is as wanted, or it could not be brought back.
    """
    destinations = {route.to for route in wanted.routes - before.routes}
    leaving = [route for route in before.routes - wanted.routes if route.to in destinations and _is_alone(route, before, wanted)]
    return set(_welcome(leaving, wanted)) if leaving else set()


def _is_alone(route: Route, before: Namespace, wanted: Namespace) -> bool:
    """Whether nothing else has its destination and metric: no other next hop of one route, and no subnet."""
    if sum((other.to, other.metric) == (route.to, route.metric) for other in before.routes) > 1:
        return False
    metric = CONNECTED_METRICS[route.to.version]
    return route.metric != metric or all(address.network != route.to for link in wanted.links.values() for address in link.addresses)


def _welcome(leaving: Iterable[Route], wanted: Namespace) -> Iterator[Route]:
    """Those that the kernel would take, and that would be in no other's way, among what is wanted."""
    reach = Reach(wanted.links, [route for route in wanted.routes if route.type == "unicast" and route.via is None])
    for route in leaving:
        reached = route.type != "unicast" or (_is_reached(route, wanted, reach) and not _is_led_away(route, wanted.routes))
        if reached and not any(_is_led_away(other, (route,)) for other in wanted.routes):
            yield route


def _is_reached(route: Route, wanted: Namespace, reach: Reach) -> bool:
    link = wanted.links.get(route.dev) if route.dev else None
    if link is None or not holds(link, route.to.version):
        return False
    if route.to.version == 4 and all(address.version == 6 for address in link.addresses):
        return False  # it goes with the link's last IPv4 address
    return route.via is None or reach.next_hop(route.via, route.dev) is not None


def _is_led_away(route: Route, others: Iterable[Route]) -> bool:
    """Whether another route may be the best for an IPv6 gateway, which must be a neighbour (ip6_route_check_nh, net/ipv6/route.c)."""
    return (
        route.via is not None
        and route.via.version == 6
        and any(_catches(other.to, route) for other in others if other.via is not None or other.type != "unicast")
    )


def _catches(to: Prefix, route: Route) -> bool:
    """The default route is the last that is looked at."""
    return to.prefixlen > 0 and route.via in to
