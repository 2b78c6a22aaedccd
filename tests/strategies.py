"""Hypothesis strategies for lab documents.

    @given(documents())
    def test_something(document: LabDocument) -> None: ...

What they draw has no problems, is complete, and between them the documents reach every kind of node and every key.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from labs.document.dump import dump
from labs.document.naming import complete
from labs.document.netns import Netns
from labs.document.parse import parse
from labs.document.schema import LabDocument
from labs.document.segments import Groups, Segment, find_segments
from labs.document.sysctls import SYSCTLS
from labs.document.topology import Device, Topology

Draw = Callable[[st.SearchStrategy[Any]], Any]
Data = dict[str, Any]

LINES = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=20)
SCOPES: list[list[str | None]] = [[None], ["host1"], ["host1", "host2"], [None, "host1"], ["h", "host2", "a-host-with-quite-a-long-name"]]
STEMS = ["ns", "N.s_", "a-namespace-with-a-long-name-"]


def rarely(draw: Draw) -> bool:
    return bool(draw(st.integers(0, 7)) == 7)


@st.composite
def documents(draw: st.DrawFn, netem: bool = False, most: int = 3) -> LabDocument:
    """Complete documents without problems.

    `most` namespaces in a host, at most. With `netem`, links may have delay, jitter, loss and rate, which not every kernel can do.
    """
    skeleton = complete(parse(_skeleton(draw, most)))
    data = {"nodes": [], "links": []} | dump(skeleton)
    _furnish(draw, data, skeleton)
    if netem:
        _slow_down(draw, data)
    _decorate(draw, data)
    return parse(data)


def _skeleton(draw: Draw, most: int) -> Data:
    """Nodes and links, unnamed or with names of the document's own."""
    nodes: list[Data] = []
    links: list[Data] = []
    hosts = draw(st.sampled_from(SCOPES))
    for host in hosts:
        _host(draw, host, nodes, links, most)
    drawn = [host for host in hosts if host]
    for i in range(draw(st.integers(0, 2)) if drawn else 0):
        nodes.append({"name": f"lan{i}", "kind": "lan"})
        cards = draw(st.lists(st.sampled_from(drawn), max_size=3))
        links += [{"ends": draw(st.permutations([host, f"lan{i}"]))} for host in cards]
    return {"topoweb": 1, "name": "Generated", "nodes": nodes, "links": links}


def _host(draw: Draw, host: str | None, nodes: list[Data], links: list[Data], most: int) -> None:
    """A host, drawn or implied, what is in it, and the veth pairs between them."""
    prefix, inside = (f"{host}/", {"host": host}) if host else ("", {})
    stem = draw(st.sampled_from(STEMS))
    machines = [(f"{stem}{i}", "namespace") for i in range(draw(st.integers(0, most)))]
    machines += [(f"r{i}", "router") for i in range(draw(st.integers(0, 2)))]
    bridges: dict[str, Data] = {}
    for i in range(draw(st.integers(0, 2))):
        bridge = {"name": f"br{i}", "kind": "bridge", "stp": draw(st.booleans())} | inside
        if machines and rarely(draw):
            bridge["in"] = draw(st.sampled_from(machines))[0]
        bridges[f"{prefix}{bridge['name']}"] = bridge
    if host:
        nodes.append({"name": host, "kind": "host"})
    nodes += [{"name": name, "kind": kind} | inside for name, kind in machines]
    nodes += bridges.values()
    paths = [prefix + name for name, _ in machines] + list(bridges) + [host or "host"]
    links += _veths(draw, paths, bridges, wanted=len(paths) - 1)


def _veths(draw: Draw, paths: list[str], bridges: dict[str, Data], wanted: int) -> Iterator[Data]:
    loops = Groups()
    numbers = itertools.count()
    for _ in range(wanted):
        a, b = draw(st.sampled_from(paths)), draw(st.sampled_from(paths))
        if a == b:
            continue
        blind = [path for path in (a, b) if path in bridges and not bridges[path]["stp"]]
        if len(blind) == 2 and not loops.join(a, b):
            continue
        if draw(st.booleans()):
            a, b = (f"{path}:p{next(numbers)}" if path in bridges else f"{path}:if{next(numbers)}" for path in (a, b))
        yield {"ends": [a, b]}


