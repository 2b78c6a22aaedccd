"""Which nodes a drawing has."""

from __future__ import annotations

from collections.abc import Iterator

from labs.document import schema
from labs.document.netns import DEFAULT_NETNS, IMPLIED_HOST
from labs.document.sysctls import IPV4_FORWARDING, IPV6_FORWARDING
from labs.document.topology import host_of, path_of
from labs.network.draw.parts import part
from labs.network.ordering import interface_key, natural, netns_key
from labs.network.state import Bridge, Interface, Netns, NetworkState

Subject = Netns | Interface | str
"""What a node stands for: a namespace (of a host, its default one), a bridge, a LAN."""


def subject_of(node: schema.Node) -> Subject | None:
    """None for the internet, which is in no state."""
    match node:
        case schema.Host():
            return Netns(node.name, "")
        case schema.Namespace() | schema.Router():
            return Netns(node.host or "", node.name)
        case schema.Bridge():
            return Interface(Netns(node.host or "", node.in_ or ""), node.name)
        case schema.Lan():
            return node.name
        case schema.Internet():
            return None


class Nodes:
    """Those of the document that are still there, in its order, and then those that are new. Two nodes never have one path."""

    def __init__(self, state: NetworkState, document: schema.LabDocument) -> None:
        self._state = state
        self._by_path: dict[str, schema.Node] = {}
        self._by_subject: dict[Subject, schema.Node] = {}
        for node in document.nodes:
            if self._is_there(node):
                self._add(node)
        kept = len(self._by_path)
        for new in self._missing():
            self._add(new)
        self.new = len(self._by_path) > kept
        drawn_hosts = [node for node in self if isinstance(node, schema.Host)]
        self._implies_host = not drawn_hosts or any(not isinstance(node, schema.Host) and self._is_hostless(node) for node in self)

    def __iter__(self) -> Iterator[schema.Node]:
        return iter(self._by_path.values())

    def has(self, node: schema.Node) -> bool:
        """Whether a node of the document is still there."""
        return path_of(node) in self._by_path and subject_of(self._by_path[path_of(node)]) == subject_of(node)

    def get(self, subject: Subject) -> schema.Node | None:
        return self._by_subject.get(subject)

    def path(self, netns: Netns) -> str | None:
        """A namespace as links write it; None where it is not drawn."""
        node = self._by_subject.get(netns)
        if node:
            return path_of(node)
        is_implied = netns == DEFAULT_NETNS and self._implies_host and IMPLIED_HOST not in self._by_path
        return IMPLIED_HOST if is_implied else None

    def _is_there(self, node: schema.Node) -> bool:
        match subject_of(node):
            case Interface() as interface:
                return _is_bridge(self._state, interface)
            case Netns() as netns:
                return self._state.namespace(netns) is not None
            case str(lan):
                return lan in self._state.lans
            case None:
                return bool(self._state.hosts)

    def _add(self, node: schema.Node | None) -> None:
        """Unless its path is taken."""
        if node is None or path_of(node) in self._by_path:
            return
        self._by_path[path_of(node)] = node
        subject = subject_of(node)
        if subject is not None:
            self._by_subject[subject] = node

    def _missing(self) -> Iterator[schema.Node | None]:
        state = self._state
        for host in sorted(filter(None, state.hosts), key=natural):
            if Netns(host, "") not in self._by_subject:
                yield part(schema.Host, kind="host", name=host)
        for netns, _ in sorted(state.namespaces(), key=lambda each: netns_key(each[0])):
            if netns.name and netns not in self._by_subject and self._holds(Netns(netns.host, "")):
                yield self._namespace(netns)
        for interface in sorted((interface for interface, _ in state.links() if _is_bridge(state, interface)), key=interface_key):
            if interface not in self._by_subject and self._holds(interface.netns):
                host, name = interface.netns
                yield part(schema.Bridge, kind="bridge", name=interface.name, host=host or None, in_=name or None)
        for lan in sorted(state.lans, key=natural):
            if lan not in self._by_subject:
                yield part(schema.Lan, kind="lan", name=lan)

    def _holds(self, netns: Netns) -> bool:
        """Whether nodes can be drawn in a namespace."""
        return netns in self._by_subject or netns == DEFAULT_NETNS

    def _namespace(self, netns: Netns) -> schema.Node | None:
        namespace = self._state.namespace(netns)
        assert namespace is not None  # it is one of the state's
        forwards = namespace.sysctls.get(IPV4_FORWARDING) and namespace.sysctls.get(IPV6_FORWARDING)
        if forwards:
            return part(schema.Router, kind="router", name=netns.name, host=netns.host or None)
        return part(schema.Namespace, kind="namespace", name=netns.name, host=netns.host or None)

    @staticmethod
    def _is_hostless(node: schema.Node) -> bool:
        return isinstance(node, (schema.Namespace, schema.Router, schema.Bridge)) and host_of(node) is None


def _is_bridge(state: NetworkState, interface: Interface) -> bool:
    link = state.link(interface)
    return link is not None and isinstance(link.kind, Bridge)
