"""A new link, with the names and addresses that a person would give it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Network, ip_interface

from labs.document.errors import Problem, problem
from labs.document.naming import complete
from labs.document.problems import find_problems
from labs.document.schema import Host, Internet, LabDocument, Link, Namespace, Node, Router
from labs.document.segments import Segment, find_segments
from labs.document.topology import Device, LinkEnd, Topology
from labs.document.values import IpAddress, IpInterface, IpNetwork
from labs.document.wording import shown


class LinkError(ValueError):
    """Two nodes that cannot be linked; `problem` says why, as it would of a drawing that had the link."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def connect(document: LabDocument, a: str, b: str) -> LabDocument:
    """The completed document with one link more, from `a` to `b` (`host1/ns1`).

    The new interfaces of machines get the next free addresses of the subnet of the segment that they are now on, or the first ones of a
    new subnet, 192.168.N.0/24. A router or host that begins a subnet takes its first address; a bridge's port takes none.
    Raises `LinkError`.
    """
    link = len(document.links)
    topology = Topology(document)
    for i, path in enumerate((a, b)):
        if topology.node(path) is None and topology.netns(path) is None:
            raise LinkError(problem(f"links[{link}].ends[{i}]", "end_unknown", node=shown(path)))
    longer = complete(document.model_copy(update={"links": (*document.links, Link(ends=(a, b)))}))
    for found in find_problems(longer):
        if found.path.startswith(f"links[{link}]"):
            raise LinkError(found)
    return _address(longer, link)


def _address(document: LabDocument, link: int) -> LabDocument:
    topology = Topology(document)
    devices = list(topology.devices())
    found = find_segments(topology, devices)
    if any(isinstance(end.node, Internet) for end in topology.links[link]):
        return document
    begun: list[IpNetwork] = []
    addresses: dict[str, tuple[IpInterface, ...]] = {}
    for device in _unaddressed(topology.links[link], devices):
        segment = next(each for each in found if device in each.devices)
        subnets = begun or _subnets(segment)
        if not subnets:
            subnets = begun = [_new_subnet(devices, document)]
        taken = {each.ip for other in (*segment.devices, *_beside(device, devices)) for each in other.addresses}
        taken |= {each.ip for given in addresses.values() for each in given}
        addresses[device.path] = tuple(_free(subnets, taken))
    return _with_addresses(document, devices, addresses)


def _unaddressed(ends: tuple[LinkEnd, LinkEnd], devices: Sequence[Device]) -> list[Device]:
    """The listed interfaces at a link's ends that have no address; those of routers and hosts first, whom others take for gateways."""
    found = [
        (isinstance(end.node, Namespace), device)
        for end in ends
        for device in devices
        if device.is_listed and not device.addresses and (device.netns, device.name) == (end.netns, end.interface)
    ]
    return [device for _, device in sorted(found, key=lambda each: each[0])]


def _beside(device: Device, devices: Iterable[Device]) -> Iterator[Device]:
    """The interfaces in the same namespace."""
    return (other for other in devices if other.netns == device.netns)


def _subnets(segment: Segment) -> list[IpNetwork]:
    """The first subnet of each family on a segment."""
    first: dict[int, IpNetwork] = {}
    for device in segment.devices:
        for address in device.addresses:
            if address.network.num_addresses > 1:
                first.setdefault(address.version, address.network)
    return list(first.values())


def _new_subnet(devices: Iterable[Device], document: LabDocument) -> IPv4Network:
    """The first 192.168.N.0/24 that touches nothing that the document names. Past the last, 192.168.254.0/24 again."""
    used = [address.network for device in devices for address in device.addresses if address.version == 4]
    for node in document.nodes:
        if isinstance(node, (Host, Namespace, Router)):
            used += [route.to for route in node.routes if isinstance(route.to, IPv4Network)]
    subnets = [IPv4Network(f"192.168.{n}.0/24") for n in range(1, 255)]
    free = (subnet for subnet in subnets if not any(subnet.overlaps(each) for each in used if each.prefixlen))
    return next(free, subnets[-1])


def _free(subnets: Iterable[IpNetwork], taken: set[IpAddress]) -> Iterator[IpInterface]:
    """The next free address of each subnet that has one left."""
    for subnet in subnets:
        for address in subnet.hosts():
            if address not in taken:
                yield ip_interface(f"{address}/{subnet.prefixlen}")
                break


def _with_addresses(document: LabDocument, devices: Iterable[Device], addresses: dict[str, tuple[IpInterface, ...]]) -> LabDocument:
    nodes = list(document.nodes)
    for device in devices:
        if device.path in addresses and device.node is not None:
            nodes[device.node] = _with_address(nodes[device.node], device.name, addresses[device.path])
    return document.model_copy(update={"nodes": tuple(nodes)})


def _with_address(node: Node, interface: str, addresses: tuple[IpInterface, ...]) -> Node:
    assert isinstance(node, (Host, Namespace, Router))  # only their interfaces are listed
    interfaces = [each.model_copy(update={"addresses": addresses}) if each.name == interface else each for each in node.interfaces]
    return node.model_copy(update={"interfaces": tuple(interfaces)})
