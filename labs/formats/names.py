"""How scripts call hosts, nodes and files."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from labs.document.netns import IMPLIED_HOST
from labs.document.schema import LabDocument
from labs.document.topology import path_of
from labs.formats.comments import one_line
from labs.network.operations import AddBridge, Operation, SetMaster
from labs.network.state import EMPTY, Bridge, Interface, Netns, NetworkState


def host_label(host: str) -> str:
    """`host1`, and `host` for the host that is not drawn."""
    return host or IMPLIED_HOST


def stem(title: str) -> str:
    """A lab's title as the beginning of a file's name: one word for any shell, in any language."""
    return re.sub(r"[^\w.-]+", "-", title[:60]).strip("-.") or "lab"


def filename(document: LabDocument, state: NetworkState, host: str, *, teardown: bool = False) -> str:
    """`A-cable-setup.sh`, and `Two-hosts-host1-setup.sh` where there are several: what a script is called, here and in its own head."""
    words = [stem(document.name), *([host_label(host)] if len(state.hosts) > 1 else ()), "teardown" if teardown else "setup"]
    return f"{'-'.join(words)}.sh"


@dataclass(frozen=True, slots=True)
class NodeNames:
    """What the comments of one host's script call a node: its name there, and its label."""

    labels: Mapping[str, str] = field(default_factory=dict)
    """By the node's path."""
    bridges: Mapping[Interface, str] = field(default_factory=dict)
    """The bridge that an interface belongs to: a bridge to itself, a port to its master."""

    @classmethod
    def of(cls, document: LabDocument, plan: Sequence[Operation]) -> NodeNames:
        labels = {path_of(node): one_line(node.label) for node in document.nodes if node.label}
        return cls(labels, bridges_of(plan))

    def of_netns(self, netns: Netns) -> str:
        return self._labelled(netns, netns.name or host_label(netns.host))

    def of_interface(self, interface: Interface) -> str:
        """The node that the drawing shows an interface at: its bridge, or else its namespace."""
        netns = interface.netns
        bridge = self.bridges.get(interface)
        return self._labelled(Netns(netns.host, bridge), bridge) if bridge else self.of_netns(netns)

    def _labelled(self, path: Netns, name: str) -> str:
        label = self.labels.get(str(path))
        return f"{name} ({label})" if label else name


def bridges_of(plan: Sequence[Operation], before: NetworkState = EMPTY) -> dict[Interface, str]:
    """The bridge that an interface of a plan that begins in `before` belongs to meanwhile: a bridge to itself, a port to its master."""
    bridges: dict[Interface, str] = {}
    for interface in {Interface(netns, name) for netns, name in (op.place() for op in plan) if netns and name}:
        link = before.link(interface)
        if link and isinstance(link.kind, Bridge):
            bridges[interface] = interface.name
        elif link and link.master:
            bridges[interface] = link.master
    for op in plan:
        match op:
            case AddBridge(interface):
                bridges[interface] = interface.name
            case SetMaster(interface, str(master)):
                bridges[interface] = master
    return bridges
