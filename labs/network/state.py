"""`NetworkState`: a picture of Linux networking as a plain immutable value. No Django, no I/O, no clock.

    NetworkState ── hosts ──▶ name ─▶ Host ── namespaces ──▶ name ─▶ Namespace ── links, routes, sysctls
                 └─ lans ───▶ names of the media between hosts

The default namespace of a host is its namespace "". The host that no drawing shows is the host "".
What the kernel chooses itself (random MACs, link-local addresses, its own routes, `lo`) is not in it: see `labs.network.compile`
for the normal form.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network
from typing import Literal, NamedTuple

Address = IPv4Interface | IPv6Interface
Gateway = IPv4Address | IPv6Address
Prefix = IPv4Network | IPv6Network
RouteType = Literal["unicast", "blackhole", "unreachable", "prohibit"]

DEFAULT_MTU = 1500
IPV6_METRIC = 1024
"""The metric of an IPv6 route that is given none (`IP6_RT_PRIO_USER`, include/uapi/linux/ipv6_route.h); IPv4's is 0."""


class Netns(NamedTuple):
    """The full name of a network namespace: its host and its name there, each "" where it is the implied host or the default namespace."""

    host: str
    name: str

    def __str__(self) -> str:
        """As links and checks write it: `host1/ns1`, `ns1`, `host1`, and `host` for the host that is not drawn."""
        if not self.host:
            return self.name or "host"
        return f"{self.host}/{self.name}" if self.name else self.host


class Interface(NamedTuple):
    """The full name of a network interface."""

    netns: Netns
    name: str

    def __str__(self) -> str:
        return f"{self.netns}:{self.name}"


@dataclass(frozen=True, slots=True)
class Veth:
    """One end of a veth pair."""

    peer: Interface


@dataclass(frozen=True, slots=True)
class Bridge:
    stp: bool = False
    mtu_set: bool = field(default=False, compare=False)
    """Whether the MTU was set by hand: then it no longer follows the smallest port (`BROPT_MTU_SET_BY_USER`, net/bridge/br_if.c).
    The kernel does not tell, so it is not compared."""


@dataclass(frozen=True, slots=True)
class Card:
    """A host's real network card, and the LAN it is plugged into. In a sandbox it is the end of a veth pair."""

    lan: str | None = None


LinkKind = Veth | Bridge | Card


@dataclass(frozen=True, slots=True)
class Netem:
    """What a link does to packets on their way out. See tc-netem(8)."""

    delay: float = 0.0  # milliseconds
    jitter: float = 0.0  # milliseconds
    loss: float = 0.0  # percent
    rate: int = 0  # bits a second; 0 is unlimited


@dataclass(frozen=True, slots=True)
class Link:
    """A network interface as `ip -d link` and `ip addr` show it."""

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


class Draft:
    """A state while operations work on it: copies what they touch, once, so that a long plan costs no more than its changes.

    >>> draft = Draft(EMPTY)
    >>> draft.hosts[""] = {"": DraftNamespace()}
    >>> draft.freeze().hosts[""].namespaces[""]
    Namespace(links={}, routes=frozenset(), sysctls={})
    """

    def __init__(self, state: NetworkState) -> None:
        self._state = state
        self.lans = set(state.lans)
        self.hosts: dict[str, dict[str, Namespace | DraftNamespace]] = {
            name: dict(host.namespaces) for name, host in state.hosts.items()
        }

    def namespace(self, netns: Netns) -> DraftNamespace:
        """The namespace, ready to be changed. Raises KeyError if there is none."""
        namespaces = self.hosts[netns.host]
        namespace = namespaces[netns.name]
        if isinstance(namespace, Namespace):
            namespace = namespaces[netns.name] = DraftNamespace(dict(namespace.links), set(namespace.routes), dict(namespace.sysctls))
        return namespace

    def change_link(self, interface: Interface, **changes: object) -> Link:
        """Replace fields of a link; returns it as it was."""
        links = self.namespace(interface.netns).links
        before = links[interface.name]
        links[interface.name] = replace(before, **changes)  # type: ignore[arg-type]  # fields are the caller's keywords
        return before

    def freeze(self) -> NetworkState:
        return NetworkState(
            hosts={
                name: Host({n: ns.freeze() if isinstance(ns, DraftNamespace) else ns for n, ns in namespaces.items()})
                for name, namespaces in self.hosts.items()
            },
            lans=frozenset(self.lans),
        )


@dataclass(slots=True)
class DraftNamespace:
    links: dict[str, Link] = field(default_factory=dict)
    routes: set[Route] = field(default_factory=set)
    sysctls: dict[str, int] = field(default_factory=dict)

    def freeze(self) -> Namespace:
        return Namespace(self.links, frozenset(self.routes), self.sysctls)
