"""The head of a script: what it is, who runs it where, and what has to be there before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from labs.document.schema import LabDocument
from labs.document.topology import netns_of, path_of
from labs.formats.commands import Command
from labs.formats.comments import comment, one_line
from labs.formats.names import filename, host_label
from labs.network.state import Card, Interface, Netns, NetworkState

_PACKAGES = {"ip": "iproute2", "tc": "iproute2", "brctl": "bridge-utils", "sysctl": "procps"}


def head(document: LabDocument, state: NetworkState, host: str, commands: Iterable[Command], *, teardown: bool) -> list[str]:
    """The lines above the first command, `set -euo pipefail` the last of them."""
    what = "Tear-down of" if teardown else "Set-up of"
    where = f"{host} in the lab" if host else "the lab"
    lines = ["#!/usr/bin/env bash", *comment(f'{what} {where} "{one_line(document.name)}". Made by Topoweb.')]
    paragraphs = [
        _description(document),
        _requirements(filename(document, state, host, teardown=teardown), commands, teardown=teardown),
        _hosts(document, state, host, teardown=teardown),
        _left_alone(state, host) if teardown else _cards(state, host),
        [] if teardown else _nodes(document, host),
    ]
    for paragraph in paragraphs:
        if paragraph:
            lines += ["#", *paragraph]
    return [*lines, "set -euo pipefail"]


def _description(document: LabDocument) -> list[str]:
    return comment(document.description, indent="| ") if document.description.strip() else []


def _requirements(name: str, commands: Iterable[Command], *, teardown: bool) -> list[str]:
    programs = dict.fromkeys(command.program for command in commands)
    packages = ", ".join(f"{program} ({_PACKAGES[program]})" for program in programs)
    return [
        *comment(f"All of it needs root: sudo bash {name}"),
        *(comment(f"It uses {packages}.") if packages else ()),
        *comment('Pasted line by line it works too; leave out "set" then, which would close the shell at an error.'),
        *(comment("So it also takes down what a set-up left that stopped halfway.") if teardown else ()),
    ]


def _hosts(document: LabDocument, state: NetworkState, host: str, *, teardown: bool) -> list[str]:
    if len(state.hosts) < 2:
        return []
    lines = comment("The lab spans several hosts. Run on each its own script:")
    for other in state.hosts:
        here = " (this one)" if other == host else ""
        lines += comment(f"{host_label(other)}: {filename(document, state, other, teardown=teardown)}{here}", indent="  ")
    return lines


def _cards(state: NetworkState, host: str) -> list[str]:
    lines: list[str] = []
    for card, lan in cards(state, host):
        neighbours = [str(other) for other, its_lan in _all_cards(state) if its_lan == lan and other != card] if lan else []
        where = f", on one LAN with {', '.join(neighbours)}" if neighbours else ""
        lines += comment(f"{card.name}{where}", indent="  ", hanging="    ")
    return [*comment("Network cards that have to be there before; they get the addresses that they lack:"), *lines] if lines else []


def _left_alone(state: NetworkState, host: str) -> list[str]:
    names = [card.name for card, _ in cards(state, host)]
    default = state.namespace(Netns(host, ""))
    left = ["the kernel settings of the host"] if default and default.sysctls else []
    if names:
        left.append(f"the addresses and other settings of {', '.join(names)}")
    return comment(f"Left as they are: {', '.join(left)}.") if left else []


def _nodes(document: LabDocument, host: str) -> list[str]:
    """The notes of this host's nodes."""
    lines: list[str] = []
    for node in document.nodes:
        netns = netns_of(node)
        if netns and netns.host == host and node.note and node.note.strip():
            lines += comment(f"{path_of(node)}:") + comment(node.note, indent="  | ")
    return lines


def cards(state: NetworkState, host: str) -> list[tuple[Interface, str | None]]:
    """The real cards of a host, each with its LAN."""
    return [(card, lan) for card, lan in _all_cards(state) if card.netns.host == host]


def _all_cards(state: NetworkState) -> Iterator[tuple[Interface, str | None]]:
    for interface, link in state.links():
        if isinstance(link.kind, Card):
            yield interface, link.kind.lan
