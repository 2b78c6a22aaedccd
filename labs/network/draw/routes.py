"""The routes of a drawing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from labs.document import schema
from labs.document.routing import IPV6_METRIC, destination, metric_of
from labs.network.compile import direct_route, gateway_route, has_gateway
from labs.network.draw.parts import part
from labs.network.ordering import in_order
from labs.network.reach import Reach
from labs.network.state import Link, Prefix, Route


def draw_routes(
    drawn: Sequence[schema.Route], wanted: Iterable[Route], active: Mapping[str, Link], awake: Mapping[str, Link]
) -> tuple[schema.Route, ...]:
    """The routes that are drawn and wanted, or that `active` links do not have only because one of them is down; then those that are new.

    `awake` are the links as if all were up, with all addresses that are drawn. A wanted route that the document cannot say is left out.
    """
    wanted = frozenset(wanted)
    taken = {(route.to, route.metric) for route in wanted}

    def stays(route: schema.Route, table: _Table, dormant: _Table) -> bool:
        meant = table.meaning(route)
        if meant is not None:
            return meant in wanted
        return dormant.meaning(route) is not None and (destination(route), metric_of(route)) not in taken

    table, dormant = _Table(active, wanted), _Table(awake, wanted)
    direct = [route for route in drawn if not has_gateway(route) and stays(route, table, dormant)]
    dormant = _Table(awake, {*wanted, *filter(None, map(dormant.meaning, direct))})
    kept = [route for route in drawn if stays(route, table, dormant)]
    missing = wanted - set(map(table.meaning, kept))
    new = ((route, _route(route, table)) for route in in_order(missing))
    return (*kept, *(as_drawn for route, as_drawn in new if as_drawn and table.meaning(as_drawn) == route))


class _Table:
    """What routes mean on some links, beside routes out of them."""

    def __init__(self, links: Mapping[str, Link], routes: Iterable[Route]) -> None:
        self._links = links
        self.reach = Reach(links, (route for route in routes if route.type == "unicast" and not route.via and route.dev in links))

    def meaning(self, route: schema.Route) -> Route | None:
        return gateway_route(route, self.reach, self._links) if has_gateway(route) else direct_route(route, self._links)


def _route(route: Route, table: _Table) -> schema.Route | None:
    """A route as `ip route` would be told: with its device where the gateway does not say it."""
    hop = table.reach.next_hop(route.via) if route.via and not (route.via.version == 6 and route.via.is_link_local) else None
    dev = None if hop and hop.is_only and hop.device == route.dev else route.dev
    metric = None if route.metric == (IPV6_METRIC if route.to.version == 6 else 0) else route.metric
    return part(schema.Route, to=_to(route), via=route.via, dev=dev, metric=metric, type=route.type)


def _to(route: Route) -> Prefix | str:
    """`default` where that is of the right family."""
    version = route.via.version if route.via else 4
    return "default" if not route.to.prefixlen and route.to.version == version else route.to
