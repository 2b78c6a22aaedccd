"""Hypothesis strategies for networks in normal form, and for pairs of them that have much in common.

A `Sketch` is a network before it is in normal form: what does not fit together is left out by `build`. Pools of names, addresses and MTUs
are small, so that two sketches reuse each other's.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from labs.document.routing import CONNECTED_METRICS
from labs.document.sysctls import SYSCTLS
from labs.network.reach import Reach, holds
from labs.network.state import (
    DEFAULT_MTU,
    IPV6_METRIC,
    Bridge,
    Card,
    Gateway,
    Host,
    Interface,
    Link,
    Namespace,
    Netem,
    Netns,
    NetworkState,
    Prefix,
    Route,
    Veth,
)

NAMESPACES = (*(Netns("", name) for name in ("", "", "ns1", "ns2", "ns10")), Netns("host1", ""), Netns("host1", "ns1"))
NAMES = ("eth0", "veth-ns1", "veth-ns2", "br0")
LANS = ("wire", "wire2")
ADDRESSES = (
    IPv4Interface("192.168.1.1/24"),
    IPv4Interface("192.168.1.2/24"),
    IPv4Interface("192.168.1.2/16"),
    IPv4Interface("10.0.0.1/8"),
    IPv4Interface("10.0.0.9/32"),
    IPv6Interface("2001:db8::1/64"),
    IPv6Interface("2001:db8::1/56"),
    IPv6Interface("2001:db8:0:5::1/64"),
)
PREFIXES: tuple[Prefix, ...] = (
    IPv4Network("0.0.0.0/0"),
    IPv4Network("172.16.0.0/12"),
    IPv4Network("192.168.1.0/24"),
    IPv6Network("::/0"),
    IPv6Network("2001:db8:0:5::/64"),
    IPv6Network("2001:db8:7::/48"),
)
GATEWAYS: tuple[Gateway, ...] = (
    IPv4Address("192.168.1.254"),
    IPv4Address("172.16.0.1"),
    IPv6Address("2001:db8::fe"),
    IPv6Address("2001:db8:7::1"),
)


@dataclass(frozen=True)
class Attributes:
    """Of a link, but for its kind."""

    up: bool
    mtu: int
    mac: str | None
    master: str | None
    addresses: frozenset[IPv4Interface | IPv6Interface]
    netem: Netem | None


@dataclass(frozen=True)
class Cable:
    a: Interface
    b: Interface | str | None
    """The other end of a veth pair; of a card the LAN."""
    of_a: Attributes
    of_b: Attributes


@dataclass(frozen=True)
class Box:
    """A bridge."""

    interface: Interface
    stp: bool
    mtu_set: bool
    attributes: Attributes


@dataclass(frozen=True)
class Sketch:
    missing: tuple[Netns, ...] = ()
    """The namespaces that are not there."""
    lans: tuple[str, ...] = ()
    cables: tuple[Cable, ...] = ()
    bridges: tuple[Box, ...] = ()
    routes: tuple[tuple[Netns, int, Route], ...] = ()
    """In which namespace, out of which of its links where there is no gateway."""
    sysctls: tuple[tuple[Netns, str, int], ...] = ()


netns = st.sampled_from(NAMESPACES)
interfaces = st.builds(Interface, netns, st.sampled_from(NAMES))
attributes = st.builds(
    Attributes,
    up=st.sampled_from([True, True, True, False]),
    mtu=st.sampled_from([1500, 1500, 1400, 1000, 9000]),
    mac=st.sampled_from([None, None, "02:00:00:00:00:01"]),
    master=st.sampled_from(["br0", None, "br1"]),
    addresses=st.frozensets(st.sampled_from(ADDRESSES), min_size=1, max_size=3) | st.just(frozenset()),
    netem=st.sampled_from([None, None, None, Netem(delay=10.0), Netem(loss=1.0, rate=1_000_000)]),
)
cables = st.builds(Cable, interfaces, st.one_of(interfaces, interfaces, st.sampled_from([*LANS, None])), attributes, attributes)
boxes = st.builds(Box, st.builds(Interface, netns, st.sampled_from(["br0", "br1"])), st.booleans(), st.booleans(), attributes)
ROUTES = (
    *(Route(to, via, metric=metric) for metric in (0, 5) for to in PREFIXES for via in GATEWAYS if via.version == to.version),
    *(Route(to) for to in PREFIXES),
    *(Route(to, type=kind) for to in PREFIXES for kind in ("blackhole", "unreachable", "prohibit")),
)
routes = st.tuples(netns, st.integers(0, 3), st.sampled_from(ROUTES))
sysctls = st.tuples(netns, st.sampled_from(sorted(SYSCTLS)), st.sampled_from([0, 1]))

sketches: SearchStrategy[Sketch] = st.builds(
    Sketch,
    missing=st.lists(netns, max_size=2).map(tuple),
    lans=st.lists(st.sampled_from(LANS), max_size=2).map(tuple),
    cables=st.lists(cables, min_size=3, max_size=10).map(tuple),
    bridges=st.lists(boxes, min_size=1, max_size=4).map(tuple),
    routes=st.lists(routes, min_size=2, max_size=12).map(tuple),
    sysctls=st.lists(sysctls, max_size=3).map(tuple),
)


def states() -> SearchStrategy[NetworkState]:
    """Networks in normal form."""
    return sketches.map(build)


@st.composite
def mutations(draw: DrawFn, sketch: Sketch) -> Sketch:
    """A sketch with a few things dropped, added, renamed, moved and changed."""
    for _ in range(draw(st.integers(1, 8))):
        part, strategy = draw(
            st.sampled_from(
                [
                    ("cables", cables),
                    ("missing", netns),
                    ("lans", st.sampled_from(LANS)),
                    ("cables", cables),
                    ("cables", cables),
                    ("bridges", boxes),
                    ("routes", routes),
                    ("sysctls", sysctls),
                ]
            )
        )
        items = list(getattr(sketch, part))
        what = draw(st.sampled_from(["change", "drop", "add"]))
        if what != "add" and items:
            i = draw(st.integers(0, len(items) - 1))
            items[i : i + 1] = [draw(_changed(items[i], strategy))] if what == "change" else []
        else:
            items.insert(0, draw(strategy))
        sketch = replace(sketch, **{part: tuple(items)})
    return sketch


def _changed(item: object, strategy: SearchStrategy[object]) -> SearchStrategy[object]:
    """The item with one of its values changed: an end moved or renamed, an attribute another."""
    match item:
        case Cable():
            return st.one_of(
                interfaces.map(lambda a: replace(item, a=a)),
                interfaces.map(lambda b: replace(item, b=b)),
                _changed_attributes(item.of_a).map(lambda of_a: replace(item, of_a=of_a)),
                _changed_attributes(item.of_b).map(lambda of_b: replace(item, of_b=of_b)),
            )
        case Box():
            return st.one_of(
                interfaces.map(lambda interface: replace(item, interface=interface)),
                st.just(replace(item, stp=not item.stp)),
                st.just(replace(item, mtu_set=not item.mtu_set)),
                _changed_attributes(item.attributes).map(lambda each: replace(item, attributes=each)),
            )
        case _:
            return strategy


def _changed_attributes(item: Attributes) -> SearchStrategy[Attributes]:
    names = st.sampled_from(["mtu", "mac", "master", "addresses", "netem"])
    changed = st.builds(lambda other, name: replace(item, **{name: getattr(other, name)}), attributes, names)
    return changed | st.just(replace(item, up=not item.up))


@st.composite
def pairs(draw: DrawFn) -> tuple[NetworkState, NetworkState]:
    """Two networks, mostly one and what became of it."""
    sketch = draw(sketches)
    other = draw(st.one_of(mutations(sketch), mutations(sketch), sketches))
    return build(sketch), build(other)


# From a sketch to a network in normal form


@dataclass
class _Site:
    links: dict[str, Link] = field(default_factory=dict)
    routes: list[tuple[int, Route]] = field(default_factory=list)
    sysctls: dict[str, int] = field(default_factory=dict)


def build(sketch: Sketch) -> NetworkState:
    """What of a sketch fits together. What comes first keeps its name."""
    lans = frozenset(sketch.lans)
    hosts = {name.host for name in NAMESPACES if Netns(name.host, "") not in sketch.missing}
    sites = {name: _Site() for name in NAMESPACES if name.host in hosts and name not in sketch.missing}
    for box in sketch.bridges:
        if _is_free(sites, box.interface):
            sites[box.interface.netns].links[box.interface.name] = _link(Bridge(box.stp, box.mtu_set), box.attributes)
    for cable in sketch.cables:
        _lay(cable, sites, lans)
    for where, device, route in sketch.routes:
        if where in sites:
            sites[where].routes.append((device, route))
    for where, key, value in sketch.sysctls:
        if where in sites and value != SYSCTLS[key].default:
            sites[where].sysctls[key] = max(value, SYSCTLS[key].minimum)
    namespaces: dict[str, dict[str, Namespace]] = {}
    for where, site in sites.items():
        namespaces.setdefault(where.host, {})[where.name] = _settle(site)
    return NetworkState({name: Host(each) for name, each in namespaces.items()}, lans)


def _is_free(sites: dict[Netns, _Site], interface: Interface) -> bool:
    return interface.netns in sites and interface.name not in sites[interface.netns].links


def _lay(cable: Cable, sites: dict[Netns, _Site], lans: frozenset[str]) -> None:
    a, b = cable.a, cable.b
    if not _is_free(sites, a):
        return
    if isinstance(b, Interface):
        if a != b and a.netns.host == b.netns.host and _is_free(sites, b):
            sites[a.netns].links[a.name] = _link(Veth(b), cable.of_a)
            sites[b.netns].links[b.name] = _link(Veth(a), cable.of_b)
    elif a.netns.name == "" and (b is None or b in lans):
        sites[a.netns].links[a.name] = _link(Card(b, cable.of_b.netem), cable.of_a)


def _link(kind: Veth | Bridge | Card, given: Attributes) -> Link:
    addresses = {address.ip if address.version == 6 else address: address for address in sorted(given.addresses, key=str)}
    return Link(kind, given.up, given.mtu, given.mac, given.master, frozenset(addresses.values()), given.netem)


def _settle(site: _Site) -> Namespace:
    links = site.links
    bridges = {name for name, link in links.items() if isinstance(link.kind, Bridge)}
    for name, link in links.items():
        if name in bridges or link.master not in bridges:
            links[name] = link._replace(master=None)
    for name in bridges:
        bridge = links[name]
        assert isinstance(bridge.kind, Bridge)
        if not bridge.kind.mtu_set:
            links[name] = bridge._replace(mtu=min((link.mtu for link in links.values() if link.master == name), default=DEFAULT_MTU))
    for name, link in links.items():
        if not holds(link, 6):
            links[name] = link._replace(addresses=frozenset(address for address in link.addresses if address.version == 4))
    return Namespace(links, _reachable(site.routes, links), site.sysctls)


def _reachable(drawn: list[tuple[int, Route]], links: dict[str, Link]) -> frozenset[Route]:
    """The routes that the kernel can hold together."""
    direct: list[Route] = []
    behind: list[Route] = []
    taken = {(a.network, CONNECTED_METRICS[a.version]) for link in links.values() for a in link.addresses if holds(link, a.version)}
    for device, route in drawn:
        fitting = replace(
            route, metric=route.metric or (IPV6_METRIC if route.to.version == 6 else 0), via=route.via if route.type == "unicast" else None
        )
        if (fitting.via and fitting.via.version != fitting.to.version) or (fitting.to, fitting.metric) in taken:
            continue
        if fitting.type == "unicast" and not fitting.via:
            devices = [name for name, link in sorted(links.items()) if holds(link, fitting.to.version)]
            if not devices:
                continue
            direct.append(replace(fitting, dev=devices[device % len(devices)]))
        else:
            behind.append(fitting)
        taken.add((fitting.to, fitting.metric))
    # A default route through a gateway, or one that refuses, hides what only a default route out of a device would reach.
    on_link_by_default = {route.to.version for route in direct if not route.to.prefixlen}
    hiding = [route for route in behind if route.to.prefixlen or route.to.version in on_link_by_default]
    reach = Reach(links, direct)
    return frozenset(direct) | frozenset(filter(None, (_resolved(route, reach, hiding) for route in behind)))


def _resolved(route: Route, reach: Reach, hiding: list[Route]) -> Route | None:
    """A route with its device, unless its gateway is behind another one or refused."""
    if route.via is None:
        return route
    hop = reach.next_hop(route.via)
    if hop is None or any(route.via in other.to for other in hiding):
        return None
    return replace(route, dev=hop.device)
