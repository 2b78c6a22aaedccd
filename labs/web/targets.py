"""From two nodes that a person clicks on to an address to ping."""

from __future__ import annotations

from ipaddress import ip_address

from labs.document.schema import Bridge, LabDocument
from labs.document.topology import Device, Topology, place_of
from labs.document.values import IpInterface
from labs.web.errors import Invalid


def address_to_reach(document: LabDocument, source: str, target: str) -> str:
    """The address that `source`, a node, should ping for `target`, an address or a node.

    Of a node's addresses the one in a subnet of the source's own, else the first IPv4 address, else the first. Raises Invalid where a
    node is not there or has no address. The document must be complete.
    """
    topology = Topology(document)
    devices = list(topology.devices())
    own = addresses_of(topology, devices, source)
    try:
        return str(ip_address(target))
    except ValueError:
        pass  # a node, then
    theirs = addresses_of(topology, devices, target)
    if not theirs:
        raise Invalid("no_address", f"{target} has no address to reach it at.", {"node": target})
    networks = [address.network for address in own]
    near = [address for address in theirs if any(address.ip in network for network in networks)]
    return str(min(near or theirs, key=lambda address: address.version).ip)


def addresses_of(topology: Topology, devices: list[Device], path: str) -> list[IpInterface]:
    """The addresses of a node: a bridge's own, or all in a machine's namespace. Raises Invalid for what has none, or is not there."""
    node = topology.node(path)
    if isinstance(node, Bridge):
        place, index = place_of(node), topology.indexes[path]
    else:
        place, index = topology.place(path), None
    if place is None:
        raise Invalid("no_such_node", f"There is no node {path!r} in this lab that can send or answer.", {"node": path})
    found = [device for device in devices if device.place == place and (index is None or device.node == index)]
    return [address for device in found for address in device.addresses]  # also of one that is down: its ping is refused, and says why
