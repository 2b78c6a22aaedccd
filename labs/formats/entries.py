"""A plan as entries that a page, a table and `topoweb plan --json` can show."""

from __future__ import annotations

from typing import Literal

from labs.formats import iproute2
from labs.formats.names import bridges_of, host_label
from labs.formats.surroundings import surroundings
from labs.messages.status import PlanEntry
from labs.network import operations as ops
from labs.network.diff import diff
from labs.network.state import EMPTY, Interface, Netns, NetworkState


def plan_entries(plan: ops.Plan, before: NetworkState = EMPTY, base: NetworkState | None = None) -> tuple[PlanEntry, ...]:
    """The operations of a plan that begins in the state `before`, numbered from 1.

    `base` is what was applied last: what leads back to it from `before` undoes what was done by hand.
    """
    back = frozenset() if base is None else {op.describe() for op in diff(before, base)}
    around = surroundings(plan, before)
    bridges = bridges_of(plan, before)
    anew = _made_anew(plan)
    entries = []
    for n, op in enumerate(plan, 1):
        summary = op.describe()
        entry = PlanEntry(
            n=n,
            op=type(op).__name__,
            change=op.change,
            summary=summary,
            params=op.params(),
            command="\n".join(map(str, iproute2.commands(op, around))),
            node=_node(op, bridges),
            interface=op.place()[1],
            anew=next((anew[end] for end in _ends(op) if end in anew), None) if anew else None,
            cause="drift" if summary in back else "drawing",
        )
        entries.append(entry)
    return tuple(entries)


def _made_anew(plan: ops.Plan) -> dict[Interface, Literal["peer", "kind"]]:
    """The links that a plan removes and makes, each with the reason."""
    removed = {end: op for op in plan if op.change == "remove" for end in _ends(op)}
    made = {end: op for op in plan if op.change == "add" for end in _ends(op)}
    return {
        end: "peer" if isinstance(removed[end], ops.RemoveVeth) and isinstance(made[end], ops.AddVeth) else "kind"
        for end in removed.keys() & made.keys()
    }


def _ends(op: ops.Operation) -> tuple[Interface, ...]:
    """Of a link that is made or removed."""
    match op:
        case ops.AddVeth(a, b) | ops.RemoveVeth(a, b):
            return (a, b)
        case ops.AddBridge(end) | ops.RemoveBridge(end) | ops.AddCard(end) | ops.RemoveCard(end):
            return (end,)
    return ()


def _node(op: ops.Operation, bridges: dict[Interface, str]) -> str | None:
    """The node of the drawing, as links write it, that an operation concerns: a port is drawn at its bridge."""
    match op:
        case ops.AddHost(host) | ops.RemoveHost(host):
            return host_label(host)
        case ops.AddLan(lan) | ops.RemoveLan(lan):
            return lan
    netns, name = op.place()
    if netns is None:
        return None
    bridge = bridges.get(Interface(netns, name)) if name else None
    return str(Netns(netns.host, bridge) if bridge else netns)
