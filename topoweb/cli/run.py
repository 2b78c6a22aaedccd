"""`topoweb run FILE`"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from topoweb.cli.arguments import Target, TargetOption
from topoweb.cli.documents import DocumentFile, read_document
from topoweb.cli.exits import INTERRUPTED, complain, refuse

if TYPE_CHECKING:
    from labs.document.schema import LabDocument
    from labs.network.state import Netns

LAB_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}"
"""As `Lab.start` takes it."""


def _lab_name(name: str | None) -> str | None:
    if name is not None and not re.fullmatch(LAB_NAME, name):
        raise typer.BadParameter("at most 60 letters, digits, dots, underscores and hyphens, of which the first is a letter or a digit")
    return name


def run(
    file: DocumentFile,
    command: Annotated[list[str] | None, typer.Argument(metavar="CMD", help="What --exec runs.", show_default=False)] = None,
    json: Annotated[bool, typer.Option("--json", help="The results as JSON.")] = False,
    exec_: Annotated[
        str | None, typer.Option("--exec", metavar="NODE", help="Run CMD in this host, namespace or router once the checks are done.")
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the lab running, and print its name as the last line.")] = False,
    target: TargetOption = Target.sandbox,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", callback=_lab_name, help="What to call the lab that is kept; else as its document.")
    ] = None,
) -> None:
    """Build a lab, run its checks, and take it down or keep it.

    In a sandbox or, by `--target machine`, on this machine itself. Exits 0 only where everything was applied and every check is as
    expected; 1 otherwise, also where this kernel lacks a feature that the lab needs. With --exec, exits as CMD does where all else is
    well; then standard output is CMD's alone, but for the name of a lab that is kept. A lab is kept once it is built, whatever its checks
    say; `ps`, `exec`, `ping`, `apply`, `diff` and `stop` reach it by its name.

    Examples:

    \b
      topoweb run lab.yaml
      topoweb run lab.yaml --exec ns1 -- ping -c 3 192.168.1.2
      topoweb run lab.yaml --keep
      sudo topoweb run lab.yaml --target machine
    """
    if (exec_ is None) != (not command):
        raise typer.BadParameter("--exec NODE and -- CMD go together", param_hint="--exec")
    if name and not keep:
        raise typer.BadParameter("only a lab that is kept has a name", param_hint="--name")
    if target == Target.machine and command:
        raise typer.BadParameter("a command needs no help on the machine itself: ip netns exec NAME CMD", param_hint="--exec")
    document = read_document(file)
    netns = None if exec_ is None else _place(document, exec_)
    from topoweb.cli.outcome import Outcome, as_json, print_table
    from topoweb.cli.output import print_json, say
    from topoweb.cli.running import Keep, run_lab

    outcome = Outcome()
    try:
        if target == Target.machine:
            from topoweb.cli.on_machine import run_on_machine

            run_on_machine(document, outcome, Keep(name) if keep else None)
        else:
            run_lab(document, None if netns is None else (netns, command or []), outcome, capture=json, keep=Keep(name) if keep else None)
    except KeyboardInterrupt:
        complain(f"Interrupted; lab {outcome.lab} goes on." if outcome.lab else "Interrupted; the lab is taken down.")
        raise typer.Exit(INTERRUPTED) from None
    complain(*outcome.errors)
    if json:
        print_json(as_json(document, outcome))
    elif outcome.checks:
        print_table(document, outcome, sys.stdout if netns is None else sys.stderr)
    if outcome.lab and not json:
        say(outcome.lab)
    raise typer.Exit(outcome.exit_code)


def _place(document: LabDocument, path: str) -> Netns:
    """The namespace that --exec names. Exits 2 where there is none."""
    from topoweb.cli.labs import netns_of

    drawn = dict(netns_of(document))
    if path not in drawn:
        refuse([f"--exec: {path!r} is no host, namespace or router of this lab; it has {', '.join(drawn)}."])
    return drawn[path]
