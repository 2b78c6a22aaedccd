"""`topoweb ps`"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from topoweb.cli.output import print_json, print_table

if TYPE_CHECKING:
    from topoweb.cli.labs import Seen


def ps(json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """List the labs that run here, in sandboxes and on the machine.

    Those that `topoweb run --keep` left, and those of the server.

    Example: topoweb ps --json
    """
    from topoweb.cli.labs import look, places
    from topoweb.cli.waiting import wait_for

    labs = wait_for(look(places()))
    if json:
        print_json({"labs": [_as_json(lab) for lab in labs]})
    elif labs:
        print_table(("Lab", "Document", "Nodes", "Of", "Where", "Since", "State"), [_row(lab) for lab in labs])


def _as_json(lab: Seen) -> dict[str, str | int]:
    return {
        "lab": lab.place.name,
        "document": lab.title,
        "nodes": lab.size,
        "of": lab.place.of,
        "where": _where(lab),
        "since": _since(lab).isoformat(timespec="seconds"),
        "state": lab.state,
    }


def _row(lab: Seen) -> tuple[str, ...]:
    return lab.place.name, lab.title, str(lab.size), lab.place.of, _where(lab), f"{_since(lab):%Y-%m-%d %H:%M:%S}", lab.state


def _where(lab: Seen) -> str:
    return "machine" if lab.place.on_machine else "sandbox"


def _since(lab: Seen) -> datetime:
    return datetime.fromtimestamp(lab.since).astimezone()
