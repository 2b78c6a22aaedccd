"""`topoweb plan FILE`"""

from __future__ import annotations

from typing import Annotated

import typer

from topoweb.cli.arguments import Target, TargetOption
from topoweb.cli.documents import DocumentFile, read_whole
from topoweb.cli.output import print_operations


def plan(
    file: DocumentFile,
    target: TargetOption = Target.sandbox,
    name: Annotated[str | None, typer.Option(metavar="NAME", help="With --target machine: of the lab; else as its document.")] = None,
    json: Annotated[bool, typer.Option("--json", help="As JSON, each operation with its command.")] = False,
) -> None:
    """List the operations that make a lab's network, in order.

    In a sandbox, or from what is there on this machine itself.

    Examples:

    \b
      topoweb plan lab.yaml
      sudo topoweb plan lab.yaml --target machine
    """
    document = read_whole(file)
    if target == Target.machine:
        from topoweb.cli.on_machine import plan_on_machine
        from topoweb.cli.waiting import wait_for

        print_operations(wait_for(plan_on_machine(document, name)), json=json)
        return
    from labs.formats.entries import plan_entries
    from labs.network.compile import compile
    from labs.network.diff import diff
    from labs.network.state import EMPTY

    entries = plan_entries(diff(EMPTY, compile(document)))
    print_operations(entries, json=json)
