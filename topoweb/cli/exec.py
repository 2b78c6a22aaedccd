"""`topoweb exec LAB NODE -- CMD`"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from topoweb.cli.arguments import LabName, NodeName

if TYPE_CHECKING:
    from collections.abc import Sequence


def exec(
    lab: LabName,
    node: NodeName,
    command: Annotated[list[str], typer.Argument(metavar="CMD", help="The command, with its arguments.", show_default=False)],
) -> None:
    """Run a command in a node of a lab, as root there.

    Exits as the command does. Started in a terminal, the command has a terminal of its own in the lab. Else its input, output and errors
    are those of topoweb, and signals (Ctrl-C) go to it. It is hung up on (SIGHUP) when topoweb ends before it.

    Examples:

    \b
      topoweb exec two-namespaces ns1 -- bash
      topoweb exec two-namespaces ns1 -- tcpdump -w - >trace.pcap
    """
    from topoweb.cli.waiting import wait_for

    _open_closed_streams()
    raise typer.Exit(wait_for(_exec(lab, node, command)))


async def _exec(name: str, node: str, argv: Sequence[str]) -> int:
    from labs.kernel.lab import Lab
    from topoweb.cli.exits import refuse
    from topoweb.cli.labs import find, netns, visit
    from topoweb.cli.streams import run_in_pipes, run_in_terminal

    run = run_in_terminal if os.isatty(0) and os.isatty(1) else run_in_pipes
    place = await find(name)
    if place.on_machine:
        refuse([f"Lab {place.name} is on this machine itself, where a command needs no help: ip netns exec NAME CMD"])
    async with visit(place) as (lab, record):
        assert isinstance(lab, Lab)
        return await run(lab, await netns(lab, record, node), argv)


def _open_closed_streams() -> None:
    """A descriptor that is opened later could else take the place of a standard stream."""
    while (fd := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(fd)
