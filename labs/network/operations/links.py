"""Links: veth pairs, bridges and a host's cards. All are made down, with the default MTU and no master."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from labs.network.draft import Draft
from labs.network.operations.base import Change, Operation, Plan, at
from labs.network.state import Bridge, Card, Interface, Link, Veth


@dataclass(frozen=True, slots=True)
class AddVeth(Operation):
    """A veth pair, each end in its namespace. Across hosts there is none: hosts meet on a LAN."""

    change: ClassVar[Change] = "add"
    a: Interface
    b: Interface

    def forwards(self, draft: Draft) -> None:
        draft.namespace(self.a.netns).put_link(self.a.name, Link(Veth(self.b)))
        draft.namespace(self.b.netns).put_link(self.b.name, Link(Veth(self.a)))

    def inverse(self) -> Plan:
        return (RemoveVeth(self.a, self.b),)

    def describe(self) -> str:
        return f"Add veth pair {at(self.a)}, {at(self.b)}"


@dataclass(frozen=True, slots=True)
class RemoveVeth(Operation):
    """Both ends, with their addresses and routes."""

    change: ClassVar[Change] = "remove"
    a: Interface
    b: Interface
    contents: Plan = ()

    def forwards(self, draft: Draft) -> None:
        draft.namespace(self.a.netns).remove_link(self.a.name)
        draft.namespace(self.b.netns).remove_link(self.b.name)

    def inverse(self) -> Plan:
        return (AddVeth(self.a, self.b), *self.contents)

    def describe(self) -> str:
        return f"Remove veth pair {at(self.a)}, {at(self.b)}"


@dataclass(frozen=True, slots=True)
class AddBridge(Operation):
    """With `mac`, it keeps that address; without, it adopts its ports' lowest (br_stp_recalculate_bridge_id, net/bridge/br_stp_if.c)."""

    change: ClassVar[Change] = "add"
    interface: Interface
    mac: str | None = None

    def forwards(self, draft: Draft) -> None:
        draft.namespace(self.interface.netns).put_link(self.interface.name, Link(Bridge(), mac=self.mac))

    def inverse(self) -> Plan:
        return (RemoveBridge(self.interface, self.mac),)

    def describe(self) -> str:
        return f"Add bridge {at(self.interface)}"


@dataclass(frozen=True, slots=True)
class RemoveBridge(Operation):
    """Its ports, if any, are left without a master."""

    change: ClassVar[Change] = "remove"
    interface: Interface
    mac: str | None = None
    contents: Plan = ()

    def forwards(self, draft: Draft) -> None:
        draft.namespace(self.interface.netns).remove_link(self.interface.name)

    def inverse(self) -> Plan:
        return (AddBridge(self.interface, self.mac), *self.contents)

    def describe(self) -> str:
        return f"Remove bridge {at(self.interface)}"


@dataclass(frozen=True, slots=True)
class AddCard(Operation):
    """A host's real card: made in a sandbox (down), only looked for by a script."""

    change: ClassVar[Change] = "add"
    interface: Interface
    lan: str | None

    def forwards(self, draft: Draft) -> None:
        draft.namespace(self.interface.netns).put_link(self.interface.name, Link(Card(self.lan)))

    def inverse(self) -> Plan:
        return (RemoveCard(self.interface, self.lan),)

    def describe(self) -> str:
        return f"Add card {at(self.interface)}" + (f", plugged into {self.lan}" if self.lan else "")


@dataclass(frozen=True, slots=True)
class RemoveCard(Operation):
    change: ClassVar[Change] = "remove"
    interface: Interface
    lan: str | None
    contents: Plan = ()

    def forwards(self, draft: Draft) -> None:
        draft.namespace(self.interface.netns).remove_link(self.interface.name)

    def inverse(self) -> Plan:
        return (AddCard(self.interface, self.lan), *self.contents)

    def describe(self) -> str:
        return f"Remove card {at(self.interface)}"
