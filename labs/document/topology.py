"""Who is whom in a document: nodes by path, the network namespace each is in, what the ends of links stand for.

A half-drawn document has them all in doubt, so nothing here raises: what cannot be found is None, and `labs.document.problems` says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from labs.document.netns import DEFAULT_NETNS, IMPLIED_HOST, Netns
from labs.document.schema import Bridge, Host, Interface, Internet, LabDocument, Lan, Link, Namespace, Node, Router
from labs.document.values import IpInterface


def path_of(node: Node) -> str:
    """A node as links and checks write it: `host1/ns1`, or `ns1` for what is not in a drawn host."""
    host = host_of(node)
    return f"{host}/{node.name}" if host else node.name


def host_of(node: Node) -> str | None:
    """The drawn host that holds a node; None for the implied one, and for what is in no host."""
    return node.host if isinstance(node, (Namespace, Router, Bridge)) else None


def netns_of(node: Node) -> Netns | None:
    """The network namespace that a node is or, a bridge, is in. None for what has none."""
    match node:
        case Host():
            return Netns(node.name, "")
        case Namespace() | Router():
            return Netns(node.host or "", node.name)
        case Bridge():
            return Netns(node.host or "", node.in_ or "")
        case Lan() | Internet():
            return None


class LinkEnd(NamedTuple):
    """An end of a link, looked up."""

    text: str
    """The node, as written: `host1/ns1`."""
    interface: str | None
    node_index: int | None
    """In the document; None where there is none, or where it is the implied host."""
    node: Node | None
    netns: Netns | None
    """Where the interface is; None at a LAN, at the internet, and where there is no such node."""

    @property
    def is_implied_host(self) -> bool:
        return self.node is None and self.netns is not None

    @property
    def exists(self) -> bool:
        return self.node is not None or self.netns is not None

    @property
    def is_named(self) -> bool:
        """Whether it has an interface, or takes none: at a LAN, or at nothing."""
        return self.interface is not None or self.netns is None


class Device(NamedTuple):
    """A network interface that the document asks for: a card, a veth's end, a bridge's port, a bridge."""

    netns: Netns
    name: str
    node: int | None = None
    """The node's index; None on the implied host."""
    interface: int | None = None
    """Its index among the node's interfaces, where it is listed there."""
    link: int | None = None
    """The index of the link that ends at it."""
    end: int | None = None
    """0 or 1: which end of that link."""
    bridge: str | None = None
    """The path of the bridge whose port it is."""
    addresses: tuple[IpInterface, ...] = ()
    mac: str | None = None
    mtu: int | None = None
    """As the document gives it, on the interface or on its link."""
    has_mtu_of_link: bool = False
    """Whether it is for the link to give it an MTU."""
    up: bool = True
    """Both the interface and its link."""

    @property
    def path(self) -> str:
        """Where the document says it: `nodes[2].interfaces[0]`, `nodes[1]` (a bridge), `links[0].ends[1]` (a port)."""
        if not self.is_listed:
            return f"links[{self.link}].ends[{self.end}]"
        return f"nodes[{self.node}]" if self.is_bridge else f"nodes[{self.node}].interfaces[{self.interface}]"

    @property
    def mtu_path(self) -> str:
        return f"links[{self.link}].mtu" if self.has_mtu_of_link else f"{self.path}.mtu"

    @property
    def is_listed(self) -> bool:
        """Whether a node says it, and not only a link."""
        return self.interface is not None or self.is_bridge

    @property
    def is_bridge(self) -> bool:
        return self.interface is None and self.link is None

    @property
    def is_port(self) -> bool:
        return self.bridge is not None


