"""What every topic looks at, found once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from labs.document.netns import Netns
from labs.document.schema import LabDocument
from labs.document.segments import Segment, find_segments
from labs.document.topology import Device, Topology


@dataclass(frozen=True, slots=True)
class Survey:
    """A complete document, and who is where in it."""

    document: LabDocument
    topology: Topology
    devices: Sequence[Device]
    by_netns: Mapping[Netns, Sequence[Device]]
    """A bridge's ports come last."""
    segments: Sequence[Segment]
    mtus: Mapping[tuple[Netns, str], int]
    """What each interface's MTU will be, by its first mention."""

    @classmethod
    def of(cls, document: LabDocument) -> Survey:
        topology = Topology(document)
        devices = list(topology.devices())
        by_netns: defaultdict[Netns, list[Device]] = defaultdict(list)
        for device in devices:
            by_netns[device.netns].append(device)
        return cls(document, topology, devices, by_netns, find_segments(topology, devices), _mtus(devices))


DEFAULT_MTU = 1500


def _mtus(devices: Sequence[Device]) -> dict[tuple[Netns, str], int]:
    """A bridge that is given none takes its smallest port's (br_mtu_auto_adjust, net/bridge/br_if.c)."""
    smallest: dict[str, int] = {}
    for device in devices:
        if device.bridge is not None:
            smallest[device.bridge] = min(device.mtu or DEFAULT_MTU, smallest.get(device.bridge, 65535))
    mtus: dict[tuple[Netns, str], int] = {}
    for device in devices:
        path = f"{device.netns.host}/{device.name}" if device.netns.host else device.name
        inherited = smallest.get(path, DEFAULT_MTU) if device.is_bridge else DEFAULT_MTU
        mtus.setdefault((device.netns, device.name), device.mtu or inherited)
    return mtus
