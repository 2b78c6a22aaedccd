"""What should run. Each of these increments the generation, which is what a worker acts on, once."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from labs.messages.status import RunStatus
from labs.models import Lab, Run, Worker
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
    documents.refuse_unavailable(documents.runnable(head.document))
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
    hints.lab_changed(run.lab_id)
    if run.worker_id is not None:
        hints.desired_changed(run.worker_id)


@transaction.atomic
def record_report(worker: Worker, lab_id: str, report: RunStatus) -> bool:
    """Write down what a worker says of a lab of its own.

    False, and nothing is written, where the lab is not its own, or the report is of another generation than the one that is wanted now:
    a late message never overwrites the answer to a newer wish.
    """
    key = _uuid(lab_id)
    run = key and Run.objects.select_for_update().filter(lab_id=key, worker=worker, generation=report.generation).first()
    if not run:
        return False
    if run.state != report.state:
        run.since = timezone.now()
    run.state = Run.State(report.state)
    run.done, run.total = report.done, report.total
    if report.plan is not None:
        run.plan = [entry.model_dump(mode="json") for entry in report.plan]
    run.error = report.error.model_dump(mode="json") if report.error else None
    if report.state == "stopped" and not run.wanted:
        run.worker = run.revision = None
    run.save()
    hints.lab_changed(run.lab_id)
    return True


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
