"""What rtnetlink is asked for a step: the one place where operations become requests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import singledispatch
from hashlib import blake2b

from labs.kernel import rtnl
from labs.kernel.fuse import Settings, Step
from labs.kernel.lans import CABLE_MTU, card_port, lan_bridge
from labs.kernel.netns import NetnsHandle
from labs.kernel.rtnl import End, Request
from labs.network import operations as ops
from labs.network.state import Interface, Netns

NO_MASTER = 0


@dataclass(slots=True)
class Context:
    """What a request leans on beside its step."""

    handles: Mapping[Netns, NetnsHandle]
    indices: dict[Interface, int]
    group: int = 0
    """That links are made in."""

    def end(self, interface: Interface, settings: Settings | None) -> End:
        if settings is None:
            return End(interface.name, group=self.group)
        master = self.indices[Interface(interface.netns, settings.master)] if settings.master else None
        return End(interface.name, settings.mtu, settings.mac, master, settings.up, self.group)


def group_of(mark: str) -> int:
    """The group that links are made in until they have a mark for their `ifalias`, which a link cannot be made with."""
    return int.from_bytes(blake2b(mark.encode(), digest_size=3).digest()) + 1 if mark else 0


def requests(step: Step, context: Context) -> list[Request]:
    """The requests, in order, for the socket of `labs.kernel.fuse.channel`. `context.indices` has all that the step needs."""
    return _requests(step.operation, step, context)


@singledispatch
def _requests(op: ops.Operation, step: Step, context: Context) -> list[Request]:
    raise TypeError(f"no rtnetlink request for {type(op).__name__}")


@_requests.register
def _(op: ops.AddLan, step: Step, context: Context) -> list[Request]:
    name = lan_bridge(op.lan).name
    return [rtnl.add_bridge(End(name, up=True)), rtnl.set_link(name, alias=op.lan)]


@_requests.register
def _(op: ops.AddCard, step: Step, context: Context) -> list[Request]:
    """A card that is plugged in nowhere has no carrier: its other end stays down."""
    master = context.indices[lan_bridge(op.lan)] if op.lan is not None else None
    port = End(card_port(op.interface).name, mtu=CABLE_MTU, master=master, up=op.lan is not None)
    card = context.end(op.interface, step.settings.get(op.interface))
    return [rtnl.add_veth(port, card, context.handles[op.interface.netns].fd)]


@_requests.register
def _(op: ops.AddVeth, step: Step, context: Context) -> list[Request]:
    near, far = (op.b, op.a) if step.near == op.b else (op.a, op.b)
    return [
        rtnl.add_veth(context.end(near, step.settings.get(near)), context.end(far, step.settings.get(far)), context.handles[far.netns].fd)
    ]


@_requests.register
def _(op: ops.AddBridge, step: Step, context: Context) -> list[Request]:
    end = context.end(op.interface, step.settings.get(op.interface))
    end.mac = end.mac or op.mac
    return [rtnl.add_bridge(end)]


@_requests.register
def _(op: ops.SetMaster, step: Step, context: Context) -> list[Request]:
    master = context.indices[Interface(op.interface.netns, op.master)] if op.master else NO_MASTER
    return [rtnl.set_link(op.interface.name, master=master)]


@_requests.register
def _(op: ops.SetMtu, step: Step, context: Context) -> list[Request]:
    return [rtnl.set_link(op.interface.name, mtu=op.mtu)]


@_requests.register
def _(op: ops.SetMac, step: Step, context: Context) -> list[Request]:
    """Nothing where the address is left to the kernel: what it has may stay."""
    return [rtnl.set_link(op.interface.name, mac=op.mac)] if op.mac else []


@_requests.register
def _(op: ops.SetStp, step: Step, context: Context) -> list[Request]:
    return [rtnl.set_stp(op.interface.name, op.stp)]


@_requests.register
def _(op: ops.SetNetem, step: Step, context: Context) -> list[Request]:
    index = context.indices[op.interface]
    return [rtnl.set_netem(index, op.netem) if op.netem else rtnl.del_netem(index)]


@_requests.register
def _(op: ops.SetNetemIn, step: Step, context: Context) -> list[Request]:
    index = context.indices[card_port(op.interface)]
    return [rtnl.set_netem(index, op.netem) if op.netem else rtnl.del_netem(index)]


@_requests.register
def _(op: ops.SetLan, step: Step, context: Context) -> list[Request]:
    master = context.indices[lan_bridge(op.lan)] if op.lan is not None else NO_MASTER
    return [rtnl.set_link(card_port(op.interface).name, master=master, up=op.lan is not None)]


@_requests.register
def _(op: ops.AddAddress, step: Step, context: Context) -> list[Request]:
    return [rtnl.add_address(context.indices[op.interface], op.address)]


@_requests.register
def _(op: ops.RemoveAddress, step: Step, context: Context) -> list[Request]:
    index = context.indices[op.interface]
    removal = rtnl.del_address(index, op.address)
    return [rtnl.promote_secondaries(index), removal] if op.address.version == 4 else [removal]


@_requests.register
def _(op: ops.SetUp, step: Step, context: Context) -> list[Request]:
    """A new bridge does not snoop while it comes up: it would set the timers of all its ports anew for each (br_multicast_enable_port,
    net/bridge/br_multicast.c). Whatever becomes of the first request, the second is carried out in the same system call."""
    name = op.interface.name
    if step.late:
        return [rtnl.set_link(name, up=True, mcast_snooping=False), rtnl.set_link(name, mcast_snooping=True)]
    return [rtnl.set_link(name, up=True)]


@_requests.register
def _(op: ops.SetDown, step: Step, context: Context) -> list[Request]:
    return [rtnl.set_link(op.interface.name, up=False)]


@_requests.register
def _(op: ops.AddRoute, step: Step, context: Context) -> list[Request]:
    return [rtnl.add_route(op.route, _device(op.netns, op.route.dev, context))]


@_requests.register
def _(op: ops.ReplaceRoute, step: Step, context: Context) -> list[Request]:
    return [rtnl.replace_route(op.route, _device(op.netns, op.route.dev, context))]


@_requests.register
def _(op: ops.RemoveRoute, step: Step, context: Context) -> list[Request]:
    return [rtnl.del_route(op.route, _device(op.netns, op.route.dev, context))]


def _device(netns: Netns, name: str | None, context: Context) -> int | None:
    return context.indices[Interface(netns, name)] if name else None
