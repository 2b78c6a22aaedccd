"""`topoweb plan FILE`"""

from __future__ import annotations

from typing import Annotated

import typer

from topoweb.cli.documents import DocumentFile, read_whole
from topoweb.cli.output import print_operations


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
    print_operations(entries, json=json)
