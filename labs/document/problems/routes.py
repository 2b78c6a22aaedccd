"""Routes: those that the kernel would refuse, and those of which it could not be said what they mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from labs.document.errors import Problem, problem
from labs.document.netns import Netns
from labs.document.problems.addresses import why_unusable
from labs.document.problems.survey import Survey
from labs.document.routing import (
    CONNECTED_METRICS,
    IPV6_MINIMUM_MTU,
    LINK_LOCAL,
    LINK_LOCAL_SUBNET,
    OnLink,
    destination,
    gateway_devices,
    metric_of,
    on_link,
    subnet_of,
)
from labs.document.schema import Host, Namespace, Route, Router
from labs.document.topology import Device, netns_of
from labs.document.values import IpAddress


def route_problems(survey: Survey) -> Iterator[Problem]:
    for i, node in enumerate(survey.document.nodes):
        if isinstance(node, (Host, Namespace, Router)) and node.routes:
            netns = netns_of(node)
            assert netns is not None  # a machine has a namespace
            devices = {device.name: device for device in survey.by_netns.get(netns, ()) if not device.is_port}
            mtus = {name: survey.mtus[netns, name] for name in devices}
            table = _Table(netns, devices, mtus, node.routes, on_link(devices.values(), node.routes))
            yield from _routes(f"nodes[{i}]", table)


@dataclass(frozen=True, slots=True)
class _Table:
    """What a namespace's routes are held against."""

    netns: Netns
    devices: dict[str, Device]
    mtus: dict[str, int]
    routes: Sequence[Route]
    prefixes: list[OnLink]


def _routes(path: str, table: _Table) -> Iterator[Problem]:
    seen: dict[tuple[object, int], str] = {}
    for j, route in enumerate(table.routes):
        where = f"{path}.routes[{j}]"
        key = (destination(route), metric_of(route))
        first = seen.setdefault(key, where)
        if first != where:
            yield problem(where, "route_twice", also=[first], to=key[0], metric=key[1])
        yield from _connected(where, route, table)
        if route.type != "unicast":
            if route.via or route.dev:
                yield problem(where, "route_with_next_hop", type=route.type)
        else:
            yield from _next_hop(where, route, table)


def _connected(where: str, route: Route, table: _Table) -> Iterator[Problem]:
    to = destination(route)
    if metric_of(route) != CONNECTED_METRICS[to.version]:
        return
    for device in table.devices.values():
        if to == LINK_LOCAL_SUBNET or any(subnet_of(address) == to for address in device.addresses):
            yield problem(f"{where}.to", "route_is_connected", to=to, dev=device.name)
            return


def _next_hop(where: str, route: Route, table: _Table) -> Iterator[Problem]:
    to = destination(route)
    if route.dev is not None and route.dev not in table.devices:
        yield problem(f"{where}.dev", "route_dev_unknown", dev=route.dev, place=table.netns, known=", ".join(table.devices) or "none")
    elif route.dev is not None and to.version == 6 and table.mtus[route.dev] < IPV6_MINIMUM_MTU:
        yield problem(f"{where}.dev", "route_dev_ipv6", dev=route.dev, mtu=table.mtus[route.dev])
    elif route.via is None and route.dev is None:
        yield problem(where, "route_incomplete")
    elif route.via is not None and route.via.version != to.version:
        yield problem(f"{where}.via", "route_families", to=to, via=route.via)
    elif route.via is not None:
        yield from _gateway(f"{where}.via", route.via, route.dev, table)


def _gateway(where: str, via: IpAddress, dev: str | None, table: _Table) -> Iterator[Problem]:
    if any(via in _own_addresses(device, dev) for device in table.devices.values()):
        yield problem(where, "gateway_own", via=via, place=table.netns)
        return
    if via not in LINK_LOCAL and (what := why_unusable(via)):
        yield problem(where, "gateway_unusable", via=via, what=what)
        return
    devs = gateway_devices(via, table.prefixes, dev)
    if len(devs) > 1:
        yield problem(where, "gateway_ambiguous", via=via, devs=" and ".join(devs))
    elif devs:
        yield from _not_a_host(where, via, table)
        yield from _behind_a_route(where, via, table)
    elif via in LINK_LOCAL:
        yield problem(where, "gateway_needs_dev", via=via)
    elif dev is not None:
        yield problem(where, "gateway_not_on_dev", via=via, dev=dev, subnets=_subnets(table, dev))
    elif not any(device.addresses for device in table.devices.values()):
        yield problem(where, "gateway_without_address", via=via, place=table.netns)
    else:
        yield problem(where, "gateway_unreached", via=via, place=table.netns, subnets=_subnets(table))


def _own_addresses(device: Device, out_of: str | None) -> Iterator[IpAddress]:
    """Of the interface that the route is out of, with the link-local address that a given MAC makes (ip6_validate_gw, net/ipv6/route.c;
    addrconf_ifid_eui48, include/net/addrconf.h)."""
    yield from (address.ip for address in device.addresses)
    if device.mac is not None and device.name == out_of:
        mac = bytes.fromhex(device.mac.replace(":", ""))
        yield LINK_LOCAL[int.from_bytes(bytes([mac[0] ^ 2]) + mac[1:3] + b"\xff\xfe" + mac[3:])]


def _not_a_host(where: str, via: IpAddress, table: _Table) -> Iterator[Problem]:
    for device in table.devices.values():
        for address in device.addresses:
            subnet = address.network
            if subnet.max_prefixlen - subnet.prefixlen < 2:
                continue
            if via == subnet.network_address or (via.version == 4 and via == subnet.broadcast_address):
                yield problem(where, "gateway_not_host", via=via, subnet=subnet)
                return


def _behind_a_route(where: str, via: IpAddress, table: _Table) -> Iterator[Problem]:
    """IPv6 looks a gateway up like any address, and refuses one that its best route does not call a neighbour (ip6_validate_gw)."""
    if via.version != 6 or via in LINK_LOCAL:
        return
    best = min((-each.prefix.prefixlen, each.metric) for each in table.prefixes if via in each.prefix)
    for route in table.routes:
        to = destination(route)
        if via in to and (-to.prefixlen, metric_of(route)) < best and (route.via is not None or route.type != "unicast"):
            yield problem(where, "gateway_behind_route", via=via, to=to)
            return


def _subnets(table: _Table, dev: str | None = None) -> str:
    return ", ".join(dict.fromkeys(str(each.prefix) for each in table.prefixes if dev in {None, each.dev})) or "none"
