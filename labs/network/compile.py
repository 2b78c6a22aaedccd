"""From a drawing to the network that it means.

The result is in *normal form*, the form that the kernel can hold:

- what a link that is down cannot carry is left out until it is up: its static routes and IPv6 addresses, and routes whose gateway only it
  reaches (so with IPv6 on a link whose MTU is below 1280);
- a route names its device, and an IPv6 route has a metric;
- a bridge has the MTU of its smallest port, unless the drawing gives it one;
- a bridge with addresses has a fixed MAC, since it would otherwise change with its ports and cut off who knows it;
- what the drawing leaves to the kernel is not there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from labs.document import schema
from labs.document.naming import completed
from labs.document.netns import DEFAULT_NETNS, Netns
from labs.document.routing import destination, metric_of
from labs.document.sysctls import IPV4_FORWARDING, IPV6_FORWARDING, SYSCTLS
from labs.document.topology import Device, Topology, path_of
from labs.network.collection import without_collection
from labs.network.ports import smallest_port_mtus
from labs.network.reach import Reach, holds
from labs.network.state import (
    DEFAULT_MTU,
    Bridge,
    Card,
    Host,
    Interface,
    Link,
    Namespace,
    Netem,
    NetworkState,
    Route,
    Veth,
)

FORWARDING = {IPV4_FORWARDING: 1, IPV6_FORWARDING: 1}


@without_collection
def compile(document: schema.LabDocument) -> NetworkState:
    """The state that a document means, in normal form. The document must be without problems; names that it lacks are completed."""
    topology = completed(document)
    machines = _machines(topology)
    for device in topology.devices():
        link = _bridge(device, topology) if device.is_bridge else _link(device, topology)
        if link is not None:
            machines[device.netns].links[device.name] = link
    hosts: dict[str, dict[str, Namespace]] = {}
    for machine in machines.values():
        hosts.setdefault(machine.netns.host, {})[machine.netns.name] = machine.namespace()
    return NetworkState(
        hosts={name: Host(namespaces) for name, namespaces in hosts.items()},
        lans=frozenset(node.name for node in document.nodes if isinstance(node, schema.Lan)),
    )


@dataclass(slots=True)
class _Machine:
    """A namespace while it is put together."""

    netns: Netns
    node: schema.Machine | None = None
    """None: the default namespace of the host that is not drawn."""
    links: dict[str, Link] = field(default_factory=dict)

    def namespace(self) -> Namespace:
        """In normal form. Nothing is to be added afterwards."""
        sysctls = self._sysctls()
        mtus = smallest_port_mtus(self.links)
        for name, link in self.links.items():
            self.links[name] = _normal(link, mtus.get(name, DEFAULT_MTU))
        routes = _routes(self.node.routes, self.links) if self.node and self.node.routes else frozenset()
        return Namespace(self.links, routes, sysctls)

    def _sysctls(self) -> dict[str, int]:
        """Those that differ from the defaults."""
        if self.node is None:
            values = FORWARDING if any(link.addresses for link in self.links.values()) else {}
        else:
            values = ({} if isinstance(self.node, schema.Namespace) else FORWARDING) | self.node.sysctls
        return {key: values[key] for key in sorted(values) if values[key] != SYSCTLS[key].default}


def _machines(topology: Topology) -> dict[Netns, _Machine]:
    """The namespaces of a document: each host's default one, the implied host's where there is one, and the others."""
    machines: dict[Netns, _Machine] = {}
    if topology.implies_host:
        machines[DEFAULT_NETNS] = _Machine(DEFAULT_NETNS)
    for node, netns in zip(topology.document.nodes, topology.netns_by_node, strict=True):
        if isinstance(node, (schema.Host, schema.Namespace, schema.Router)):
            assert netns is not None  # a machine has a namespace
            machines[netns] = _Machine(netns, node)
    return machines


# Links


def _bridge(device: Device, topology: Topology) -> Link:
    """A bridge as drawn: not yet in normal form."""
    assert device.node is not None  # a bridge is a node
    node = topology.document.nodes[device.node]
    assert isinstance(node, schema.Bridge)
    mac = device.mac or (mac_of(path_of(node)) if device.addresses else None)
    kind = Bridge(stp=node.stp, mtu_set=device.mtu is not None)
    return Link(kind, device.up, device.mtu or DEFAULT_MTU, mac, None, frozenset(device.addresses))


def _link(device: Device, topology: Topology) -> Link | None:
    """A card or a veth's end as drawn: not yet in normal form. None where it cannot be made yet."""
    kind = _kind(device, topology)
    if kind is None:
        return None
    drawn = None if device.link is None else topology.document.links[device.link]
    master = topology.node(device.bridge) if device.bridge else None
    return Link(
        kind=kind,
        up=device.up,
        mtu=device.mtu or DEFAULT_MTU,
        mac=device.mac,
        master=master.name if master else None,
        addresses=frozenset(device.addresses),
        netem=netem_of(drawn) if drawn else None,
    )


