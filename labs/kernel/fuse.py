"""Elementary operations fused into few requests, and the requests put into stages: the plan that people read stays elementary.

Two passes, neither of which knows netlink:

- `fuse` lets what makes a link take in the settings that follow, where nothing in between could tell the difference: a veth comes to be
  with MTU, MACs, master, and the end that is sent from (the *near* one) up. A new bridge comes up after all else that comes up with it:
  one that is up goes through all its ports for each that gets or loses its carrier (br_port_state_selection, net/bridge/br_stp.c), and
  floods them with what each new end says of itself.
- `stages` puts the steps into as few rounds as their order allows: what is in one stage and goes to the same namespace or the same call
  of the agent keeps its order, all else in it is independent.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from labs.kernel.lans import card_port, lan_bridge
from labs.kernel.netns import LANS
from labs.network import operations as ops
from labs.network.operations import Operation, Plan
from labs.network.state import Interface, Netns

Channel = Netns | type[Operation]
"""Where a step goes: to a namespace's rtnetlink socket, or to who does many of a kind in one call, the agent or `labs.kernel.removal`."""
Resource = tuple[Hashable, ...]
_MACHINES = (ops.AddHost, ops.AddLan, ops.AddNamespace)
LINK_REMOVALS = (ops.RemoveVeth, ops.RemoveCard, ops.RemoveBridge, ops.RemoveLan)
"""In which order these are done makes no difference; they go the same way, that of LINK_REMOVAL."""
LINK_REMOVAL: type[Operation] = ops.RemoveVeth
REMOVALS = (*LINK_REMOVALS, ops.RemoveNamespace, ops.RemoveHost)
"""What these remove cannot be brought back as it was (processes, learned addresses): nothing is removed while what came before may fail."""


@dataclass(slots=True)
class Settings:
    """What a link has from its making on."""

    mtu: int | None = None
    mac: str | None = None
    master: str | None = None
    up: bool = False


@dataclass(slots=True)
class Step:
    """What is asked for at once."""

    operation: Operation
    numbers: list[int]
    """The operations that it covers, by their place in the plan from 0; the first is `operation`."""
    settings: dict[Interface, Settings] = field(default_factory=dict)
    near: Interface | None = None
    """Of a veth: the end from whose namespace it is made or removed. When made, this end alone can get a master and come up at once."""
    made: tuple[Interface, ...] = field(init=False)
    """The links that it makes."""
    needed: tuple[Interface, ...] = field(init=False)
    """The links whose index the kernel wants to hear; all others are found by name."""
    namespaces: tuple[Netns, ...] = field(init=False)
    """Among whose links, addresses and routes it works."""
    late: bool = False
    """Whether it brings up a bridge that the plan makes: after the other links that come up with it, here and elsewhere."""

    def __post_init__(self) -> None:
        self.made = _made(self.operation)
        self.needed = _needed(self.operation)
        self.namespaces = _namespaces(self.operation)


Stage = Mapping[Channel, Sequence[Step]]
"""The steps of each channel in their order."""


def elementary(number: int, operation: Operation) -> Step:
    return Step(operation, [number])


def count_machines(plan: Plan) -> int:
    """How many operations a plan begins with that make hosts, LANs and namespaces: what comes after can be fused by itself."""
    return sum(1 for _ in takewhile(lambda operation: isinstance(operation, _MACHINES), plan))


def fuse(plan: Sequence[Operation], first: int = 0) -> list[Step]:
    """Steps that together do what the plan does, in the order of their first operations. `first`: the number of its first operation."""
    fuser = _Fuser()
    for number, operation in enumerate(plan, first):
        fuser.take(number, operation)
    fuser.add_late()
    _remove_where_most_are(fuser.steps)
    return fuser.steps


def _remove_where_most_are(steps: Sequence[Step]) -> None:
    """Let veth pairs be removed by the end whose namespace loses most: the kernel removes many in one namespace as fast as one."""
    pairs = [(step, step.operation) for step in steps if isinstance(step.operation, ops.RemoveVeth)]
    losses = Counter(end.netns for _, pair in pairs for end in (pair.a, pair.b))
    for step, pair in pairs:
        step.near = max(pair.a, pair.b, key=lambda end: losses[end.netns])


