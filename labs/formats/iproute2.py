"""Operations as iproute2 commands, the way a person would type them. See ip-link(8), ip-address(8), ip-route(8), tc-netem(8)."""

from __future__ import annotations

from functools import singledispatch

from labs.formats.commands import Command, device, ip
from labs.formats.surroundings import Surroundings
from labs.network import operations as ops
from labs.network.operations.base import netem_text, route_text
from labs.network.state import IPV6_METRIC, Interface


@singledispatch
def commands(op: ops.Operation, around: Surroundings) -> list[Command]:
    """The commands that do this operation on the host that it names. Raises TypeError for an operation that nobody taught it."""
    raise TypeError(f"no iproute2 command for {type(op).__name__}")


# Hosts and the media between them are real: no command makes, changes or ends them.


@commands.register
def _(op: ops.AddHost, around: Surroundings) -> list[Command]:
    return []


@commands.register
def _(op: ops.RemoveHost, around: Surroundings) -> list[Command]:
    return []


@commands.register
def _(op: ops.AddLan, around: Surroundings) -> list[Command]:
    return []


@commands.register
def _(op: ops.RemoveLan, around: Surroundings) -> list[Command]:
    return []


@commands.register
def _(op: ops.SetLan, around: Surroundings) -> list[Command]:
    return []


@commands.register
def _(op: ops.SetNetemIn, around: Surroundings) -> list[Command]:
    return []


@commands.register
def _(op: ops.AddCard, around: Surroundings) -> list[Command]:
    return [ip("link", "show", "dev", op.interface.name, netns=op.interface.netns.name)]


@commands.register
def _(op: ops.RemoveCard, around: Surroundings) -> list[Command]:
    return []


@commands.register
def _(op: ops.AddNamespace, around: Surroundings) -> list[Command]:
    name = op.netns.name
    return [ip("netns", "add", name), ip("link", "set", "lo", "up", netns=name)]


@commands.register
def _(op: ops.RemoveNamespace, around: Surroundings) -> list[Command]:
    return [ip("netns", "del", op.netns.name)]


@commands.register
def _(op: ops.AddVeth, around: Surroundings) -> list[Command]:
    a, b = op.a, op.b
    if around.made_in_place(a, b):
        return [ip("link", "add", *device(a.name), *_netns(a), "type", "veth", "peer", "name", b.name, *_netns(b))]
    create = ip("link", "add", *device(a.name), "type", "veth", "peer", "name", b.name)
    return [create, *(ip("link", "set", *device(end.name), *_netns(end)) for end in (a, b) if end.netns.name)]


@commands.register
def _(op: ops.RemoveVeth, around: Surroundings) -> list[Command]:
    end = op.b if op.a.netns.name and not op.b.netns.name else op.a
    return [_link(end, "del")]


@commands.register
def _(op: ops.AddBridge, around: Surroundings) -> list[Command]:
    address = ("address", op.mac) if op.mac else ()
    return [_link(op.interface, "add", *address, "type", "bridge")]


@commands.register
def _(op: ops.RemoveBridge, around: Surroundings) -> list[Command]:
    return [_link(op.interface, "del")]


@commands.register
def _(op: ops.SetMaster, around: Surroundings) -> list[Command]:
    return [_link(op.interface, "set", *(("master", op.master) if op.master else ("nomaster",)))]


@commands.register
def _(op: ops.SetMtu, around: Surroundings) -> list[Command]:
    return [_link(op.interface, "set", "mtu", str(op.mtu))]


@commands.register
def _(op: ops.SetMac, around: Surroundings) -> list[Command]:
    """Nothing where the address is left to the kernel: what it has may stay."""
    return [_link(op.interface, "set", "address", op.mac)] if op.mac else []


@commands.register
def _(op: ops.SetStp, around: Surroundings) -> list[Command]:
    return [_link(op.interface, "set", "type", "bridge", "stp_state", str(int(op.stp)))]


@commands.register
def _(op: ops.SetNetem, around: Surroundings) -> list[Command]:
    verb, words = ("replace", ["netem", *netem_text(op.netem).split()]) if op.netem else ("del", [])
    if op.netem and not op.netem.rate and op.previous and op.previous.rate:
        words += ["rate", "0bit"]  # netem that is replaced by netem keeps its rate
    return [Command("tc", ("qdisc", verb, "dev", op.interface.name, "root", *words), op.interface.netns.name)]


@commands.register
def _(op: ops.SetSysctl, around: Surroundings) -> list[Command]:
    return [Command("sysctl", ("-qw", f"{op.key}={op.value}"), op.netns.name)]


@commands.register
def _(op: ops.AddAddress, around: Surroundings) -> list[Command]:
    return [_address(op.interface, "replace" if op.interface in around.cards else "add", str(op.address))]


@commands.register
def _(op: ops.RemoveAddress, around: Surroundings) -> list[Command]:
    return [_address(op.interface, "del", str(op.address))]


@commands.register
def _(op: ops.SetUp, around: Surroundings) -> list[Command]:
    return [_link(op.interface, "set", "up")]


@commands.register
def _(op: ops.SetDown, around: Surroundings) -> list[Command]:
    return [_link(op.interface, "set", "down")]


@commands.register
def _(op: ops.AddRoute, around: Surroundings) -> list[Command]:
    return [ip("route", "add", *route_text(op.route).split(), netns=op.netns.name)]


@commands.register
def _(op: ops.ReplaceRoute, around: Surroundings) -> list[Command]:
    return [ip("route", "replace", *route_text(op.route).split(), netns=op.netns.name)]


@commands.register
def _(op: ops.RemoveRoute, around: Surroundings) -> list[Command]:
    """Without a metric, the kernel would take the first route to there, and of IPv6 that need not be the one with the default metric."""
    is_vague = op.route.to.version == 6 and op.route.metric == IPV6_METRIC
    metric = ("metric", str(IPV6_METRIC)) if is_vague else ()
    return [ip("route", "del", *route_text(op.route).split(), *metric, netns=op.netns.name)]


def _link(interface: Interface, verb: str, *args: str) -> Command:
    return ip("link", verb, *device(interface.name), *args, netns=interface.netns.name)


def _address(interface: Interface, verb: str, address: str) -> Command:
    return ip("addr", verb, address, "dev", interface.name, netns=interface.netns.name)


def _netns(end: Interface) -> tuple[str, ...]:
    return ("netns", end.netns.name) if end.netns.name else ()
