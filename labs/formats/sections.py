"""The body of a script: commands in sections, each under a comment that names the nodes it is about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from labs.formats import batch
from labs.formats.commands import Command
from labs.formats.comments import comment
from labs.formats.names import NodeNames
from labs.formats.surroundings import Surroundings
from labs.network import operations as ops
from labs.network.state import Interface, Netns

Sayer = Callable[[ops.Operation, Surroundings], list[Command]]
"""Says an operation as commands: `labs.formats.iproute2.commands` and its like."""


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    lines: list[str]

    def text(self) -> list[str]:
        return ["", *comment(self.title, hanging="  "), *self.lines]


def in_order(plan: Iterable[ops.Operation], say: Sayer, around: Surroundings, names: NodeNames) -> list[Section]:
    """Sections that follow the plan: one for each run of operations of the same sort, and one for each link."""
    sections = []
    for title, run in groupby(_titled(plan, names), key=itemgetter(0)):
        group = [op for _, op in run]
        lines = [str(command) for op in group for command in say(op, around)]
        nodes = dict.fromkeys(_node(op, names) for op in group) if ":" not in title else ()
        sections.append(Section(f"{title}: {', '.join(nodes)}" if nodes else title, lines))
    return [section for section in sections if section.lines]


def in_batches(
    plan: Iterable[ops.Operation], say: Sayer, around: Surroundings, names: NodeNames, host: str, *, teardown: bool
) -> list[Section]:
    """Sections by namespace, each as few batches as its commands allow."""
    commands = (command for op in plan for command in say(op, around))
    return [
        Section(names.of_netns(Netns(host, netns)) if netns else "The default namespace", batch.batched(group))
        for netns, group in batch.by_namespace(commands, default_last=teardown).items()
    ]


def _titled(plan: Iterable[ops.Operation], names: NodeNames) -> Iterator[tuple[str, ops.Operation]]:
    """Each operation with the title of its section. Settings of a link that was just made belong to its making."""
    title, made = "", frozenset[Interface]()
    for op in plan:
        match op:
            case ops.AddVeth(a, b) | ops.RemoveVeth(a, b):
                title, made = f"Link: {_end(a, names)} to {_end(b, names)}", frozenset((a, b))
            case ops.SetMaster() | ops.SetMtu() | ops.SetMac() | ops.SetStp() | ops.SetNetem() if op.interface in made:
                pass
            case ops.AddBridge(interface):
                title, made = "Bridges", made | {interface} if title == "Bridges" else frozenset((interface,))
            case _:
                title, made = _TITLES.get(type(op), "Settings of links"), frozenset()
        yield title, op


_TITLES: dict[type[ops.Operation], str] = {
    ops.AddNamespace: "Network namespaces",
    ops.RemoveNamespace: "Network namespaces",
    ops.RemoveBridge: "Bridges",
    ops.SetSysctl: "Kernel settings",
    ops.AddAddress: "Addresses",
    ops.SetUp: "Up",
    ops.AddRoute: "Routes",
    ops.ReplaceRoute: "Routes",
    ops.RemoveRoute: "Routes",
}


def _end(interface: Interface, names: NodeNames) -> str:
    return f"{names.of_interface(interface)} [{interface.name}]"


def _node(op: ops.Operation, names: NodeNames) -> str:
    netns, name = op.place()
    if netns is None:
        raise TypeError(f"{type(op).__name__} is no operation inside a host")
    return names.of_interface(Interface(netns, name)) if name else names.of_netns(netns)
