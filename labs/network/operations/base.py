"""What an operation knows of itself, and the words that all of them share."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal

from labs.network.draft import Draft
from labs.network.state import IPV6_METRIC, Interface, Netem, Netns, Route

Change = Literal["add", "remove", "change"]


@dataclass(frozen=True, slots=True)
class Operation:
    change: ClassVar[Change]

    def forwards(self, draft: Draft) -> None:
        """Do to a state what the kernel does, cascades included. Raises KeyError where what it works on is not there."""
        raise NotImplementedError

    def inverse(self) -> tuple[Operation, ...]:
        """The operations that undo this one."""
        raise NotImplementedError

    def describe(self) -> str:
        """One line for people: `Add namespace ns1`."""
        raise NotImplementedError

    def place(self) -> tuple[Netns | None, str | None]:
        """The namespace that it works in, and the interface there; None where there is none."""
        for field in fields(self):
            match getattr(self, field.name):
                case Interface(netns, name):
                    return netns, name
                case Netns() as netns:
                    return netns, None
        return None, None

    def params(self) -> dict[str, str]:
        """Its fields as text, for whoever says it in another language; a field that is None has no entry.

        `interface` comes as `interface` and `netns`, the ends of a veth pair as `a`, `a_netns`, `b`, `b_netns`.
        """
        params: dict[str, str] = {}
        for field in fields(self):
            params.update(_texts(field.name, getattr(self, field.name)))
        return params


Plan = tuple[Operation, ...]


def _texts(name: str, value: Any) -> dict[str, str]:
    match value:
        case Interface():
            return {name: value.name, "netns" if name == "interface" else f"{name}_netns": str(value.netns)}
        case Netns():
            return {name: str(value)}
        case None | tuple():  # not there, or operations
            return {}
        case bool():
            return {name: "on" if value else "off"}
        case Route():
            return {name: route_text(value)}
        case Netem():
            return {name: netem_text(value)}
        case _:
            return {name: str(value)}


def within(netns: Netns) -> str:
    """`in ns1`, `in host1/ns1`, and of a host itself `on host1`."""
    return f"in {netns}" if netns.name else f"on {netns}"


def at(interface: Interface) -> str:
    """`veth-ns1 in ns1`."""
    return f"{interface.name} {within(interface.netns)}"


def route_text(route: Route) -> str:
    """As `ip route` shows it: `default via 192.168.1.1`, `unreachable 10.0.0.0/8 metric 5`."""
    words: list[str] = [] if route.type == "unicast" else [route.type]
    words.append("default" if route.to.prefixlen == 0 and (route.via or route.to.version == 4) else str(route.to))
    if route.via:
        words += ["via", str(route.via)]
    if route.dev and (route.dev_given or not route.via):
        words += ["dev", route.dev]
    if route.metric != (IPV6_METRIC if route.to.version == 6 else 0):
        words += ["metric", str(route.metric)]
    return " ".join(words)


def netem_text(netem: Netem) -> str:
    """As `tc qdisc` takes it: `delay 20ms 5ms loss 1% rate 1000000bit`."""
    words = []
    if netem.delay or netem.jitter:
        words.append(f"delay {netem.delay:.12g}ms" + (f" {netem.jitter:.12g}ms" if netem.jitter else ""))
    if netem.loss:
        words.append(f"loss {netem.loss:.12g}%")
    if netem.rate:
        words.append(f"rate {netem.rate}bit")
    return " ".join(words) or "nothing"