class _Fuser:
    def __init__(self) -> None:
        self.steps: list[Step] = []
        self._open: dict[Interface, Step] = {}
        """Links that were just made, with nothing since that a setting must not overtake."""
        self._made: dict[Interface, int] = {}
        self._bridges: set[Interface] = set()
        self._late: list[Step] = []
        """Kept back while links come up."""

    def take(self, number: int, operation: Operation) -> None:
        if not isinstance(operation, ops.SetUp):
            self.add_late()
        elif operation.interface in self._bridges:
            self._late.append(Step(operation, [number], late=True))
            self._open.pop(operation.interface, None)
            return
        if self._absorb(number, operation):
            return
        if isinstance(operation, REMOVALS):
            self._open.clear()
        for interface in touched(operation):
            self._open.pop(interface, None)
        step = elementary(number, operation)
        self.steps.append(step)
        for interface in step.made:
            self._open[interface] = step
            self._made[interface] = number
        self._bridges.difference_update(step.made)
        if isinstance(operation, ops.AddBridge):
            self._bridges.add(operation.interface)

    def add_late(self) -> None:
        self.steps += self._late
        self._late.clear()

    def _absorb(self, number: int, operation: Operation) -> bool:
        interface: Interface | None = getattr(operation, "interface", None)
        step = self._open.get(interface) if interface else None
        if interface is None or step is None or not self._can_begin_with(step, interface, operation):
            return False
        settings = step.settings.setdefault(interface, Settings())
        match operation:
            case ops.SetMtu(_, mtu):
                settings.mtu = mtu
            case ops.SetMac(_, mac):
                settings.mac = mac
            case ops.SetMaster(_, str(master)):
                settings.master, step.near = master, interface
                step.needed = (*step.needed, Interface(interface.netns, master))
            case ops.SetUp():
                settings.up, step.near = True, interface
        step.numbers.append(number)
        return True

    def _can_begin_with(self, step: Step, interface: Interface, operation: Operation) -> bool:
        bridge = isinstance(step.operation, ops.AddBridge)
        near = not isinstance(step.operation, ops.AddCard) and step.near in (None, interface)
        match operation:
            case ops.SetMtu():
                return not bridge  # an MTU that a bridge is made with does not count as set: it would follow its ports
            case ops.SetMac(_, mac):
                return mac is not None
            case ops.SetMaster(_, master):
                # A master that was made later than the link cannot be there when the link is made.
                return near and master is not None and self._made.get(Interface(interface.netns, master), -1) < step.numbers[0]
            case ops.SetUp():
                return near
        return False


# What an operation makes, touches and needs


def _made(operation: Operation) -> tuple[Interface, ...]:
    match operation:
        case ops.AddVeth(a, b):
            return (a, b)
        case ops.AddBridge(interface):
            return (interface,)
        case ops.AddCard(card):
            return (card, card_port(card))
        case ops.AddLan(lan):
            return (lan_bridge(lan),)
    return ()


def touched(operation: Operation) -> tuple[Interface, ...]:
    """The links that an operation is about, or leans on."""
    match operation:
        case ops.AddVeth(a, b) | ops.RemoveVeth(a, b):
            return (a, b)
        case ops.SetMaster(port, str(master)):
            return (port, Interface(port.netns, master))
        case ops.AddRoute(netns, route) | ops.ReplaceRoute(netns, route) | ops.RemoveRoute(netns, route):
            return (Interface(netns, route.dev),) if route.dev else ()
    interface: Interface | None = getattr(operation, "interface", None)
    return (interface,) if interface else ()


def _needed(operation: Operation) -> tuple[Interface, ...]:
    match operation:
        case ops.AddAddress(interface) | ops.RemoveAddress(interface) | ops.SetNetem(interface):
            return (interface,)
        case ops.SetMaster(interface, str(master)):
            return (Interface(interface.netns, master),)
        case ops.AddRoute(netns, route) | ops.ReplaceRoute(netns, route) | ops.RemoveRoute(netns, route) if route.dev:
            return (Interface(netns, route.dev),)
        case ops.AddCard(_, str(lan)) | ops.SetLan(_, str(lan)):
            return (lan_bridge(lan),)
        case ops.SetNetemIn(card):
            return (card_port(card),)
    return ()


