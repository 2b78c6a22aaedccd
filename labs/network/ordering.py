"""The order of things in a plan: as a person would count them, and the same however a state came about."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from labs.network.state import Address, Interface, Netns, Route

_NUMBER = re.compile(r"0*([0-9]+)")


@lru_cache(maxsize=65536)
def natural(name: str) -> str:
    """A sort key in which ns2 comes before ns10. A single string, in which a number is told by its length first: a large network has many.

    >>> sorted(["ns10", "ns2", "br0", ""], key=natural)
    ['', 'br0', 'ns2', 'ns10']
    """
    return _NUMBER.sub(_by_length, name) + "\0" + name


def _by_length(number: re.Match[str]) -> str:
    """Before any character that a name goes on with, and after its end."""
    return f"\1{chr(len(number[1]))}{number[1]}"


def netns_key(netns: Netns) -> tuple[Any, ...]:
    """Host by host, its default namespace first."""
    return natural(netns.host), natural(netns.name)


def interface_key(interface: Interface) -> tuple[Any, ...]:
    return netns_key(interface.netns), natural(interface.name)


def address_key(address: Address) -> tuple[int, int, int]:
    """IPv4 first."""
    return address.version, int(address), address.network.prefixlen


def route_key(route: Route) -> tuple[Any, ...]:
    """An order in which each next hop can be reached when its route is added: first what a link reaches itself, then what lies behind a
    gateway, then what is refused (an IPv6 gateway must not resolve to a route that refuses: ip6_route_check_nh, net/ipv6/route.c)."""
    rank = 2 if route.type != "unicast" else 1 if route.via else 0
    to = route.to
    via = int(route.via) if route.via else -1
    return rank, to.version, int(to.network_address), to.prefixlen, route.metric, via, route.dev or "", route.type


def in_order(routes: Iterable[Route]) -> list[Route]:
    return sorted(routes, key=route_key)


def veth_ends(one: Interface, other: Interface) -> tuple[Interface, Interface]:
    """The ends of a veth pair as they are said: the end in a namespace before the one in a host."""
    in_host, other_in_host = one.netns.name == "", other.netns.name == ""
    if in_host == other_in_host:
        first, second = sorted((one, other), key=interface_key)
        return first, second
    return (other, one) if in_host else (one, other)
