"""`topoweb diff LAB`"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from topoweb.cli.arguments import LabName
from topoweb.cli.output import print_operations

if TYPE_CHECKING:
    from labs.messages.status import PlanEntry


def diff(lab: LabName, json: Annotated[bool, typer.Option("--json", help="As JSON, each operation with its command.")] = False) -> None:
    """List what was done by hand in a lab, as operations.

    That is, since it was built or changed last.

    Example: topoweb diff two-namespaces
    """
    from topoweb.cli.waiting import wait_for

    print_operations(wait_for(_drift(lab)), json=json)


async def _drift(name: str) -> tuple[PlanEntry, ...]:
    from labs.document.parse import parse
    from labs.formats.entries import plan_entries
    from labs.network.compile import compile
    from labs.network.diff import diff
    from labs.worker.observed import observed_state
    from topoweb.cli.labs import find, visit

    async with visit(await find(name)) as (lab, record):
        await lab.keeper.attach()
        base = compile(parse(record.document))
        return plan_entries(diff(base, await observed_state(lab, base)), base)
