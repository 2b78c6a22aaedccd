"""The elementary operations: each is what one `ip`, `brctl` or `sysctl` command does.

An operation knows what it does to a state (`forwards`), what undoes it (`inverse`) and how to say itself (`describe`). How it becomes
shell text (`labs.formats`) or netlink (`labs.kernel`) is said there. What removes something carries what goes with it (`contents`: the
operations that would bring that back), so that `inverse` is exact.
"""

from __future__ import annotations

from dataclasses import dataclass

from labs.network.state import Address, Draft, Interface, Netem, Netns, Route


@dataclass(frozen=True, slots=True)
class Operation:
    def forwards(self, draft: Draft) -> None:
        """Do to a state what the kernel does, cascades included."""
        raise NotImplementedError

    def inverse(self) -> tuple[Operation, ...]:
        """The operations that undo this one."""
        raise NotImplementedError

    def describe(self) -> str:
        """One line for people: `Add namespace ns1`."""
        raise NotImplementedError


Plan = tuple[Operation, ...]


# Machines: part of making a sandbox, nothing in a script.


@dataclass(frozen=True, slots=True)
class AddHost(Operation):
    host: str


@dataclass(frozen=True, slots=True)
class RemoveHost(Operation):
    host: str
    contents: Plan = ()


@dataclass(frozen=True, slots=True)
class AddLan(Operation):
    lan: str


@dataclass(frozen=True, slots=True)
class RemoveLan(Operation):
    lan: str


@dataclass(frozen=True, slots=True)
class AddCard(Operation):
    """A host's real card: made in a sandbox (down), only looked for by a script."""

    interface: Interface
    lan: str | None


@dataclass(frozen=True, slots=True)
class RemoveCard(Operation):
    interface: Interface
    lan: str | None
    contents: Plan = ()


# Namespaces


@dataclass(frozen=True, slots=True)
class AddNamespace(Operation):
    """A namespace with `lo` up and default sysctls."""

    netns: Netns


@dataclass(frozen=True, slots=True)
class RemoveNamespace(Operation):
    netns: Netns
    contents: Plan = ()


# Links. All are made down, with the default MTU and no master.


@dataclass(frozen=True, slots=True)
class AddVeth(Operation):
    """A veth pair, each end in its namespace. Across hosts there is none: hosts meet on a LAN."""

    a: Interface
    b: Interface


@dataclass(frozen=True, slots=True)
class RemoveVeth(Operation):
    a: Interface
    b: Interface
    contents: Plan = ()


@dataclass(frozen=True, slots=True)
class AddBridge(Operation):
    """With `mac`, it keeps that address; without, it adopts its ports' lowest (br_stp_recalculate_bridge_id)."""

    interface: Interface
    mac: str | None = None


@dataclass(frozen=True, slots=True)
class RemoveBridge(Operation):
    """Its ports, if any, are left without a master."""

    interface: Interface
    mac: str | None = None
    contents: Plan = ()


# What a link has. `previous` is what it had before.


@dataclass(frozen=True, slots=True)
class SetMaster(Operation):
    interface: Interface
    master: str | None
    previous: str | None = None


@dataclass(frozen=True, slots=True)
class SetMtu(Operation):
    interface: Interface
    mtu: int
    previous: int


@dataclass(frozen=True, slots=True)
class SetMac(Operation):
    """None: an address of the kernel's choice."""

    interface: Interface
    mac: str | None
    previous: str | None = None


@dataclass(frozen=True, slots=True)
class SetStp(Operation):
    interface: Interface
    stp: bool


@dataclass(frozen=True, slots=True)
class SetNetem(Operation):
    interface: Interface
    netem: Netem | None
    previous: Netem | None = None


@dataclass(frozen=True, slots=True)
class SetSysctl(Operation):
    netns: Netns
    key: str
    value: int
    previous: int


@dataclass(frozen=True, slots=True)
class AddAddress(Operation):
    interface: Interface
    address: Address


@dataclass(frozen=True, slots=True)
class RemoveAddress(Operation):
    """With the last address of a family, the kernel takes the link's routes of that family (fib_disable_ip, net/ipv4/fib_frontend.c)."""

    interface: Interface
    address: Address
    contents: Plan = ()


@dataclass(frozen=True, slots=True)
class SetUp(Operation):
    interface: Interface


@dataclass(frozen=True, slots=True)
class SetDown(Operation):
    """The kernel takes the link's static routes and IPv6 addresses, and does not give them back when it comes up."""

    interface: Interface
    contents: Plan = ()


@dataclass(frozen=True, slots=True)
class AddRoute(Operation):
    netns: Netns
    route: Route


@dataclass(frozen=True, slots=True)
class RemoveRoute(Operation):
    netns: Netns
    route: Route
