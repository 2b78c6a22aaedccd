"""Addresses of interfaces, and routes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from labs.network.draft import Draft
from labs.network.operations.base import Change, Operation, Plan, at, route_text, within
from labs.network.state import Address, Interface, Netns, Route


@dataclass(frozen=True, slots=True)
class AddAddress(Operation):
    """`kept`: of a link's first IPv4 address, what would bring back its IPv4 routes that are there already; removing it takes them."""

    change: ClassVar[Change] = "add"
    interface: Interface
    address: Address
    kept: Plan = ()

    def forwards(self, draft: Draft) -> None:
        namespace = draft.namespace(self.interface.netns)
        link = namespace.links[self.interface.name]
        namespace.put_link(self.interface.name, link._replace(addresses=link.addresses | {self.address}))

    def inverse(self) -> Plan:
        return (RemoveAddress(self.interface, self.address, self.kept), *self.kept)

    def describe(self) -> str:
        return f"Add address {self.address} to {at(self.interface)}"


@dataclass(frozen=True, slots=True)
class RemoveAddress(Operation):
    """With the last IPv4 address of a link, the kernel takes the link's IPv4 routes (fib_inetaddr_event, net/ipv4/fib_frontend.c)."""

    change: ClassVar[Change] = "remove"
    interface: Interface
    address: Address
    contents: Plan = ()

    def forwards(self, draft: Draft) -> None:
        draft.namespace(self.interface.netns).remove_address(self.interface.name, self.address)

    def inverse(self) -> Plan:
        return (AddAddress(self.interface, self.address), *self.contents)

    def describe(self) -> str:
        return f"Remove address {self.address} from {at(self.interface)}"


@dataclass(frozen=True, slots=True)
class AddRoute(Operation):
    change: ClassVar[Change] = "add"
    netns: Netns
    route: Route

    def forwards(self, draft: Draft) -> None:
        draft.namespace(self.netns).add_route(self.route)

    def inverse(self) -> Plan:
        return (RemoveRoute(self.netns, self.route),)

    def describe(self) -> str:
        return f"Add route {route_text(self.route)} {within(self.netns)}"


@dataclass(frozen=True, slots=True)
class ReplaceRoute(Operation):
    """One route in place of another to the same destination and of the same metric: at no moment there is none (NLM_F_REPLACE)."""

    change: ClassVar[Change] = "change"
    netns: Netns
    route: Route
    previous: Route

    def forwards(self, draft: Draft) -> None:
        namespace = draft.namespace(self.netns)
        namespace.remove_route(self.previous)
        namespace.add_route(self.route)

    def inverse(self) -> Plan:
        return (ReplaceRoute(self.netns, self.previous, self.route),)

    def describe(self) -> str:
        return f"Replace route {route_text(self.previous)} by {route_text(self.route)} {within(self.netns)}"


@dataclass(frozen=True, slots=True)
class RemoveRoute(Operation):
    change: ClassVar[Change] = "remove"
    netns: Netns
    route: Route

    def forwards(self, draft: Draft) -> None:
        draft.namespace(self.netns).remove_route(self.route)

    def inverse(self) -> Plan:
        return (AddRoute(self.netns, self.route),)

    def describe(self) -> str:
        return f"Remove route {route_text(self.route)} {within(self.netns)}"
