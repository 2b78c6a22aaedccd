"""A state while operations work on it, with the kernel's own rules about what follows from a change.

Each rule was seen on the kernel (6.18) and names where it is written there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from labs.network.state import (
    BARE,
    DEFAULT_MTU,
    IPV6_MIN_MTU,
    Address,
    Bridge,
    Host,
    Interface,
    Link,
    Namespace,
    Netns,
    NetworkState,
    Route,
    Veth,
)


class Draft:
    """A state while operations work on it: copies what they touch, once, so that a long plan costs no more than its changes.

    >>> from labs.network.state import EMPTY
    >>> draft = Draft(EMPTY)
    >>> draft.add_namespace(Netns("", ""))
    >>> draft.freeze().hosts[""].namespaces[""]
    Namespace(links={}, routes=frozenset(), sysctls={})
    """

    def __init__(self, state: NetworkState) -> None:
        self.lans = set(state.lans)
        self.hosts: dict[str, dict[str, Namespace | DraftNamespace]] = {name: dict(host.namespaces) for name, host in state.hosts.items()}

    def namespace(self, netns: Netns) -> DraftNamespace:
        """The namespace, ready to be changed. Raises KeyError if there is none."""
        namespaces = self.hosts[netns.host]
        namespace = namespaces[netns.name]
        if isinstance(namespace, Namespace):
            namespace = namespaces[netns.name] = DraftNamespace(namespace)
        return namespace

    def has_namespace(self, netns: Netns) -> bool:
        return netns.name in self.hosts.get(netns.host, ())

    def link(self, interface: Interface) -> Link:
        """Raises KeyError if there is none."""
        return self.hosts[interface.netns.host][interface.netns.name].links[interface.name]

    def add_namespace(self, netns: Netns) -> None:
        self.hosts.setdefault(netns.host, {})[netns.name] = DraftNamespace()

    def remove_namespace(self, netns: Netns) -> None:
        """With its links go the other ends of its veth pairs."""
        for name, link in tuple(self.namespace(netns).links.items()):
            if isinstance(link.kind, Veth) and link.kind.peer.netns != netns:
                self.namespace(link.kind.peer.netns).remove_link(link.kind.peer.name)
            self.namespace(netns).remove_link(name)
        del self.hosts[netns.host][netns.name]

    def remove_host(self, host: str) -> None:
        for name in tuple(self.hosts[host]):
            self.remove_namespace(Netns(host, name))
        del self.hosts[host]

    def freeze(self) -> NetworkState:
        """The state as it is now. The draft must not be used afterwards."""
        return NetworkState(
            hosts={
                name: Host({n: ns.freeze() if isinstance(ns, DraftNamespace) else ns for n, ns in namespaces.items()})
                for name, namespaces in self.hosts.items()
            },
            lans=frozenset(self.lans),
        )


class DraftNamespace:
    """A namespace that can be changed. Its links change by its methods alone, since a change of one may change another."""

    __slots__ = ("_port_mtus", "_routes", "links", "sysctls")

    def __init__(self, namespace: Namespace = BARE) -> None:
        self.links = dict(namespace.links)
        self.sysctls = dict(namespace.sysctls)
        self._routes: dict[str | None, set[Route]] = {}
        for route in namespace.routes:
            self.add_route(route)
        self._port_mtus: dict[str, dict[int, int]] = {}  # bridge -> MTU -> how many of its ports have it
        for link in self.links.values():
            if link.master is not None:
                self._count_port(link, link.master, 1)

    def freeze(self) -> Namespace:
        return Namespace(self.links, frozenset(self.routes()), self.sysctls)

    # Routes

    def routes(self) -> Iterator[Route]:
        for routes in self._routes.values():
            yield from routes

    def routes_of(self, device: str | None) -> tuple[Route, ...]:
        """The routes out of a device; those of None are blackhole, unreachable and prohibit."""
        return tuple(self._routes.get(device, ()))

    def add_route(self, route: Route) -> None:
        self._routes.setdefault(route.dev, set()).add(route)

    def has_route(self, route: Route) -> bool:
        return route in self._routes.get(route.dev, ())

    def remove_route(self, route: Route) -> None:
        """Raises KeyError if there is none."""
        self._routes[route.dev].remove(route)

    # Links

    def put_link(self, name: str, link: Link) -> None:
        """Make a link or change one, and let what follows from that happen."""
        before = self.links.get(name)
        if link.mtu < IPV6_MIN_MTU:
            link = self._without_ipv6(name, link)
        self.links[name] = link
        if link.master is not None or (before is not None and before.master is not None):
            self._change_port(before, link)

    def remove_link(self, name: str) -> None:
        """Its routes go with it; the ports of a bridge are left without a master."""
        for port in self.ports(name):
            self.set_master(port, None)
        self._routes.pop(name, None)
        self._change_port(self.links.pop(name), None)

    def ports(self, bridge: str) -> tuple[str, ...]:
        if not self._port_mtus.get(bridge):
            return ()
        return tuple(name for name, link in self.links.items() if link.master == bridge)

    def set_master(self, name: str, master: str | None) -> None:
        self.put_link(name, self.links[name]._replace(master=master))

    def set_mtu(self, name: str, mtu: int) -> None:
        """By hand: from then on a bridge keeps it, whatever its ports' are; but setting what is there already does nothing at all
        (netif_set_mtu_ext, net/core/dev.c; br_change_mtu, net/bridge/br_device.c)."""
        link = self.links[name]
        if mtu == link.mtu:
            return
        kind = replace(link.kind, mtu_set=True) if isinstance(link.kind, Bridge) else link.kind
        self.put_link(name, link._replace(mtu=mtu, kind=kind))

    def set_down(self, name: str) -> None:
        """Static routes and IPv6 addresses are lost (fib_disable_ip, net/ipv4/fib_frontend.c; addrconf_ifdown, net/ipv6/addrconf.c)."""
        link = self.links[name]
        self._routes.pop(name, None)
        self.put_link(name, link._replace(up=False, addresses=frozenset(a for a in link.addresses if a.version == 4)))

    def remove_address(self, name: str, address: Address) -> None:
        """Raises KeyError if the link has no such address."""
        link = self.links[name]
        if address not in link.addresses:
            raise KeyError(address)
        for route in self.routes_lost_with(name, address):
            self.remove_route(route)
        self.put_link(name, link._replace(addresses=link.addresses - {address}))

    def routes_lost_with(self, name: str, address: Address) -> tuple[Route, ...]:
        """The last IPv4 address of a link takes all its IPv4 routes (fib_inetaddr_event, net/ipv4/fib_frontend.c); IPv6 routes stay."""
        routes = self.routes_of(name)
        if not routes or address.version == 6 or any(a.version == 4 and a != address for a in self.links[name].addresses):
            return ()
        return tuple(route for route in routes if route.to.version == 4)

    def _change_port(self, before: Link | None, after: Link | None) -> None:
        """A bridge's MTU follows its ports (br_mtu_auto_adjust, net/bridge/br_if.c)."""
        if before and after and (before.master, before.mtu) == (after.master, after.mtu):
            return
        bridges = set()
        for link, change in ((before, -1), (after, 1)):
            if link is not None and link.master is not None:
                self._count_port(link, link.master, change)
                bridges.add(link.master)
        for bridge in bridges:
            self._follow_ports(bridge)

    def _count_port(self, port: Link, bridge: str, change: int) -> None:
        mtus = self._port_mtus.setdefault(bridge, {})
        mtus[port.mtu] = mtus.get(port.mtu, 0) + change
        if not mtus[port.mtu]:
            del mtus[port.mtu]

    def _follow_ports(self, bridge: str) -> None:
        link = self.links.get(bridge)
        if link is None or not isinstance(link.kind, Bridge) or link.kind.mtu_set:
            return
        mtu = min(self._port_mtus.get(bridge, ()), default=DEFAULT_MTU)
        if link.mtu != mtu:
            self.put_link(bridge, link._replace(mtu=mtu))

    def _without_ipv6(self, name: str, link: Link) -> Link:
        """What a link loses whose MTU falls below IPv6's least (addrconf_notify, NETDEV_CHANGEMTU)."""
        for route in self.routes_of(name):
            if route.to.version == 6:
                self.remove_route(route)
        return link._replace(addresses=frozenset(a for a in link.addresses if a.version == 4))