class Topology:
    """The nodes of a document by path, and its links with their ends looked up. Of two nodes with one path, the first is meant."""

    def __init__(self, document: LabDocument) -> None:
        self.document = document
        self.paths = [path_of(node) for node in document.nodes]
        self.netns_by_node = [netns_of(node) for node in document.nodes]
        """The network namespace that each node is or is in."""
        self.indexes: dict[str, int] = {}
        for i, path in enumerate(self.paths):
            self.indexes.setdefault(path, i)
        drawn = [node for node in document.nodes if isinstance(node, Host)]
        self.implies_host = not drawn or any(isinstance(node, (Namespace, Router, Bridge)) and node.host is None for node in document.nodes)
        """Whether there is a host that is not drawn."""
        self.links: list[tuple[LinkEnd, LinkEnd]] = [(self.end(link.ends[0]), self.end(link.ends[1])) for link in document.links]

    def node(self, path: str) -> Node | None:
        index = self.indexes.get(path)
        return None if index is None else self.document.nodes[index]

    def netns(self, path: str) -> Netns | None:
        """The network namespace that a path stands for, `host` for the implied host's default one; None for anything else."""
        node = self.node(path)
        if isinstance(node, (Host, Namespace, Router)):
            return netns_of(node)
        return DEFAULT_NETNS if node is None and path == IMPLIED_HOST and self.implies_host else None

    def end(self, text: str) -> LinkEnd:
        path, colon, name = text.partition(":")
        interface = name if colon else None
        index = self.indexes.get(path)
        if index is None:
            return LinkEnd(path, interface, None, None, self.netns(path))
        return LinkEnd(self.paths[index], interface, index, self.document.nodes[index], self.netns_by_node[index])

    def devices(self) -> Iterator[Device]:
        """Every interface that is listed, that a link names, or that is a bridge, once for each time it is said.

        In a complete document an end of a link at a machine is the interface listed there. What is listed twice comes twice.
        """
        ends = self._ends_by_interface()
        for i, node in enumerate(self.document.nodes):
            if isinstance(node, Bridge):
                yield Device(
                    netns=self._machine(i),
                    name=node.name,
                    node=i,
                    addresses=node.addresses,
                    mac=node.mac,
                    mtu=node.mtu,
                    up=node.up,
                )
            elif isinstance(node, (Host, Namespace, Router)):
                for j, interface in enumerate(node.interfaces):
                    yield self._listed(i, j, interface, *ends.pop((i, interface.name), (None, None)))
        for i, ends_of_link in enumerate(self.links):
            for j, end in enumerate(ends_of_link):
                if end.netns and end.interface and (end.node_index is None or isinstance(end.node, Bridge)):
                    yield self._unlisted(i, j, self.document.links[i], end)

    def _ends_by_interface(self) -> dict[tuple[int, str], tuple[int, int]]:
        """The first link that ends at each interface of a machine, and with which end."""
        ends: dict[tuple[int, str], tuple[int, int]] = {}
        for i, link in enumerate(self.links):
            for j, end in enumerate(link):
                if end.node_index is not None and end.interface and not isinstance(end.node, Bridge):
                    ends.setdefault((end.node_index, end.interface), (i, j))
        return ends

    def _machine(self, i: int) -> Netns:
        """The network namespace that a node is or is in; it must be a node that has one."""
        netns = self.netns_by_node[i]
        assert netns is not None  # LANs and the internet alone have none
        return netns

    def _listed(self, i: int, j: int, interface: Interface, link: int | None, end: int | None) -> Device:
        linked = None if link is None else self.document.links[link]
        has_mtu_of_link = interface.mtu is None and linked is not None
        return Device(
            netns=self._machine(i),
            name=interface.name,
            node=i,
            interface=j,
            link=link,
            end=end,
            addresses=interface.addresses,
            mac=interface.mac,
            mtu=linked.mtu if linked and has_mtu_of_link else interface.mtu,
            has_mtu_of_link=has_mtu_of_link,
            up=interface.up and (linked is None or linked.up),
        )

    def _unlisted(self, i: int, j: int, link: Link, end: LinkEnd) -> Device:
        assert end.netns is not None  # the caller looked
        assert end.interface is not None
        return Device(
            netns=end.netns,
            name=end.interface,
            node=end.node_index,
            link=i,
            end=j,
            bridge=end.text if isinstance(end.node, Bridge) else None,
            mtu=link.mtu,
            has_mtu_of_link=True,
            up=link.up,
        )
