"""`topoweb plan FILE`"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from topoweb.cli.documents import DocumentFile, read_whole
from topoweb.cli.output import print_json

if TYPE_CHECKING:
    from labs.messages.status import PlanEntry


def plan(
    file: DocumentFile,
    json: Annotated[bool, typer.Option("--json", help="As JSON, each operation with its command.")] = False,
) -> None:
    """List the operations that make a lab's network, in their order.

    Example: topoweb plan lab.yaml
    """
    from labs.formats.entries import plan_entries
    from labs.network.compile import compile
    from labs.network.diff import diff
    from labs.network.state import EMPTY

    entries = plan_entries(diff(EMPTY, compile(read_whole(file))))
    if json:
        print_json({"operations": [{"n": e.n, "op": e.op, "summary": e.summary, "command": e.command} for e in entries]})
    else:
        for line in _lines(entries):
            typer.echo(line)


def _lines(entries: tuple[PlanEntry, ...]) -> list[str]:
    width = len(str(len(entries)))
    return [f"{entry.n:{width}}  {entry.summary}" for entry in entries]
