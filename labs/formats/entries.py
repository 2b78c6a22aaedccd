"""A plan as entries that a page, a table and `topoweb plan --json` can show."""

from __future__ import annotations

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
    return tuple(
        PlanEntry(
            n=n,
            op=type(op).__name__,
            change=op.change,
            summary=op.describe(),
            params=op.params(),
            command="\n".join(str(command) for command in iproute2.commands(op, around)),
            node=_node(op, bridges),
            interface=op.place()[1],
            cause="drift" if op.describe() in back else "drawing",
        )
        for n, op in enumerate(plan, 1)
    )


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
