"""`NetworkState`: a picture of Linux networking as a plain immutable value. No Django, no I/O, no clock.

    NetworkState ── hosts ──▶ name ─▶ Host ── namespaces ──▶ name ─▶ Namespace ── links, routes, sysctls
                 └─ lans ───▶ names of the media between hosts

The default namespace of a host is its namespace "". The host that no drawing shows is the host "".
What the kernel chooses itself (random MACs, link-local addresses, its own routes, `lo`) is not in it: see `labs.network.compile`
for the normal form.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network
from typing import Literal, NamedTuple

from labs.document.netns import Netns as Netns

Address = IPv4Interface | IPv6Interface
Gateway = IPv4Address | IPv6Address
Prefix = IPv4Network | IPv6Network
RouteType = Literal["unicast", "blackhole", "unreachable", "prohibit"]

DEFAULT_MTU = 1500
IPV6_METRIC = 1024
"""The metric of an IPv6 route that is given none (`IP6_RT_PRIO_USER`, include/uapi/linux/ipv6_route.h); IPv4's is 0."""

IPV6_MIN_MTU = 1280
"""A link with less carries no IPv6: the kernel takes its addresses and routes, and refuses new ones (net/ipv6/addrconf.c)."""


class Interface(NamedTuple):
    """The full name of a network interface."""

    netns: Netns
    name: str

    def __str__(self) -> str:
        return f"{self.netns}:{self.name}"


class Veth(NamedTuple):
    """One end of a veth pair."""

    peer: Interface


@dataclass(frozen=True, slots=True)
class Bridge:
    stp: bool = False
    mtu_set: bool = field(default=False, compare=False)
    """Whether the MTU was set by hand: then it no longer follows the smallest port (`BROPT_MTU_SET_BY_USER`, net/bridge/br_if.c).
    The kernel does not tell, so it is not compared."""


@dataclass(frozen=True, slots=True)
class Netem:
    """What a link does to packets on their way out. See tc-netem(8)."""

    delay: float = 0.0  # milliseconds
    jitter: float = 0.0  # milliseconds
    loss: float = 0.0  # percent
    rate: int = 0  # bits a second; 0 is unlimited


@dataclass(frozen=True, slots=True)
class Card:
    """A host's real network card, and the LAN it is plugged into. In a sandbox it is the end of a veth pair."""

    lan: str | None = None
    netem: Netem | None = None
    """What the LAN does to packets on their way in. On real machines it is the cable's, and not ours."""


LinkKind = Veth | Bridge | Card


class Link(NamedTuple):
    """A network interface as `ip -d link` and `ip addr` show it. A tuple: a large network has many, made and compared again and again."""

    kind: LinkKind
    up: bool = False
    mtu: int = DEFAULT_MTU
    mac: str | None = None
    """None leaves it to the kernel."""
    master: str | None = None
    addresses: frozenset[Address] = frozenset()
    netem: Netem | None = None


@dataclass(frozen=True, slots=True)
class Route:
    to: Prefix
    via: Gateway | None = None
    dev: str | None = None
    """None only for blackhole, unreachable and prohibit."""
    metric: int = 0
    type: RouteType = "unicast"
    dev_given: bool = field(default=True, compare=False)
    """Whether a script should name `dev` even where `via` says enough."""


@dataclass(frozen=True, slots=True)
class Namespace:
    """A network namespace: `lo` is up in it, its sysctls are the defaults of `labs.document.sysctls` but for those named here."""

    links: Mapping[str, Link] = field(default_factory=dict)
    routes: frozenset[Route] = frozenset()
    sysctls: Mapping[str, int] = field(default_factory=dict)


BARE = Namespace()
"""As it is made."""


@dataclass(frozen=True, slots=True)
class Host:
    namespaces: Mapping[str, Namespace] = field(default_factory=lambda: {"": Namespace()})


@dataclass(frozen=True, slots=True)
class NetworkState:
    hosts: Mapping[str, Host] = field(default_factory=dict)
    lans: frozenset[str] = frozenset()

    def namespaces(self) -> Iterator[tuple[Netns, Namespace]]:
        for host_name, host in self.hosts.items():
            for name, namespace in host.namespaces.items():
                yield Netns(host_name, name), namespace

    def namespace(self, netns: Netns) -> Namespace | None:
        host = self.hosts.get(netns.host)
        return host.namespaces.get(netns.name) if host else None

    def links(self) -> Iterator[tuple[Interface, Link]]:
        for netns, namespace in self.namespaces():
            for name, link in namespace.links.items():
                yield Interface(netns, name), link

    def link(self, interface: Interface) -> Link | None:
        namespace = self.namespace(interface.netns)
        return namespace.links.get(interface.name) if namespace else None


EMPTY = NetworkState()