# What the nodes of a skeleton have


@dataclass
class _Subnets:
    """Where the devices of a document are, so that gateways can be chosen."""

    addresses: dict[tuple[Netns, str], list[str]] = field(default_factory=dict)
    neighbours: dict[tuple[Netns, str], list[str]] = field(default_factory=dict)
    """By interface: addresses in its subnets that are not its own."""


def _furnish(draw: Draw, data: Data, skeleton: LabDocument) -> None:
    topology = Topology(skeleton)
    devices = list(topology.devices())
    subnets = _Subnets()
    macs = (f"02:00:00:00:{n >> 8:02x}:{n & 255:02x}" for n in itertools.count(1))
    for k, segment in enumerate(find_segments(topology, devices)):
        six = draw(st.booleans())
        _address(draw, k, six, segment, subnets)
        for device in segment.devices:
            _settings(draw, data, device, six, macs)
    for device in devices:
        if found := subnets.addresses.get((device.netns, device.name)):
            _part(data, device)["addresses"] = found
    for node in data["nodes"]:
        if node["kind"] in {"host", "namespace", "router"}:
            netns = topology.netns(f"{node['host']}/{node['name']}" if "host" in node else node["name"])
            assert netns is not None
            here = {device.name: device for device in devices if device.netns == netns and not device.is_port}
            node["routes"] = list(_routes(draw, netns, list(here), subnets))
            if rarely(draw):
                node["sysctls"] = draw(_sysctls())


def _part(data: Data, device: Device) -> Data:
    """The mapping that says a device: a bridge, or an interface of a machine. None is said of a port."""
    assert device.node is not None
    node: Data = data["nodes"][device.node]
    if device.is_bridge:
        return node
    return next(interface for interface in node["interfaces"] if interface["name"] == device.name)


def _address(draw: Draw, k: int, six: bool, segment: Segment, subnets: _Subnets) -> None:
    """Addresses for a segment, of one subnet for each family. A namespace that is on it twice gets one interface with addresses."""
    four, length = draw(st.booleans()), draw(st.sampled_from([16, 24, 29]))
    seen: set[Netns] = set()
    members = [device for device in segment.devices if device.is_listed]
    for n, device in enumerate(members, start=1):
        if device.netns in seen or n > 5:
            continue
        found = [f"10.{k}.0.{n}/{length}"] if four and draw(st.booleans()) else []
        found += [f"fd00:{k:x}::{n:x}/64"] if six and draw(st.booleans()) else []
        found += [f"172.16.{k}.{n}/32"] if rarely(draw) else []
        found += [f"172.17.{k}.{2 * n}/31"] if rarely(draw) else []
        if found:
            seen.add(device.netns)
            key = device.netns, device.name
            subnets.addresses[key] = found
            subnets.neighbours[key] = [f"10.{k}.0.6"] * (f"10.{k}.0.{n}/{length}" in found) + [f"fd00:{k:x}::ff"] * any(
                ":" in a for a in found
            )


def _settings(draw: Draw, data: Data, device: Device, six: bool, macs: Iterator[str]) -> None:
    """MTU, MAC and whether it is up, of a device and of its link. Where a segment has IPv6, no MTU is too small for it."""
    mtus = st.sampled_from([1280, 1400, 1500, 9000, 65535] if six else [68, 576, 1280, 1400, 9000])
    if device.link is not None and rarely(draw):
        link: Data = data["links"][device.link]
        link |= draw(st.sampled_from([{"up": False}, {"mtu": draw(mtus)}]))
    if not device.is_listed:
        return
    part = _part(data, device)
    if rarely(draw):
        part["mtu"] = draw(mtus)
    if rarely(draw):
        part["mac"] = next(macs)
    if rarely(draw):
        part["up"] = False


