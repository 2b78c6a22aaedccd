"""Results on standard output."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import IO, TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from rich.text import Text

    from labs.messages.status import PlanEntry


def print_json(value: Any) -> None:
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))


def print_table(head: Sequence[str], rows: Iterable[Sequence[str | Text]], stream: IO[str] | None = None) -> None:
    """On standard output, if not told otherwise; a line for each row, however wide, where that is no terminal."""
    from rich.console import Console
    from rich.table import Table

    table = Table(*head, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*row)
    console = Console(file=stream or sys.stdout, highlight=False, markup=False)
    if not console.is_terminal:
        console.width = 200
    console.print(table)


def print_operations(entries: Sequence[PlanEntry], *, json: bool = False) -> None:
    """A line for each, with its number; as JSON, with its command."""
    if json:
        print_json({"operations": operations_json(entries)})
        return
    width = len(str(len(entries)))
    for entry in entries:
        typer.echo(f"{entry.n:{width}}  {entry.summary}")


def operations_json(entries: Sequence[PlanEntry]) -> list[dict[str, Any]]:
    return [{"n": entry.n, "op": entry.op, "summary": entry.summary, "command": entry.command} for entry in entries]