def _kind(device: Device, topology: Topology) -> Veth | Card | None:
    """A veth's end where its link leads to another interface; else a host's card, plugged into the LAN where it leads to one.

    What leads from anywhere else to the internet needs an uplink of its own, which there is not yet.
    """
    if device.link is None or device.end is None:
        return Card()
    other = topology.links[device.link][1 - device.end]
    if other.netns and other.interface:
        return Veth(Interface(other.netns, other.interface))
    if isinstance(other.node, schema.Lan):
        return Card(other.node.name, netem_of(topology.document.links[device.link]))
    return None if device.netns.name or device.bridge else Card()


def mac_of(path: str) -> str:
    """A locally administered MAC address for a bridge, always the same for its full name: `host1/br0`."""
    octets = bytearray(hashlib.sha256(path.encode()).digest()[:6])
    octets[0] = octets[0] & 0xFC | 0x02
    return octets.hex(":")


_MOST_JITTER = 2147.483
"""Milliseconds: the kernel makes INT_MAX nanoseconds of any more (netem_change, net/sched/sch_netem.c)."""


def netem_of(link: schema.Link) -> Netem | None:
    """As exactly as tc(8) can say it: times in ticks of 64 ns, so to the microsecond; a rate in bytes (struct tc_netem_rate)."""
    if not (link.delay or link.jitter or link.loss or link.rate):
        return None
    delay, jitter = round(link.delay or 0.0, 3), round(min(link.jitter or 0.0, _MOST_JITTER), 3)
    netem = Netem(delay, jitter, round(link.loss or 0.0, 6), (link.rate or 0) // 8 * 8)
    return None if netem == Netem() else netem


def _normal(link: Link, mtu_of_ports: int) -> Link:
    return _awake(_with_mtu(link, link.kind, mtu_of_ports) if isinstance(link.kind, Bridge) else link)


def _with_mtu(link: Link, bridge: Bridge, mtu_of_ports: int) -> Link:
    """A bridge follows its smallest port (br_mtu_auto_adjust, net/bridge/br_if.c), unless it is given another MTU, which it then keeps."""
    if bridge.mtu_set and link.mtu != mtu_of_ports:
        return link
    return link._replace(mtu=mtu_of_ports, kind=replace(bridge, mtu_set=False))


def _awake(link: Link) -> Link:
    """The link without the IPv6 addresses that it cannot hold."""
    if holds(link, 6) or all(address.version == 4 for address in link.addresses):
        return link
    return link._replace(addresses=frozenset(address for address in link.addresses if address.version == 4))


# Routes


def _routes(drawn: Iterable[schema.Route], links: dict[str, Link]) -> frozenset[Route]:
    """The routes that the kernel can hold, each with its device."""
    routes: set[Route] = set()
    behind: list[schema.Route] = []
    for route in drawn:
        if has_gateway(route):
            behind.append(route)
        elif meant := direct_route(route, links):
            routes.add(meant)
    if behind:
        reach = Reach(links, routes)
        routes.update(filter(None, (gateway_route(route, reach, links) for route in behind)))
    return frozenset(routes)


def has_gateway(drawn: schema.Route) -> bool:
    return drawn.type == "unicast" and drawn.via is not None


def direct_route(drawn: schema.Route, links: Mapping[str, Link]) -> Route | None:
    """What a route without a gateway means; None while its link cannot hold it."""
    to = destination(drawn)
    if drawn.type != "unicast":
        return Route(to, metric=metric_of(drawn), type=drawn.type)
    if drawn.dev is not None and drawn.dev in links and holds(links[drawn.dev], to.version):
        return Route(to, None, drawn.dev, metric_of(drawn))
    return None


def gateway_route(drawn: schema.Route, reach: Reach, links: Mapping[str, Link]) -> Route | None:
    """What a route through a gateway means; None while no link that is up reaches that."""
    assert drawn.via is not None  # the caller looked
    to = destination(drawn)
    if drawn.via.version == 6 and drawn.via.is_link_local and drawn.dev:
        device, given = drawn.dev, True
        if device not in links or not holds(links[device], 6):
            return None
    else:
        hop = reach.next_hop(drawn.via, drawn.dev)
        if hop is None:
            return None
        device, given = hop.device, drawn.dev is not None or not hop.is_only
    return Route(to, drawn.via, device, metric_of(drawn), dev_given=given)
