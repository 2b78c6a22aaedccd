"""What should run. Each of these increments the generation, which is what a worker acts on, once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from labs.messages.status import RunStatus
from labs.models import Lab, Revision, Run, Worker
from labs.web import documents, permissions
from labs.web.actions.labs import head_of
from labs.web.actions.placement import worker_for
from labs.web.errors import Conflict
from labs.web.live import hints

if TYPE_CHECKING:
    from django.contrib.auth.models import User

ALIVE = ("waiting", "starting", "running", "applying")


@transaction.atomic
def run_lab(user: User, lab_id: UUID) -> Lab:
    """Pin the head and want it to run. A lab that runs already stays as it is; use `apply_lab`.

    Raises Conflict as `worker_to_run`.
    """
    lab = permissions.lock_lab(user, lab_id, permissions.Action.RUN)
    worker = worker_to_run(lab)
    if not (lab.run.wanted and lab.run.state in ALIVE):
        _want(lab, worker)
    return lab


@transaction.atomic
def apply_lab(user: User, lab_id: UUID) -> Lab:
    """Pin the head and want the running lab to be as it says. Raises Conflict as `run_lab`, and where it does not run."""
    lab = permissions.lock_lab(user, lab_id, permissions.Action.RUN)
    if not lab.run.wanted:
        raise Conflict("not_running", "The lab does not run. Press Run first.")
    _want(lab, worker_to_run(lab))
    return lab


@transaction.atomic
def stop_lab(user: User, lab_id: UUID) -> Lab:
    """Want the lab not to run."""
    lab = permissions.lock_lab(user, lab_id, permissions.Action.STOP)
    run = lab.run
    if run.wanted or run.state != "stopped":
        run.wanted = False
        run.generation += 1
        _enter(run, "stopping" if run.worker_id else "stopped")
        run.save()
        _tell(run)
    return lab


def worker_to_run(lab: Lab) -> Worker | None:
    """Who is to run the head. Raises Conflict where it has problems, asks for what is not available yet, or as `worker_for`."""
    head = head_of(lab)
    documents.refuse_unrunnable(head.document)
    return worker_for(lab.run, head)


def _want(lab: Lab, worker: Worker | None) -> None:
    run = lab.run
    run.wanted = True
    run.generation += 1
    run.revision = lab.head
    run.worker = worker
    _enter(run, "waiting")
    run.save()
    _tell(run)


def _enter(run: Run, state: str) -> None:
    run.state = Run.State(state)
    run.since = timezone.now()
    run.done = run.total = 0
    run.plan = run.error = None


def _tell(run: Run) -> None:
    """The worker first, who has the longer way."""
    worker = [hints.desired_changed(run.worker_id)] if run.worker_id is not None else []
    hints.send(*worker, hints.lab_changed(run.lab_id))


@transaction.atomic
def record_reports(worker: Worker, reports: Mapping[str, RunStatus]) -> int:
    """Write down what a worker says of labs of its own, by lab; returns of how many.

    Nothing is written of a lab that is not its own, or where the report is of another generation than the one that is wanted now: a late
    message never overwrites the answer to a newer wish.
    """
    by_lab = {key: report for lab, report in reports.items() if (key := _uuid(lab))}
    changed = []
    theirs = (
        Run.objects.filter(lab__in=by_lab, worker=worker)
        .select_related("worker", "revision", "applied")
        .defer("plan", "revision__document", "applied__document")
    )
    for run in theirs.select_for_update(of=("self",)).order_by("lab_id"):  # in one order: none waits for who waits for him
        report = by_lab[run.lab_id]
        if report.generation == run.generation:
            changed.append(_record(run, report))
    hints.send(*changed)
    return len(changed)


def _record(run: Run, report: RunStatus) -> hints.Hint:
    """Returns what is to be told of it."""
    if run.state != report.state:
        run.since = timezone.now()
    run.state = Run.State(report.state)
    run.done, run.total = report.done, report.total
    run.error = report.error.model_dump(mode="json") if report.error else None
    changed = ["since", "state", "done", "total", "error"]
    if report.plan is not None:
        run.plan = [entry.model_dump(mode="json") for entry in report.plan]
        changed.append("plan")
    if report.version is not None or report.state == "failed":
        run.applied = _revision(run, report.version)
        changed.append("applied")
    if report.state == "running":  # also of what was before, where a lab whose change failed was built again
        run.revision = run.applied or run.revision
        changed.append("revision")
    if report.state == "stopped" and not run.wanted:
        run.worker = run.revision = run.applied = None
        changed += ["worker", "revision", "applied"]
    run.save(update_fields=changed)
    version = run.revision.number if run.revision else None
    recorded = report.model_copy(update={"since": run.since.timestamp(), "worker": run.worker and run.worker.name, "version": version})
    return hints.lab_changed(run.lab_id, recorded)


def _revision(run: Run, number: int | None) -> Revision | None:
    for known in (run.revision, run.applied):
        if known is not None and known.number == number:
            return known
    return None if number is None else Revision.objects.filter(lab=run.lab_id, number=number).defer("document").first()


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