# Where it goes


def channel(step: Step) -> Channel:
    operation = step.operation
    if isinstance(operation, LINK_REMOVALS):
        return LINK_REMOVAL
    match operation:
        case ops.AddVeth(a, _):
            return (step.near or a).netns
        case ops.AddLan() | ops.AddCard() | ops.SetLan() | ops.SetNetemIn():
            return LANS
        case ops.AddRoute(netns) | ops.ReplaceRoute(netns) | ops.RemoveRoute(netns):
            return netns
    interface: Interface | None = getattr(operation, "interface", None)
    return interface.netns if interface else type(operation)


# Stages


def stages(steps: Sequence[Step]) -> list[Stage]:
    scheduler = _Scheduler()
    rounds: defaultdict[int, defaultdict[Channel, list[Step]]] = defaultdict(lambda: defaultdict(list))
    for step in steps:
        way = channel(step)
        rounds[scheduler.place(step, way)][way].append(step)
    return [rounds[place] for place in sorted(rounds)]


class _Scheduler:
    """Gives each step the earliest stage that its order allows."""

    def __init__(self) -> None:
        self._written: dict[Resource, tuple[int, Channel]] = {}
        self._read: dict[Resource, int] = {}
        self._made: dict[Interface, int] = {}
        self._last_reversible = -1
        self._last_up = -1
        """Where the last link comes up that a new bridge waits for."""

    def place(self, step: Step, way: Channel) -> int:
        reads, writes = list(_reads(step)), list(_writes(step))
        removal = isinstance(step.operation, REMOVALS)
        after = self._last_reversible if removal else self._last_up if step.late else -1
        place = max(after + 1, self._earliest(step, way, reads, writes))
        for resource in writes:
            self._written[resource] = place, way
        for resource in reads:
            self._read[resource] = max(place, self._read.get(resource, place))
        for interface in step.made:
            self._made[interface] = place
        if not removal:
            self._last_reversible = max(self._last_reversible, place)
        if isinstance(step.operation, ops.SetUp) and not step.late:
            self._last_up = max(self._last_up, place)
        return place

    def _earliest(self, step: Step, way: Channel, reads: Sequence[Resource], writes: Sequence[Resource]) -> int:
        """A step may share the stage of one that wrote what it needs where both go the same way."""
        place = 0
        for resource in (*reads, *writes):
            if resource in self._written:
                written, before = self._written[resource]
                place = max(place, written if before == way else written + 1)
        for resource in writes:
            if resource in self._read:
                place = max(place, self._read[resource] + 1)
        for interface in step.needed:
            if interface in self._made:
                place = max(place, self._made[interface] + 1)
        return place


def _reads(step: Step) -> Iterator[Resource]:
    """What must be there already."""
    match step.operation:
        case ops.AddNamespace(netns) | ops.RemoveNamespace(netns):
            yield ("host", netns.host)
        case ops.SetSysctl(netns):
            yield ("netns", netns)
    for netns in step.namespaces:
        yield ("host", netns.host)
        yield ("netns", netns)
        yield ("sysctls", netns)


def _writes(step: Step) -> Iterator[Resource]:
    """What changes: two steps that change the same keep their order."""
    match step.operation:
        case ops.AddHost(host) | ops.RemoveHost(host):
            yield ("host", host)
            yield ("netns", Netns(host, ""))
        case ops.AddNamespace(netns) | ops.RemoveNamespace(netns):
            yield ("netns", netns)
        case ops.SetSysctl(netns):
            yield ("sysctls", netns)
    for netns in step.namespaces:
        yield ("links", netns)


def _namespaces(operation: Operation) -> tuple[Netns, ...]:
    match operation:
        case ops.AddVeth(a, b) | ops.RemoveVeth(a, b):
            return (a.netns, b.netns)
        case ops.AddCard(card) | ops.RemoveCard(card):
            return (LANS, card.netns)
        case ops.AddLan() | ops.RemoveLan() | ops.SetLan() | ops.SetNetemIn():
            return (LANS,)
        case ops.AddRoute(netns) | ops.ReplaceRoute(netns) | ops.RemoveRoute(netns):
            return (netns,)
    interface: Interface | None = getattr(operation, "interface", None)
    return (interface.netns,) if interface else ()
