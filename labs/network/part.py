"""Part of a plan: operations that somebody chose with all that they lean on, or the plan without them and without what leans on them.

An operation that makes something leans on what makes that which it stands on: an address on its link, a route on its device and on the
address that reaches its gateway. One that takes something away leans on what takes away that which stands on it. What is made anew is
taken away and made, never one without the other. So either part can be played on the state that the plan begins in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from labs.document.routing import CONNECTED_METRICS
from labs.network import operations as ops
from labs.network.state import IPV6_MIN_MTU, Address, Gateway, Interface, Netns, Route

Thing = object
"""What operations make and take away: a `Netns`, an `Interface`, the name of a LAN, or a tuple of where and what."""
Things = frozenset[Thing]
NOTHING: Things = frozenset()


@dataclass(frozen=True, slots=True)
class _Effect:
    makes: Things = NOTHING
    makes_on: Things = NOTHING
    """What that which is made stands on."""
    takes: Things = NOTHING
    takes_off: Things = NOTHING
    """What that which is taken away stood on."""
    clear_of: Things = NOTHING
    """What must be gone before it can be made, besides what is of its own name."""

    def reversed(self) -> _Effect:
        return _Effect(self.takes, self.takes_off, self.makes, self.makes_on)


def with_needed(plan: ops.Plan, chosen: Collection[int]) -> ops.Plan:
    """The operations at the positions `chosen`, and what they lean on. What makes a link or a namespace brings what that is set to."""
    leaning = _Leaning(plan)
    wanted = _closure(chosen, lambda at: leaning.on(at) | leaning.brought_by(at))
    return tuple(operation for at, operation in enumerate(plan) if at in wanted)


def without(plan: ops.Plan, chosen: Collection[int]) -> ops.Plan:
    """The plan without the operations at the positions `chosen`, and without what leans on them."""
    leaning = _Leaning(plan)
    dependents: dict[int, set[int]] = defaultdict(set)
    for at in range(len(plan)):
        for other in leaning.on(at):
            dependents[other].add(at)
    unwanted = _closure(chosen, lambda at: dependents[at])
    return tuple(operation for at, operation in enumerate(plan) if at not in unwanted)


def _closure(start: Iterable[int], more: Callable[[int], Collection[int]]) -> set[int]:
    found: set[int] = set()
    waiting = list(start)
    while waiting:
        at = waiting.pop()
        if at not in found:
            found.add(at)
            waiting += more(at)
    return found


class _Leaning:
    """Which operations of a plan lean on which, by their positions."""

    def __init__(self, plan: ops.Plan) -> None:
        self._plan = plan
        gateways = _reaching(plan)
        self._effects = [_effect(operation, gateways) for operation in plan]
        self._made = _index(effect.makes for effect in self._effects)
        self._vacated = _index(_vacated(operation, gateways) for operation in plan)
        self._taken_off = _index(effect.takes_off for effect in self._effects)
        self._about = _index(frozenset(_subject(operation)) for operation in plan)

    def on(self, at: int) -> set[int]:
        effect = self._effects[at]
        found: set[int] = set()
        for thing in effect.makes_on:
            found |= self._made[thing]
        for thing in effect.takes:
            found |= self._taken_off[thing]
        for thing in effect.makes | effect.clear_of:
            found |= self._vacated[thing]
        for thing in effect.takes:
            found |= self._made[thing]
        return found - {at}

    def brought_by(self, at: int) -> set[int]:
        return {other for thing in self._effects[at].makes for other in self._about[thing] if self._plan[other].change == "change"}


def _index(sets: Iterable[Things]) -> Mapping[Thing, set[int]]:
    index: dict[Thing, set[int]] = defaultdict(set)
    for at, things in enumerate(sets):
        for thing in things:
            index[thing].add(at)
    return index


def _subject(operation: ops.Operation) -> Iterator[Thing]:
    netns, name = operation.place()
    if netns is not None:
        yield netns if name is None else Interface(netns, name)


# Effects


def _effect(operation: ops.Operation, gateways: _Gateways) -> _Effect:  # noqa: C901 - one for each operation
    match operation:
        case ops.AddHost(host):
            return _Effect(frozenset({Netns(host, "")}))
        case ops.AddLan(lan):
            return _Effect(frozenset({lan}))
        case ops.AddNamespace(netns):
            return _Effect(frozenset({netns}), frozenset({Netns(netns.host, "")}))
        case ops.AddVeth(a, b):
            return _Effect(frozenset({a, b}), frozenset({a.netns, b.netns}))
        case ops.AddBridge(interface):
            return _Effect(frozenset({interface}), frozenset({interface.netns}))
        case ops.AddCard(interface, lan):
            return _Effect(frozenset({interface}), frozenset({interface.netns, lan}))
        case ops.AddAddress(interface, address):
            return _Effect(frozenset({_address(interface, address)}), _below(interface, address.version))
        case ops.AddRoute(netns, route):
            below = _below_route(netns, route) | gateways.of(netns, route)
            taken: Things = frozenset({("connected", netns, route.to, route.metric)})
            return _Effect(frozenset({_route(netns, route)}), below, clear_of=taken)
        case ops.ReplaceRoute(netns, route, previous):
            new, old = (_effect(ops.AddRoute(netns, each), gateways) for each in (route, previous))
            return _Effect(new.makes, new.makes_on, old.makes, old.makes_on)
        case ops.SetUp(interface):
            return _Effect(frozenset({("up", interface)}), frozenset({interface}))
        case ops.SetMaster(interface, master, previous):
            port = frozenset({(interface, "master")})
            return _Effect(
                port if master else NOTHING,
                _bridge(interface, master) | {interface},
                port if previous else NOTHING,
                _bridge(interface, previous) | {interface},
            )
        case ops.SetLan(interface, lan, previous):
            plug: Things = frozenset({(interface, "lan")})
            return _Effect(
                plug if lan else NOTHING, frozenset({interface, lan}), plug if previous else NOTHING, frozenset({interface, previous})
            )
        case ops.SetMtu(interface, mtu, previous):
            value = frozenset({(interface, "mtu")})  # a bridge's is set in two steps, which belong together
            ipv6: Things = frozenset({("ipv6", interface)})
            rises, falls = previous < IPV6_MIN_MTU <= mtu, mtu < IPV6_MIN_MTU <= previous
            return _Effect(value | ipv6 if rises else value, frozenset({interface}), value | ipv6 if falls else value)
        case ops.SetMac(interface) | ops.SetNetem(interface) | ops.SetNetemIn(interface) | ops.SetStp(interface):
            return _Effect(makes_on=frozenset({interface}))
        case ops.SetSysctl(netns):
            return _Effect(makes_on=frozenset({netns}))
    return _effect(_opposite(operation), gateways).reversed()


def _opposite(operation: ops.Operation) -> ops.Operation:
    """Of what removes something, what adds it. Raises TypeError for an operation that nobody taught this."""
    if operation.change == "remove" or isinstance(operation, ops.SetDown):
        return operation.inverse()[0]
    raise TypeError(operation)


def _vacated(operation: ops.Operation, gateways: _Gateways) -> Things:
    """What an operation takes away, with all that goes with it."""
    if operation.change == "add" or isinstance(operation, (ops.SetUp, ops.SetSysctl)):
        return NOTHING
    gone: set[Thing] = set()
    for inverse in operation.inverse():
        gone |= _effect(inverse, gateways).makes
        if isinstance(inverse, ops.AddAddress):
            gone.add(_connected(inverse.interface, inverse.address))
    return frozenset(gone)


def _address(interface: Interface, address: Address) -> Thing:
    """The kernel takes an IPv6 address once, whatever its prefix."""
    return interface, address if address.version == 4 else address.ip


def _connected(interface: Interface, address: Address) -> Thing:
    """The route that comes with an address."""
    return "connected", interface.netns, address.network, CONNECTED_METRICS[address.version]


def _route(netns: Netns, route: Route) -> Thing:
    """The kernel takes each destination and metric once."""
    return netns, route.to, route.metric


def _below(interface: Interface, version: int) -> Things:
    """What an address, or a route out of an interface, stands on."""
    return frozenset({interface}) if version == 4 else frozenset({interface, ("up", interface), ("ipv6", interface)})


def _below_route(netns: Netns, route: Route) -> Things:
    if route.dev is None:
        return frozenset({netns})
    interface = Interface(netns, route.dev)
    return _below(interface, route.to.version) | {netns, ("up", interface)}


def _bridge(port: Interface, name: str | None) -> Things:
    return frozenset({Interface(port.netns, name)}) if name else NOTHING


# What reaches a gateway


class _Gateways:
    """The addresses and routes of a plan by which the gateways of its routes are reached."""

    def __init__(self) -> None:
        self._on_link: dict[Interface, list[tuple[Callable[[Gateway], bool], Thing]]] = defaultdict(list)

    def add_address(self, interface: Interface, address: Address) -> None:
        self._on_link[interface].append((address.network.__contains__, _address(interface, address)))

    def add_route(self, netns: Netns, route: Route) -> None:
        if route.dev is not None and route.via is None:
            self._on_link[Interface(netns, route.dev)].append((route.to.__contains__, _route(netns, route)))

    def of(self, netns: Netns, route: Route) -> Things:
        via, dev = route.via, route.dev
        if via is None or dev is None:
            return NOTHING
        return frozenset(thing for holds, thing in self._on_link[Interface(netns, dev)] if holds(via))


def _reaching(plan: ops.Plan) -> _Gateways:
    gateways = _Gateways()
    for operation in plan:
        match operation:
            case ops.AddAddress(interface, address) | ops.RemoveAddress(interface, address):
                gateways.add_address(interface, address)
            case ops.AddRoute(netns, route) | ops.RemoveRoute(netns, route):
                gateways.add_route(netns, route)
            case ops.ReplaceRoute(netns, route, previous):
                gateways.add_route(netns, route)
                gateways.add_route(netns, previous)
    return gateways
