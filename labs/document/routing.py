"""What a routing table makes of a document's routes: destinations, metrics, and the interface through which a gateway is reached."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, IPv6Network
from typing import NamedTuple

from labs.document.schema import Route
from labs.document.topology import Device
from labs.document.values import IpAddress, IpInterface, IpNetwork

IPV6_METRIC = 1024
"""Of an IPv6 route that is given none, or 0 (IP6_RT_PRIO_USER, include/uapi/linux/ipv6_route.h)."""
CONNECTED_METRICS = {4: 0, 6: 256}
"""Of the route that the kernel makes for an address (IP6_RT_PRIO_ADDRCONF)."""
IPV6_MINIMUM_MTU = 1280
"""Below it, a link has no IPv6 (IPV6_MIN_MTU, include/uapi/linux/ipv6.h)."""
LINK_LOCAL = IPv6Network("fe80::/10")
LINK_LOCAL_SUBNET = IPv6Network("fe80::/64")
"""Of every interface that has IPv6."""
_DEFAULTS: dict[int, IpNetwork] = {4: IPv4Network("0.0.0.0/0"), 6: IPv6Network("::/0")}


class OnLink(NamedTuple):
    """A prefix whose addresses are neighbours on an interface."""

    prefix: IpNetwork
    dev: str
    metric: int


def destination(route: Route) -> IpNetwork:
    """Where a route leads. `default` is of the family of its gateway; without one, as for `ip route`, of IPv4."""
    return _DEFAULTS[route.via.version if route.via else 4] if route.to == "default" else route.to


def metric_of(route: Route) -> int:
    """The metric that the kernel gives the route."""
    return route.metric or (IPV6_METRIC if destination(route).version == 6 else 0)


def subnet_of(address: IpInterface) -> IpNetwork | None:
    """The subnet to which an address makes the kernel add a route, if it does (fib_add_ifaddr, net/ipv4/fib_frontend.c)."""
    network: IpNetwork = address.network
    if network.version == 4 and (network.prefixlen == 32 or int(network.network_address) >> 24 == 0):
        return None
    return network


def on_link(devices: Iterable[Device], routes: Sequence[Route]) -> list[OnLink]:
    """The prefixes that a namespace's interfaces reach without a gateway: their subnets, and routes that say only `dev`."""
    addresses = {device.name: device.addresses for device in devices}
    prefixes = [
        OnLink(subnet, dev, CONNECTED_METRICS[subnet.version])
        for dev, found in addresses.items()
        for address in found
        if (subnet := subnet_of(address))
    ]
    prefixes += [
        OnLink(destination(route), route.dev, metric_of(route))
        for route in routes
        if route.type == "unicast" and route.dev in addresses and route.dev is not None and route.via is None
    ]
    return prefixes


def gateway_devices(via: IpAddress, prefixes: Iterable[OnLink], dev: str | None = None) -> list[str]:
    """The interfaces, only `dev` where given, that reach a gateway by the longest prefix. None: unreached. Several: which is meant?"""
    if via in LINK_LOCAL:
        return [dev] if dev else []
    holding = [each for each in prefixes if via in each.prefix and dev in {None, each.dev}]
    longest = max((each.prefix.prefixlen for each in holding), default=0)
    return list(dict.fromkeys(each.dev for each in holding if each.prefix.prefixlen == longest))
