"""Names: of nodes, of the hosts and namespaces that hold them, of interfaces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from labs.document.errors import Problem, problem
from labs.document.netns import IMPLIED_HOST
from labs.document.problems.survey import Survey
from labs.document.schema import Bridge, Host, Namespace, Router
from labs.document.topology import Device, host_of, path_of


def name_problems(survey: Survey) -> Iterator[Problem]:
    yield from _nodes(survey)
    yield from _holders(survey)
    for devices in survey.by_netns.values():
        yield from _interfaces(devices)


def _nodes(survey: Survey) -> Iterator[Problem]:
    for i, node in enumerate(survey.document.nodes):
        first = survey.topology.indexes[path_of(node)]
        if first != i:
            yield problem(f"nodes[{i}].name", "name_twice", also=[f"nodes[{first}].name"], name=path_of(node))
        if isinstance(node, Host) and node.name == IMPLIED_HOST and survey.topology.implies_host:
            yield problem(f"nodes[{i}].name", "host_name_implied")


def _holders(survey: Survey) -> Iterator[Problem]:
    """The hosts and namespaces that nodes say they are in."""
    for i, node in enumerate(survey.document.nodes):
        host = host_of(node)
        if host is not None and not isinstance(survey.topology.node(host), Host):
            yield problem(f"nodes[{i}].host", "host_unknown", host=host)
        elif isinstance(node, Bridge) and node.in_ is not None:
            holder = survey.topology.node(f"{host}/{node.in_}" if host else node.in_)
            if not isinstance(holder, (Namespace, Router)):
                yield problem(f"nodes[{i}].in", "in_unknown", name=node.in_, host=host or "the implied host")


def _interfaces(devices: Sequence[Device]) -> Iterator[Problem]:
    """Each interface of a namespace has its own name. An end that two links name is said with the links."""
    first_of: dict[str, Device] = {}
    ports = {device.name: device.bridge for device in devices if device.bridge is not None}
    for device in devices:
        first = first_of.setdefault(device.name, device)
        if not device.is_bridge and device.is_listed and device.name in ports:
            yield problem(device.path, "interface_is_port", name=device.name, bridge=ports[device.name])
        elif first is not device and (device.is_listed or first.is_bridge):
            yield problem(_name_path(device), "interface_twice", also=[_name_path(first)], name=device.name, place=device.netns)


def _name_path(device: Device) -> str:
    return f"{device.path}.name" if device.is_listed else device.path
