"""`topoweb apply LAB FILE`"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from topoweb.cli.arguments import LabName
from topoweb.cli.documents import DocumentFile, read_whole
from topoweb.cli.exits import AS_WISHED, CHANGES, NOT_AS_WISHED, complain
from topoweb.cli.output import operations_json, print_json, print_operations

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from labs.document.schema import LabDocument
    from labs.messages.status import PlanEntry, RunStatus
    from topoweb.cli.labs import Place


_HALF_WAY = "Interrupted on the way: apply again, and it goes on."


def apply(
    lab: LabName,
    file: DocumentFile,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done; exits 3 where that is anything.")] = False,
    json: Annotated[bool, typer.Option("--json", help="As JSON, each operation with its command.")] = False,
) -> None:
    """Change a running lab to what a document says.

    With the least disturbance; also what was done by hand goes. A lab of the server is changed there, as by its page: the document becomes
    its drawing. Exits 0 where the lab is as the document says, 1 where that failed; the lab is then as before.

    Examples:

    \b
      topoweb apply two-namespaces lab.yaml --dry-run
      topoweb apply two-namespaces lab.yaml
    """
    from topoweb.cli.labs import find
    from topoweb.cli.waiting import wait_for

    document = read_whole(file)
    place = wait_for(find(lab))
    if place.on_machine:
        document = document.model_copy(update={"target": "machine"})
    if dry_run:
        plan = wait_for(_plan(place, document))
        print_operations(plan, json=json)
        raise typer.Exit(CHANGES if plan else AS_WISHED)

    def refused(why: str) -> None:
        if json:
            print_json(_as_json(place.name, (), why))

    run = _apply_on_server(place, document, refused) if place.of_server else wait_for(_apply(place, document), _HALF_WAY, refused)
    failed = None if run.state == "running" else run.error
    if json:
        print_json(_as_json(place.name, run.plan or (), str(failed) if failed else None))
    else:
        print_operations(run.plan or ())
    if failed:
        complain(failed, *(["The lab is as it was before."] if failed.op and not failed.leftovers else []))
        raise typer.Exit(NOT_AS_WISHED)


async def _plan(place: Place, document: LabDocument) -> tuple[PlanEntry, ...]:
    from labs.formats.entries import plan_entries
    from labs.network.compile import compile
    from labs.worker.drawing import drawn
    from topoweb.cli.labs import open_namespaces, visit

    async with visit(place) as (lab, record):
        await open_namespaces(lab)
        base = drawn(record.document).state
        current, plan = await lab.plan(compile(document), base)
        return plan_entries(plan, current, base)


async def _apply(place: Place, document: LabDocument) -> RunStatus:
    """Raises LabBusyError where another `topoweb apply` is at it, StrangeLabError where a runner would build the lab anew."""
    from labs.document.dump import dump
    from labs.kernel.errors import LabGoneError
    from labs.kernel.features import require_here
    from labs.kernel.lab import Lab
    from labs.messages.status import Features
    from labs.messages.worker import DesiredLab
    from labs.worker.runner import Runner
    from labs.worker.surroundings import Surroundings
    from topoweb.cli.labs import reach, record_in

    await require_here(document, on_machine=place.on_machine)
    surroundings = Surroundings(place.path.parent, Features(), report=lambda *_: None, show=lambda *_: None)
    runner = Runner(place.name, surroundings)
    lab = await (reach(place) if place.on_machine else Lab.attach(place.path, force=False))
    try:
        await record_in(lab)
        await runner.adopt(lab)
        next_one = (runner.record.generation if runner.record else 0) + 1
        wanted = DesiredLab(lab=place.name, generation=next_one, version=next_one, running=True, document=dump(document))
        await runner.bring(wanted)
        run = runner.report.with_plan()
        if not runner.is_up:
            raise LabGoneError(f"{run.error}\nThe lab was never built to its end, and is taken down", hint="Run it again")
        return run
    finally:
        lab.leave()
        runner.leave()


def _apply_on_server(place: Place, document: LabDocument, refused: Callable[[str], None]) -> RunStatus:
    from labs.document.dump import dump
    from topoweb.cli.server import server_lab
    from topoweb.cli.waiting import say_what_fails

    with say_what_fails("Interrupted; the server goes on with it.", refused), server_lab(place.name, "run") as lab:
        return lab.apply(dump(document))


def _as_json(lab: str, plan: Sequence[PlanEntry], failed: str | None) -> dict[str, Any]:
    result = {"lab": lab, "applied": failed is None, "operations": operations_json(plan)}
    return result | {"errors": [failed]} if failed else result
