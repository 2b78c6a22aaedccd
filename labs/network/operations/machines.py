"""Hosts, the LANs between them, and namespaces. Hosts and LANs are part of making a sandbox, and nothing in a script."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from labs.network.draft import Draft
from labs.network.operations.base import Change, Operation, Plan
from labs.network.state import Netns


@dataclass(frozen=True, slots=True)
class AddHost(Operation):
    """A host and its default namespace, with `lo` up and default sysctls."""

    change: ClassVar[Change] = "add"
    host: str

    def forwards(self, draft: Draft) -> None:
        draft.add_namespace(Netns(self.host, ""))

    def inverse(self) -> Plan:
        return (RemoveHost(self.host),)

    def describe(self) -> str:
        return f"Add host {self.host}" if self.host else "Make the machine"

    def place(self) -> tuple[Netns | None, str | None]:
        return Netns(self.host, ""), None

    def params(self) -> dict[str, str]:
        return {"host": self.host} if self.host else {}


@dataclass(frozen=True, slots=True)
class RemoveHost(Operation):
    """A host with all that is in it."""

    change: ClassVar[Change] = "remove"
    host: str
    contents: Plan = ()

    def forwards(self, draft: Draft) -> None:
        draft.remove_host(self.host)

    def inverse(self) -> Plan:
        return (AddHost(self.host), *self.contents)

    def describe(self) -> str:
        return f"Remove host {self.host}" if self.host else "Remove the machine"

    def place(self) -> tuple[Netns | None, str | None]:
        return Netns(self.host, ""), None

    def params(self) -> dict[str, str]:
        return {"host": self.host} if self.host else {}


@dataclass(frozen=True, slots=True)
class AddLan(Operation):
    change: ClassVar[Change] = "add"
    lan: str

    def forwards(self, draft: Draft) -> None:
        draft.lans.add(self.lan)

    def inverse(self) -> Plan:
        return (RemoveLan(self.lan),)

    def describe(self) -> str:
        return f"Add LAN {self.lan}"


@dataclass(frozen=True, slots=True)
class RemoveLan(Operation):
    """A LAN that no card is plugged into any more."""

    change: ClassVar[Change] = "remove"
    lan: str

    def forwards(self, draft: Draft) -> None:
        draft.lans.remove(self.lan)

    def inverse(self) -> Plan:
        return (AddLan(self.lan),)

    def describe(self) -> str:
        return f"Remove LAN {self.lan}"


@dataclass(frozen=True, slots=True)
class AddNamespace(Operation):
    """A namespace with `lo` up and default sysctls."""

    change: ClassVar[Change] = "add"
    netns: Netns

    def forwards(self, draft: Draft) -> None:
        draft.add_namespace(self.netns)

    def inverse(self) -> Plan:
        return (RemoveNamespace(self.netns),)

    def describe(self) -> str:
        return f"Add namespace {self.netns}"


@dataclass(frozen=True, slots=True)
class RemoveNamespace(Operation):
    """A namespace with its links, and with them the other ends of its veth pairs."""

    change: ClassVar[Change] = "remove"
    netns: Netns
    contents: Plan = ()

    def forwards(self, draft: Draft) -> None:
        draft.remove_namespace(self.netns)

    def inverse(self) -> Plan:
        return (AddNamespace(self.netns), *self.contents)

    def describe(self) -> str:
        return f"Remove namespace {self.netns}"
