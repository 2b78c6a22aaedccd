"""What a link or a namespace is set to. `previous` is what it was before."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from labs.document.sysctls import SYSCTLS
from labs.network.draft import Draft
from labs.network.operations.base import Change, Operation, Plan, at, netem_text, within
from labs.network.state import Bridge, Card, Interface, Netem, Netns


def _change_link(draft: Draft, interface: Interface, **changes: Any) -> None:
    namespace = draft.namespace(interface.netns)
    namespace.put_link(interface.name, namespace.links[interface.name]._replace(**changes))


@dataclass(frozen=True, slots=True)
class SetMaster(Operation):
    """Put a link on a bridge of its namespace, move it to another, or (None) take it off."""

    change: ClassVar[Change] = "change"
    interface: Interface
    master: str | None
    previous: str | None = None

    def forwards(self, draft: Draft) -> None:
        draft.namespace(self.interface.netns).set_master(self.interface.name, self.master)

    def inverse(self) -> Plan:
        return (SetMaster(self.interface, self.previous, self.master),)

    def describe(self) -> str:
        name, netns = self.interface.name, self.interface.netns
        if self.master is None:
            return f"Take {name} off bridge {self.previous} {within(netns)}"
        return f"Put {name} on bridge {self.master} {within(netns)}"


@dataclass(frozen=True, slots=True)
class SetMtu(Operation):
    """A bridge whose MTU is set does not follow its ports any more, and nothing makes it do so again (br_change_mtu,
    net/bridge/br_device.c)."""

    change: ClassVar[Change] = "change"
    interface: Interface
    mtu: int
    previous: int

    def forwards(self, draft: Draft) -> None:
        draft.namespace(self.interface.netns).set_mtu(self.interface.name, self.mtu)

    def inverse(self) -> Plan:
        return (SetMtu(self.interface, self.previous, self.mtu),)

    def describe(self) -> str:
        return f"Set the MTU of {at(self.interface)} to {self.mtu}"


@dataclass(frozen=True, slots=True)
class SetMac(Operation):
    """None: an address of the kernel's choice; the one that it has may stay."""

    change: ClassVar[Change] = "change"
    interface: Interface
    mac: str | None
    previous: str | None = None

    def forwards(self, draft: Draft) -> None:
        _change_link(draft, self.interface, mac=self.mac)

    def inverse(self) -> Plan:
        return (SetMac(self.interface, self.previous, self.mac),)

    def describe(self) -> str:
        if self.mac is None:
            return f"Leave the MAC address of {at(self.interface)} to the kernel"
        return f"Set the MAC address of {at(self.interface)} to {self.mac}"


@dataclass(frozen=True, slots=True)
class SetStp(Operation):
    """Turn a bridge's Spanning Tree Protocol on or off."""

    change: ClassVar[Change] = "change"
    interface: Interface
    stp: bool

    def forwards(self, draft: Draft) -> None:
        kind = draft.link(self.interface).kind
        if not isinstance(kind, Bridge):
            raise KeyError(self.interface)
        _change_link(draft, self.interface, kind=replace(kind, stp=self.stp))

    def inverse(self) -> Plan:
        return (SetStp(self.interface, not self.stp),)

    def describe(self) -> str:
        return f"Turn STP {'on' if self.stp else 'off'} at bridge {at(self.interface)}"


@dataclass(frozen=True, slots=True)
class SetNetem(Operation):
    """What a link does to packets on their way out; None takes it away."""

    change: ClassVar[Change] = "change"
    interface: Interface
    netem: Netem | None
    previous: Netem | None = None

    def forwards(self, draft: Draft) -> None:
        _change_link(draft, self.interface, netem=self.netem)

    def inverse(self) -> Plan:
        return (SetNetem(self.interface, self.previous, self.netem),)

    def describe(self) -> str:
        if self.netem is None:
            return f"Let packets out of {at(self.interface)} unhindered"
        return f"Give packets out of {at(self.interface)} {netem_text(self.netem)}"


@dataclass(frozen=True, slots=True)
class SetNetemIn(Operation):
    """What a LAN does to packets on their way into a card: a cable has two ends, and what it does holds each way."""

    change: ClassVar[Change] = "change"
    interface: Interface
    netem: Netem | None
    previous: Netem | None = None

    def forwards(self, draft: Draft) -> None:
        _change_card(draft, self.interface, netem=self.netem)

    def inverse(self) -> Plan:
        return (SetNetemIn(self.interface, self.previous, self.netem),)

    def describe(self) -> str:
        if self.netem is None:
            return f"Let packets into {at(self.interface)} unhindered"
        return f"Give packets into {at(self.interface)} {netem_text(self.netem)}"


@dataclass(frozen=True, slots=True)
class SetLan(Operation):
    """Plug a card into a LAN or, instead, another; None: into nothing."""

    change: ClassVar[Change] = "change"
    interface: Interface
    lan: str | None
    previous: str | None = None

    def forwards(self, draft: Draft) -> None:
        _change_card(draft, self.interface, lan=self.lan)

    def inverse(self) -> Plan:
        return (SetLan(self.interface, self.previous, self.lan),)

    def describe(self) -> str:
        if self.lan is None:
            return f"Unplug card {at(self.interface)} from {self.previous}"
        return f"Plug card {at(self.interface)} into {self.lan}"


def _change_card(draft: Draft, interface: Interface, **changes: Any) -> None:
    kind = draft.link(interface).kind
    if not isinstance(kind, Card):
        raise KeyError(interface)
    _change_link(draft, interface, kind=replace(kind, **changes))


@dataclass(frozen=True, slots=True)
class SetSysctl(Operation):
    change: ClassVar[Change] = "change"
    netns: Netns
    key: str
    value: int
    previous: int

    def forwards(self, draft: Draft) -> None:
        sysctls = draft.namespace(self.netns).sysctls
        if self.value == SYSCTLS[self.key].default:
            sysctls.pop(self.key, None)
        else:
            sysctls[self.key] = self.value

    def inverse(self) -> Plan:
        return (SetSysctl(self.netns, self.key, self.previous, self.value),)

    def describe(self) -> str:
        return f"Set {self.key} to {self.value} {within(self.netns)}"


@dataclass(frozen=True, slots=True)
class SetUp(Operation):
    """`kept`: what would bring back the IPv6 addresses that the link has while it is down; going down again takes them."""

    change: ClassVar[Change] = "change"
    interface: Interface
    kept: Plan = ()

    def forwards(self, draft: Draft) -> None:
        _change_link(draft, self.interface, up=True)

    def inverse(self) -> Plan:
        return (SetDown(self.interface, self.kept), *self.kept)

    def describe(self) -> str:
        name, netns = self.interface.name, self.interface.netns
        return f"Set {name} up {within(netns)}"


@dataclass(frozen=True, slots=True)
class SetDown(Operation):
    """The kernel takes the link's static routes and IPv6 addresses, and does not give them back when it comes up."""

    change: ClassVar[Change] = "change"
    interface: Interface
    contents: Plan = ()

    def forwards(self, draft: Draft) -> None:
        draft.namespace(self.interface.netns).set_down(self.interface.name)

    def inverse(self) -> Plan:
        return (SetUp(self.interface), *self.contents)

    def describe(self) -> str:
        name, netns = self.interface.name, self.interface.netns
        return f"Set {name} down {within(netns)}"
