"""Shell scripts: the network of a lab as the commands that a person would type, one script for each host.

    text = script(document, compile_document(document), host="host1", format="brctl")

Same document, same bytes.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Literal, get_args

from labs.document.schema import LabDocument, PingCheck
from labs.document.topology import Topology
from labs.formats import brctl, iproute2
from labs.formats.commands import ip
from labs.formats.comments import comment
from labs.formats.head import head
from labs.formats.names import NodeNames, host_label
from labs.formats.sections import Sayer, Section, in_batches, in_order
from labs.formats.surroundings import Surroundings, surroundings
from labs.formats.sysctls import with_explicit_sysctls
from labs.network import operations as ops
from labs.network.diff import diff
from labs.network.state import EMPTY, Interface, NetworkState

Format = Literal["iproute2", "brctl", "batch"]
FORMATS: tuple[Format, ...] = get_args(Format)

_SAYERS: dict[Format, Sayer] = {"iproute2": iproute2.commands, "brctl": brctl.commands, "batch": iproute2.commands}


def hosts(state: NetworkState) -> tuple[str, ...]:
    """The hosts that a script is for, as the state names them: "" is the one that is not drawn. An empty lab has that one."""
    return tuple(state.hosts) or ("",)


def script(document: LabDocument, state: NetworkState, *, host: str = "", format: Format = "iproute2", teardown: bool = False) -> str:
    """The script that makes a host's part of the network, or takes it down. `state` is what `document` compiles to.

    Raises KeyError for a host that is not in the state.
    """
    if host not in hosts(state):
        raise KeyError(host)
    plan = set_up(document, state, host)
    say, around, names = _SAYERS[format], surroundings(plan), NodeNames.of(document, plan)
    work = list(_undone(plan, around)) if teardown else [op for op in plan if not isinstance(op, ops.AddCard)]
    if format == "batch":
        around = Surroundings(around.cards, in_place=None)
        sections = in_batches(work, say, around, names, host, teardown=teardown)
    else:
        sections = in_order(work, say, around, names)
    if around.cards and not teardown:
        sections.insert(0, _look_for(sorted(around.cards), host))
    commands = [command for op in work for command in say(op, around)]
    lines = head(document, state, host, commands, teardown=teardown)
    lines += [line for section in sections for line in section.text()]
    if not teardown:
        lines += _tries(document, host)
    return "\n".join(lines) + "\n"


def set_up(document: LabDocument, state: NetworkState, host: str) -> list[ops.Operation]:
    """The operations that a script makes a host's part of the network by."""
    inside = [op for op in diff(EMPTY, state) if (netns := op.place()[0]) is not None and netns.host == host]
    return with_explicit_sysctls(inside, document, host)


def _undone(plan: list[ops.Operation], around: Surroundings) -> Iterator[ops.Operation]:
    """What tear-down does: the last first. What hangs on a link goes with it; what was on the host before stays."""
    for op in reversed(plan):
        match op:
            case ops.AddVeth() | ops.AddBridge() | ops.AddNamespace():
                yield from op.inverse()
            case ops.AddRoute(netns, route) if not netns.name and (route.dev is None or Interface(netns, route.dev) in around.cards):
                yield from op.inverse()
            case ops.SetNetem() if op.interface in around.cards:
                yield from op.inverse()


def _look_for(cards: list[Interface], host: str) -> Section:
    lines = []
    for card in cards:
        look = ip("link", "show", "dev", card.name)
        complaint = shlex.quote(f"{host_label(host)} has no network card {card.name}: plug it in, or change its name in the lab.")
        lines.append(f"{look} >/dev/null 2>&1 || {{ echo {complaint} >&2; false; }}")
    return Section("Network cards", lines)


def _tries(document: LabDocument, host: str) -> list[str]:
    """The lab's checks that begin on this host, as commands in a comment."""
    topology = Topology(document)
    lines: list[str] = []
    for check in document.checks:
        netns = topology.netns(check.from_)
        if netns is None or netns.host != host:
            continue
        inside = ["ip", "netns", "exec", netns.name] if netns.name else []
        expected: str
        if isinstance(check, PingCheck):
            words, expected = ["ping", "-c", "1", str(check.ping)], check.expect
        else:
            words, expected = ["traceroute", "-n", str(check.trace)], ", ".join(map(str, check.expect))
        lines += comment(f"{shlex.join(inside + words)}   ({expected})", indent="  ")
    return ["", *comment("To try it:"), *lines] if lines else []
