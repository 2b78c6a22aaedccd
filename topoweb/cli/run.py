"""`topoweb run FILE`"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from topoweb.cli.documents import DocumentFile, read_document
from topoweb.cli.exits import complain, refuse

if TYPE_CHECKING:
    from labs.document.schema import LabDocument
    from labs.network.state import Netns

INTERRUPTED = 130
"""As a shell says it: 128 + SIGINT."""


def run(
    file: DocumentFile,
    command: Annotated[list[str] | None, typer.Argument(metavar="CMD", help="What --exec runs.", show_default=False)] = None,
    json: Annotated[bool, typer.Option("--json", help="The results as JSON.")] = False,
    exec_: Annotated[
        str | None, typer.Option("--exec", metavar="NODE", help="Run CMD in this host, namespace or router once the checks are done.")
    ] = None,
) -> None:
    """Build a lab in a sandbox, run its checks, and take it down.

    Exits 0 only where everything was applied and every check is as expected; 1 otherwise, also where this kernel lacks a feature that the
    lab needs. With --exec, exits as CMD does where all else is well; then standard output is CMD's alone.

    Examples:

    \b
      topoweb run lab.yaml
      topoweb run lab.yaml --exec ns1 -- ping -c 3 192.168.1.2
    """
    if (exec_ is None) != (not command):
        raise typer.BadParameter("--exec NODE and -- CMD go together", param_hint="--exec")
    document = read_document(file)
    netns = None if exec_ is None else _place(document, exec_)
    from topoweb.cli.outcome import as_json, print_table
    from topoweb.cli.output import print_json
    from topoweb.cli.running import run_lab

    try:
        outcome = run_lab(document, None if netns is None else (netns, command or []), capture=json)
    except KeyboardInterrupt:
        complain("Interrupted; the lab is taken down.")
        raise typer.Exit(INTERRUPTED) from None
    complain(*outcome.errors)
    if json:
        print_json(as_json(document, outcome))
    elif outcome.checks:
        print_table(document, outcome, sys.stdout if netns is None else sys.stderr)
    raise typer.Exit(outcome.exit_code)


def _place(document: LabDocument, path: str) -> Netns:
    """The namespace that --exec names. Exits 2 where there is none."""
    from labs.document.topology import Topology
    from labs.network.state import Netns

    topology = Topology(document)
    place = topology.place(path)
    if place is None:
        paths = [*topology.indexes, *(["host"] if topology.implies_host else [])]
        refuse([f"--exec: {path!r} is no host, namespace or router of this lab; it has {', '.join(filter(topology.place, paths))}."])
    return Netns(*place)
