"""What should run. Each of these increments the generation, which is what a worker acts on, once."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from labs.messages.status import RunStatus
from labs.models import Lab, Revision, Run, Worker
from labs.web import documents, permissions
from labs.web.errors import Conflict
from labs.web.live import hints

if TYPE_CHECKING:
    from django.contrib.auth.models import User

ALIVE = ("waiting", "starting", "running", "applying")


@transaction.atomic
def run_lab(user: User, lab_id: UUID) -> Lab:
    """Pin the head and want it to run. A lab that runs already stays as it is; use `apply_lab`.

    Raises Conflict with the problems of the head, or with what is not available yet.
    """
    lab = permissions.lock_lab(user, lab_id, permissions.Action.RUN)
    refuse_to_run(lab)
    if not (lab.run.wanted and lab.run.state in ALIVE):
        _want(lab)
    return lab


@transaction.atomic
def apply_lab(user: User, lab_id: UUID) -> Lab:
    """Pin the head and want the running lab to be as it says. Raises Conflict as `run_lab`, and where it does not run."""
    lab = permissions.lock_lab(user, lab_id, permissions.Action.RUN)
    if not lab.run.wanted:
        raise Conflict("not_running", "The lab does not run. Press Run first.")
    refuse_to_run(lab)
    _want(lab)
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


def refuse_to_run(lab: Lab) -> None:
    """Raise Conflict where the head has problems, asks for what cannot be run, or is for elsewhere than where the lab is."""
    if lab.head is not None:
        document = documents.runnable(lab.head.document)
        documents.refuse_unavailable(document)
        if lab.run.worker and lab.run.revision and _feature(lab.run.revision) != _feature(lab.head):
            raise Conflict("runs_elsewhere", "The lab runs, and is now drawn to be elsewhere: stop it, then run it there.")
        if document.target == "machine" and not _can_take(lab.run.worker, lab.head):
            worker_for_machine()


def _want(lab: Lab) -> None:
    run = lab.run
    run.wanted = True
    run.generation += 1
    run.revision = lab.head
    if not _can_take(run.worker, lab.head) or (run.state == "failed" and run.worker and not run.worker.connected):
        run.worker = choose_worker(_feature(lab.head))
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


def _feature(revision: Revision | None) -> str:
    """What a worker must have to run it."""
    return "machine" if revision and revision.document.get("target") == "machine" else "sandbox"


def _can_take(worker: Worker | None, revision: Revision | None) -> bool:
    return worker is not None and (_feature(revision) == "sandbox" or worker.has("machine"))


def choose_worker(feature: str = "sandbox") -> Worker | None:
    """The connected worker with the fewest labs; None where there is none: the lab waits for one."""
    workers = Worker.alive().annotate(load=Count("runs", filter=Q(runs__wanted=True))).order_by("load", "name")
    return next((worker for worker in workers if feature == "sandbox" or worker.has(feature)), None)


def worker_for_machine() -> Worker:
    """The worker whose machine a lab may be on. Raises Conflict, saying what to do, where there is none."""
    worker = choose_worker("machine")
    if worker is None:
        reasons = (other.lacks("machine") for other in Worker.alive())
        reason = next(filter(None, reasons), "No worker is connected")
        problem = {"path": "target", "code": "machine_closed", "params": {"reason": reason}, "message": f"{reason}."}
        raise Conflict("machine_closed", f"{reason}.", {"reason": reason}, [problem])
    return worker


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
