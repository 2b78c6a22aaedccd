"""Play a plan on another state than that which it begins in: what is so already is left alone."""

from __future__ import annotations

from labs.network import operations as ops
from labs.network.draft import Draft
from labs.network.state import Bridge, Card, Interface, Link, LinkKind, Netns, NetworkState, Veth


class MergeError(Exception):
    """An operation works on what is not there, or makes what is there and of another kind."""

    def __init__(self, operation: ops.Operation) -> None:
        super().__init__(operation.describe())
        self.operation = operation


def merge(plan: ops.Plan, state: NetworkState) -> NetworkState:
    """The state with what a plan does done to it as well. Raises MergeError."""
    draft = Draft(state)
    for operation in plan:
        if _is_done(operation, draft):
            continue
        if _is_in_the_way(operation, draft):
            raise MergeError(operation)
        try:
            operation.forwards(draft)
        except KeyError:
            raise MergeError(operation) from None
    return draft.freeze()


def _is_done(operation: ops.Operation, draft: Draft) -> bool:  # noqa: C901 - one for each operation
    match operation:
        case ops.AddHost(host):
            return host in draft.hosts
        case ops.RemoveHost(host):
            return host not in draft.hosts
        case ops.AddLan(lan):
            return lan in draft.lans
        case ops.RemoveLan(lan):
            return lan not in draft.lans
        case ops.AddNamespace(netns):
            return draft.has_namespace(netns)
        case ops.RemoveNamespace(netns):
            return not draft.has_namespace(netns)
        case ops.AddVeth() | ops.AddBridge() | ops.AddCard():
            return all(_is_of_kind(_link(draft, interface), kind) for interface, kind in _made(operation))
        case ops.RemoveVeth() | ops.RemoveBridge() | ops.RemoveCard():
            return not any(_is_of_kind(_link(draft, interface), kind) for interface, kind in _made(operation.inverse()[0]))
        case ops.RemoveAddress(interface, address):
            link = _link(draft, interface)
            return link is None or address not in link.addresses
        case ops.RemoveRoute(netns, route):
            return not (draft.has_namespace(netns) and draft.namespace(netns).has_route(route))
    return False


def _is_in_the_way(operation: ops.Operation, draft: Draft) -> bool:
    return any(_link(draft, interface) is not None for interface, _ in _made(operation))


def _made(operation: ops.Operation) -> tuple[tuple[Interface, LinkKind], ...]:
    """The links that an operation makes."""
    match operation:
        case ops.AddVeth(a, b):
            return (a, Veth(b)), (b, Veth(a))
        case ops.AddBridge(interface):
            return ((interface, Bridge()),)
        case ops.AddCard(interface, lan):
            return ((interface, Card(lan)),)
    return ()


def _is_of_kind(link: Link | None, kind: LinkKind) -> bool:
    """Whether it is the same link, whatever it is set to."""
    match link and link.kind, kind:
        case (Veth(one), Veth(other)) | (Card(one), Card(other)):
            return one == other
        case Bridge(), Bridge():
            return True
    return False


def _link(draft: Draft, interface: Interface) -> Link | None:
    netns: Netns = interface.netns
    return draft.namespace(netns).links.get(interface.name) if draft.has_namespace(netns) else None
