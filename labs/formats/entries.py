"""A plan as entries that a page, a table and `topoweb plan --json` can show."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any, Literal

from labs.formats import iproute2
from labs.formats.surroundings import surroundings
from labs.messages.status import PlanEntry
from labs.network import operations as ops
from labs.network.state import EMPTY, Bridge, Interface, Netem, Netns, NetworkState, Route


def plan_entries(plan: ops.Plan, before: NetworkState = EMPTY) -> tuple[PlanEntry, ...]:
    """The operations of a plan that begins in the state `before`, numbered from 1."""
    around = surroundings(plan, before)
    bridges = dict(_bridges(plan, before))
    entries = []
    for n, op in enumerate(plan, 1):
        interface = _interface(op)
        entries.append(
            PlanEntry(
                n=n,
                op=type(op).__name__,
                change=_change(op),
                summary=op.describe(),
                params=params(op),
                command="\n".join(str(command) for command in iproute2.commands(op, around)),
                node=_node(op, bridges.get(interface) if interface else None),
                interface=interface.name if interface else None,
            )
        )
    return tuple(entries)


def params(op: ops.Operation) -> dict[str, str]:
    """What an operation is about, for a sentence in any language: its fields as text, an interface as `netns` and `interface`.

    >>> params(ops.SetUp(Interface(Netns("", "ns1"), "veth-ns1")))
    {'netns': 'ns1', 'interface': 'veth-ns1'}
    """
    texts: dict[str, str] = {}
    for field in dataclasses.fields(op):
        value = getattr(op, field.name)
        if field.name == "interface":
            texts |= {"netns": str(value.netns), "interface": value.name}
        elif field.name != "contents" and value is not None:
            texts[field.name] = _text(value)
    return texts


def _text(value: Any) -> str:
    match value:
        case bool():
            return "on" if value else "off"
        case Route():
            return " ".join(iproute2.route_words(value))
        case Netem():
            return " ".join(iproute2.netem_words(value))
        case _:
            return str(value)


def _change(op: ops.Operation) -> Literal["add", "remove", "change"]:
    name = type(op).__name__
    if name.startswith("Add"):
        return "add"
    return "remove" if name.startswith("Remove") else "change"


def _interface(op: ops.Operation) -> Interface | None:
    """The interface that an operation concerns; of a veth pair, its first end."""
    if isinstance(op, ops.AddVeth | ops.RemoveVeth):
        return op.a
    return getattr(op, "interface", None)


def _node(op: ops.Operation, bridge: str | None) -> str | None:
    """The node of the drawing, as links write it, that an operation concerns; `bridge` is the one that its interface belongs to."""
    match op:
        case ops.AddHost(host) | ops.RemoveHost(host):
            return str(Netns(host, ""))
        case ops.AddLan(lan) | ops.RemoveLan(lan):
            return lan
    interface = _interface(op)
    netns: Netns | None = interface.netns if interface else getattr(op, "netns", None)
    if netns is None:
        return None
    return str(Netns(netns.host, bridge)) if bridge else str(netns)


def _bridges(plan: ops.Plan, before: NetworkState) -> Iterator[tuple[Interface, str]]:
    """Which bridge an interface belongs to: a bridge to itself, a port to its master. In the drawing both are the bridge's."""
    for interface, link in before.links():
        if isinstance(link.kind, Bridge):
            yield interface, interface.name
        elif link.master:
            yield interface, link.master
    for op in plan:
        match op:
            case ops.AddBridge(interface):
                yield interface, interface.name
            case ops.SetMaster(interface, str(master)):
                yield interface, master
