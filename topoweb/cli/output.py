"""Results on standard output."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

import typer

from topoweb.cli.exits import NOT_AS_WISHED, complain

if TYPE_CHECKING:
    from rich.text import Text

    from labs.messages.status import PlanEntry

_ANEW = {"peer": "a veth cannot change its peer", "kind": "a link cannot change its kind"}


def say(text: str, *, newline: bool = True) -> None:
    with _say_if_full():
        typer.echo(text, nl=newline)


def print_json(value: Any) -> None:
    say(json.dumps(value, indent=2, ensure_ascii=False))


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
    with _say_if_full():
        console.print(table)


def print_operations(entries: Sequence[PlanEntry], *, json: bool = False) -> None:
    """A line for each, with its number; as JSON, with its command. What undoes what was done by hand stands apart."""
    if json:
        print_json({"operations": operations_json(entries)})
        return
    undone = [entry for entry in entries if entry.cause == "drift"]
    width = len(str(len(entries)))
    if undone and len(undone) < len(entries):
        say("Changes of the document:")
    _print_lines([entry for entry in entries if entry.cause == "drawing"], width)
    if undone:
        say("Undone, made by hand:")
    _print_lines(undone, width)


@contextmanager
def _say_if_full() -> Iterator[None]:
    """Where what is written finds no room, say so, and exit 1. A reader that has gone is Typer's to tell."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        complain(f"Standard output: {error.strerror}")
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is left in the buffer would fail again at the end
        raise typer.Exit(NOT_AS_WISHED) from None


def _print_lines(entries: Sequence[PlanEntry], width: int) -> None:
    for entry in entries:
        say(f"{entry.n:{width}}  {entry.summary}" + (f" (made anew: {_ANEW[entry.anew]})" if entry.anew else ""))


def operations_json(entries: Sequence[PlanEntry]) -> list[dict[str, Any]]:
    return [_operation_json(entry) for entry in entries]


def _operation_json(entry: PlanEntry) -> dict[str, Any]:
    operation = {"n": entry.n, "op": entry.op, "summary": entry.summary, "command": entry.command}
    anew = {"anew": entry.anew} if entry.anew else {}
    cause = {"cause": entry.cause} if entry.cause == "drift" else {}
    return operation | anew | cause