def _routes(draw: Draw, netns: Netns, names: list[str], subnets: _Subnets) -> Iterator[Data]:
    """Routes of every kind, each to a destination of its own, or to one again with another metric."""
    for n in range(draw(st.integers(0, 3))):
        metric = draw(st.sampled_from([None, 0, 50, 4294967295]))
        for route in draw(st.sampled_from([_closed, _through_gateway, _on_link]))(draw, n, netns, names, subnets):
            yield ({} if metric is None else {"metric": metric}) | route
            if rarely(draw):
                yield route | {"metric": 700 + n}


def _closed(draw: Draw, n: int, *_: object) -> Iterator[Data]:
    to = draw(st.sampled_from([f"172.20.{n}.0/24", f"fd20:{n}::/48"]))
    yield {"to": to, "type": draw(st.sampled_from(["blackhole", "unreachable", "prohibit"]))}


def _through_gateway(draw: Draw, n: int, netns: Netns, names: list[str], subnets: _Subnets) -> Iterator[Data]:
    gateways = [(name, via) for name in names for via in subnets.neighbours.get((netns, name), ())]
    if gateways:
        name, via = draw(st.sampled_from(gateways))
        to = f"fd21:{n}::/48" if ":" in via else f"172.21.{n}.0/24"
        default = {"to": "default", "metric": 1000 + n}
        yield {"to": to, "via": via} | draw(st.sampled_from([{}, {"dev": name}, default]))


def _on_link(draw: Draw, n: int, netns: Netns, names: list[str], subnets: _Subnets) -> Iterator[Data]:
    """A prefix on an interface itself, and perhaps a gateway in that."""
    if names:
        name = draw(st.sampled_from(names))
        if any(":" in address for address in subnets.addresses.get((netns, name), ())):
            yield {"to": f"fd22:{n}::/48", "dev": name}
        yield {"to": f"172.22.{n}.0/24", "dev": name}
        if draw(st.booleans()):
            yield {"to": f"172.23.{n}.0/24", "via": f"172.22.{n}.9"}


def _sysctls() -> st.SearchStrategy[dict[str, int]]:
    return st.fixed_dictionaries({}, optional={name: st.integers(sysctl.minimum, sysctl.maximum) for name, sysctl in SYSCTLS.items()})


def _slow_down(draw: Draw, data: Data) -> None:
    for link in data.get("links", ()):
        if draw(st.booleans()):
            link["delay"] = draw(st.sampled_from([0.5, 10, 200.25]))
            link |= draw(st.sampled_from([{}, {"jitter": 0.25}]))
        link |= draw(st.sampled_from([{}, {"loss": 12.5}, {"rate": 1_000_000}]))


def _decorate(draw: Draw, data: Data) -> None:
    """What nothing on the network depends on: words, positions, notes, checks."""
    data["name"] = draw(LINES) or "Generated"
    data["description"] = draw(st.sampled_from(["", "Two lines,\none network. 两行。"]))
    places = [f"{node['host']}/{node['name']}" if "host" in node else node["name"] for node in data["nodes"] if _has_netns(node)]
    for node in data["nodes"]:
        node |= draw(st.sampled_from([{}, {"x": 80, "y": -40.5}, {"label": "路由器"}, {"note": "see\n$(reboot) <b>"}]))
    if places and draw(st.booleans()):
        source = draw(st.sampled_from(places))
        data["checks"] = [
            {"from": source, "ping": "10.0.0.2", "expect": draw(st.sampled_from(["reply", "unreachable", "timeout"]))},
            {"from": source, "trace": "fd00::2", "expect": ["*", "fd00::1"]},
        ]
    if rarely(draw):
        data["notes"] = [{"text": draw(LINES), "x": 0, "y": 1.5, "width": 200, "height": 112}]


def _has_netns(node: Data) -> bool:
    return node["kind"] in {"host", "namespace", "router"}
