"""What a namespace reaches without a gateway: by the subnets of its addresses, and by routes out of a device."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from labs.document.routing import CONNECTED_METRICS, subnet_of
from labs.network.ordering import natural
from labs.network.state import IPV6_MIN_MTU, Gateway, Link, Prefix, Route

_BITS = {4: 32, 6: 128}


class NextHop(NamedTuple):
    device: str
    is_only: bool
    """No other device reaches it as well."""


class Reach:
    """Where next hops lie, by longest prefix, as the kernel looks them up when a route is added: only among what has link scope
    (fib_check_nh, net/ipv4/fib_semantics.c; ip6_route_check_nh, net/ipv6/route.c)."""

    def __init__(self, links: Mapping[str, Link], routes: Iterable[Route]) -> None:
        """`routes` are those of link scope. Links that are down reach nothing."""
        self._tables: dict[int, dict[int, dict[int, list[tuple[int, str]]]]] = {4: {}, 6: {}}
        for name in sorted(links, key=natural):
            for prefix in _subnets(links[name]):
                self._add(prefix, CONNECTED_METRICS[prefix.version], name)
        for route in routes:
            if route.dev:
                self._add(route.to, route.metric, route.dev)
        self._lengths = {version: sorted(table, reverse=True) for version, table in self._tables.items()}

    def _add(self, prefix: Prefix, metric: int, device: str) -> None:
        table = self._tables[prefix.version].setdefault(prefix.prefixlen, {})
        table.setdefault(int(prefix.network_address), []).append((metric, device))

    def next_hop(self, gateway: Gateway, device: str | None = None) -> NextHop | None:
        """The device behind which a gateway is, out of `device` alone where that is given. None if there is none."""
        bits, address = _BITS[gateway.version], int(gateway)
        for length in self._lengths[gateway.version]:
            found = self._tables[gateway.version][length].get(address >> (bits - length) << (bits - length), ())
            devices = [(metric, name) for metric, name in found if device in (None, name)]
            if devices:
                best = min(devices, key=lambda entry: entry[0])[1]
                return NextHop(best, all(name == best for _, name in devices))
        return None


def holds(link: Link, version: int) -> bool:
    """Whether a link can have routes of a family, and addresses that work."""
    return link.up and (version == 4 or link.mtu >= IPV6_MIN_MTU)


def _subnets(link: Link) -> Iterator[Prefix]:
    for address in link.addresses:
        subnet = subnet_of(address)
        if subnet is not None and holds(link, subnet.version):
            yield subnet
