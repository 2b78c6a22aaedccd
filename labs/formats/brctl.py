"""Bridges the older way, by `brctl` of bridge-utils; everything else as iproute2 does it. See brctl(8)."""

from __future__ import annotations

from functools import singledispatch

from labs.formats import iproute2
from labs.formats.commands import Command, device, ip
from labs.formats.surroundings import Surroundings
from labs.network.operations import AddBridge, Operation, RemoveBridge, SetMaster, SetStp
from labs.network.state import Interface


@singledispatch
def commands(op: Operation, around: Surroundings) -> list[Command]:
    """The commands that do this operation on the host that it names."""
    return iproute2.commands(op, around)


@commands.register
def _(op: AddBridge, around: Surroundings) -> list[Command]:
    add = _brctl(op.interface, "addbr", op.interface.name)
    return [add, _link(op.interface, "address", op.mac)] if op.mac else [add]


@commands.register
def _(op: RemoveBridge, around: Surroundings) -> list[Command]:
    """A bridge that is up is busy for `brctl delbr`."""
    return [_link(op.interface, "down"), _brctl(op.interface, "delbr", op.interface.name)]


@commands.register
def _(op: SetMaster, around: Surroundings) -> list[Command]:
    port = op.interface.name
    leave = [_brctl(op.interface, "delif", op.previous, port)] if op.previous else []
    enter = [_brctl(op.interface, "addif", op.master, port)] if op.master else []
    return leave + enter


@commands.register
def _(op: SetStp, around: Surroundings) -> list[Command]:
    return [_brctl(op.interface, "stp", op.interface.name, "on" if op.stp else "off")]


def _brctl(interface: Interface, verb: str, *args: str) -> Command:
    # brctl would take a name that begins with a dash for an option.
    dashes = ("--",) if any(arg.startswith("-") for arg in args) else ()
    return Command("brctl", (*dashes, verb, *args), interface.netns.name)


def _link(interface: Interface, *args: str) -> Command:
    return ip("link", "set", *device(interface.name), *args, netns=interface.netns.name)
