"""Addresses: those that no interface can have, and those that two have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network, IPv6Network

from labs.document.errors import Problem, problem
from labs.document.problems.survey import Survey
from labs.document.routing import IPV6_MINIMUM_MTU
from labs.document.topology import Device
from labs.document.values import IpAddress, IpInterface, IpNetwork

UNUSABLE: tuple[tuple[IpNetwork, str], ...] = (
    (IPv4Network("0.0.0.0/8"), "in 0.0.0.0/8, which means this network"),
    (IPv4Network("127.0.0.0/8"), "a loopback address"),
    (IPv4Network("224.0.0.0/4"), "a multicast address"),
    (IPv4Network("255.255.255.255/32"), "the broadcast address of every network"),
    (IPv6Network("::/128"), "the unspecified address"),
    (IPv6Network("::1/128"), "the loopback address"),
    (IPv6Network("::ffff:0:0/96"), "an IPv4 address in IPv6 clothes"),
    (IPv6Network("fe80::/10"), "a link-local address, which Linux gives each interface itself"),
    (IPv6Network("ff00::/8"), "a multicast address"),
)


def address_problems(survey: Survey) -> Iterator[Problem]:
    for device in survey.devices:
        for i, address in enumerate(device.addresses):
            yield from _unusable(f"{device.path}.addresses[{i}]", address)
    yield from _twice(survey)
    for segment in survey.segments:
        yield from _macs(segment.devices)
    for device in survey.devices:
        yield from _mtu(device, survey.mtus[device.netns, device.name])


def why_unusable(address: IpAddress) -> str | None:
    """What keeps an address from being a machine's."""
    return next((what for network, what in UNUSABLE if address in network), None)


def _unusable(path: str, address: IpInterface) -> Iterator[Problem]:
    if what := why_unusable(address.ip):
        yield problem(path, "address_unusable", address=address.ip, what=what)
        return
    subnet: IpNetwork = address.network
    if subnet.max_prefixlen - subnet.prefixlen < 2:  # a link between two needs no network and broadcast address (RFC 3021, RFC 6164)
        return
    example = f"{subnet.network_address + 1}/{subnet.prefixlen}"
    if address.ip == subnet.network_address:
        yield problem(path, "address_is_network", address=address.ip, subnet=subnet, example=example)
    elif subnet.version == 4 and address.ip == subnet.broadcast_address:
        yield problem(path, "address_is_broadcast", address=address.ip, subnet=subnet, example=example)


def _twice(survey: Survey) -> Iterator[Problem]:
    """An address is on one interface of a namespace, and on one of a segment."""
    reported: set[str] = set()
    for devices in survey.by_netns.values():
        yield from _twice_among(devices, "in the same namespace", reported)
    for segment in survey.segments:
        yield from _twice_among(segment.devices, "on the same segment", reported)


def _twice_among(devices: Sequence[Device], where: str, reported: set[str]) -> Iterator[Problem]:
    seen: dict[IpAddress, tuple[Device, str]] = {}
    for device in devices:
        for i, address in enumerate(device.addresses):
            path = f"{device.path}.addresses[{i}]"
            first, other = seen.setdefault(address.ip, (device, path))
            if other != path and path not in reported:
                reported.add(path)
                yield problem(path, "address_twice", also=[other], address=address.ip, a=_end(first), b=_end(device), where=where)


def _end(device: Device) -> str:
    return f"{device.netns}:{device.name}"


def _macs(devices: Sequence[Device]) -> Iterator[Problem]:
    seen: dict[str, Device] = {}
    for device in devices:
        if device.mac is not None:
            first = seen.setdefault(device.mac, device)
            if first is not device:
                yield problem(f"{device.path}.mac", "mac_twice", also=[f"{first.path}.mac"], mac=device.mac, a=_end(first), b=_end(device))


def _mtu(device: Device, mtu: int) -> Iterator[Problem]:
    six = next((address for address in device.addresses if address.version == 6), None)
    if six is not None and mtu < IPV6_MINIMUM_MTU:
        yield problem(device.mtu_path, "mtu_ipv6", mtu=mtu, interface=_end(device), address=six)
