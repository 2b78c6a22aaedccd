"""A lab and a node of it, as arguments, and how the shell completes them."""

from __future__ import annotations

import asyncio
import re
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from topoweb.cli.labs import Seen


def _labs(incomplete: str) -> list[tuple[str, str]]:
    """By name and, where that is one word that no other has, by the name of its document; with what the shell shows beside it."""
    seen = _look()
    titles = [lab.title for lab in seen]
    names = [(lab.place.name, f"{lab.title}, {lab.state}") for lab in seen]
    names += [(title, "") for title in titles if re.fullmatch(r"[\w.-]+", title) and titles.count(title) == 1]
    return [(name, note) for name, note in names if name.startswith(incomplete)]


def _nodes(ctx: typer.Context, incomplete: str) -> list[str]:
    name = ctx.params.get("lab") or ""
    meant = [lab for lab in _look() if lab.is_called(name)]
    return [node for lab in meant[:1] for node in lab.nodes if node.startswith(incomplete)]


def _look() -> list[Seen]:
    from topoweb.cli.labs import look, places

    return asyncio.run(look(places()))


LabName = Annotated[
    str,
    typer.Argument(
        metavar="LAB",
        help="A lab that runs, as `topoweb ps` lists it; one of the server by its document's name or the beginning of its id.",
        autocompletion=_labs,
        show_default=False,
    ),
]
NodeName = Annotated[
    str,
    typer.Argument(
        metavar="NODE", help="A host, namespace or router, as links write it: ns1, host1/ns1.", autocompletion=_nodes, show_default=False
    ),
]


ALLOW_MACHINE = "TOPOWEB_ALLOW_MACHINE"
"""1: as --allow-machine."""


class Target(StrEnum):
    sandbox = "sandbox"
    machine = "machine"


TargetOption = Annotated[Target, typer.Option(help="Where: in a sandbox, or on this machine itself, as root.")]
