"""`topoweb diff LAB`"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from topoweb.cli.arguments import LabName
from topoweb.cli.exits import complain
from topoweb.cli.output import print_operations

if TYPE_CHECKING:
    from labs.worker.drift import Drift


def diff(lab: LabName, json: Annotated[bool, typer.Option("--json", help="As JSON, each operation with its command.")] = False) -> None:
    """List what was done by hand in a lab, as operations.

    That is, since it was built or changed last. Links that no drawing holds are named on standard error.

    Example: topoweb diff two-namespaces
    """
    from topoweb.cli.waiting import wait_for

    drift = wait_for(_drift(lab))
    print_operations(drift.entries, json=json)
    for stranger in drift.strangers:
        complain(f"No drawing holds {stranger.node}:{stranger.interface}, an interface of kind {stranger.kind}")


async def _drift(name: str) -> Drift:
    from labs.worker.drawing import drawn
    from labs.worker.drift import Drift
    from topoweb.cli.labs import find, open_namespaces, visit

    async with visit(await find(name)) as (lab, record):
        await open_namespaces(lab)
        return Drift.of(await lab.look(), drawn(record.document).state)
