"""The links and nodes of a document as the kernel has them: which interfaces they are, and who owns an address."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from pydantic_core import from_json, to_json

from labs.document.naming import completed
from labs.document.parse import parse
from labs.document.schema import LabDocument
from labs.document.topology import LinkEnd, Topology, path_of
from labs.messages.status import CheckResult, Hop, JsonObject, TraceResult
from labs.network.compile import compile
from labs.network.ownership import to_own
from labs.network.state import Gateway, Interface, NetworkState, Prefix


@dataclass(slots=True)
class DrawnLink:
    key: str
    """`A:if--B:if`, its ends in the order of the document."""
    ends: tuple[Interface | None, Interface | None]
    """None where it ends on a LAN."""


@dataclass(slots=True)
class Drawing:
    """A complete document, looked up."""

    document: LabDocument
    topology: Topology
    links: list[DrawnLink]
    by_interface: dict[Interface, list[DrawnLink]] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    """The node that has an address, as links write it."""
    addresses: dict[str, list[Gateway]] = field(default_factory=dict)
    """By node."""
    subnets: dict[str, list[Prefix]] = field(default_factory=dict)
    """That a node has an address in."""
    _network: NetworkState | None = None
    _state: NetworkState | None = None

    @property
    def network(self) -> NetworkState:
        """What it means, all of it."""
        if self._network is None:
            self._network = compile(self.document)
        return self._network

    @property
    def state(self) -> NetworkState:
        """What the lab is to own of that: in a sandbox, all of it."""
        if self._state is None:
            self._state = to_own(self.network) if self.document.target == "machine" else self.network
        return self._state

    @classmethod
    def of(cls, document: LabDocument) -> Drawing:
        topology = completed(document)
        document = topology.document
        links = [
            DrawnLink(f"{link.ends[0]}--{link.ends[1]}", (_interface(a), _interface(b)))
            for link, (a, b) in zip(document.links, topology.links, strict=True)
        ]
        drawing = cls(document, topology, links)
        for link in links:
            for end in link.ends:
                if end is not None:
                    drawing.by_interface.setdefault(end, []).append(link)
        for device in topology.devices():
            node = str(device.netns) if device.node is None else path_of(document.nodes[device.node])
            for address in device.addresses:
                drawing.owners.setdefault(str(address.ip), node)
                drawing.addresses.setdefault(node, []).append(address.ip)
                drawing.subnets.setdefault(node, []).append(address.network)
        return drawing


def drawn(document: JsonObject) -> Drawing:
    """A document that was stored, looked up. The last few are remembered: what is applied was planned a moment ago, and to read and
    compile a large document takes longer than to change a link. Raises DocumentError."""
    return _drawn(to_json(document))


@lru_cache(maxsize=8)
def _drawn(text: bytes) -> Drawing:
    return Drawing.of(parse(from_json(text)))


def _interface(end: LinkEnd) -> Interface | None:
    if end.netns is None or end.interface is None:
        return None
    return Interface(end.netns, end.interface)


def name_hops(trace: TraceResult, drawing: Drawing) -> TraceResult:
    """With the node that each hop's address belongs to."""
    hops = tuple(Hop(address=hop.address, rtt_ms=hop.rtt_ms, node=drawing.owners.get(hop.address or "")) for hop in trace.hops)
    return trace.model_copy(update={"hops": hops})


def name_hops_of(result: CheckResult, drawing: Drawing) -> CheckResult:
    return result.model_copy(update={"trace": name_hops(result.trace, drawing)}) if result.trace else result
