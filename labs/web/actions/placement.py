"""Which worker a lab is for."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Count, Q

from labs.messages.status import JsonObject
from labs.models import Revision, Run, Worker
from labs.web.errors import Conflict

MACHINE = "machine"


def feature_of(revision: Revision) -> str:
    """What a worker must have to run it."""
    return MACHINE if revision.document.get("target") == "machine" else "sandbox"


def can_take(worker: Worker, revision: Revision) -> bool:
    """Sandboxes are every worker's business; where they are not to be had, it says so itself."""
    return feature_of(revision) != MACHINE or worker.has(MACHINE)


def worker_for(run: Run, revision: Revision) -> Worker | None:
    """Who is to run a revision: who has the lab, or else, of those who are connected and can, who has the fewest.

    None: the lab waits until somebody comes. Raises Conflict where it is drawn to be elsewhere than where it is, and where it is for a
    machine that its worker, or everybody, keeps off.
    """
    if run.worker and run.revision and feature_of(run.revision) != feature_of(revision):
        raise Conflict("runs_elsewhere", "The lab runs, and is now drawn to be elsewhere: stop it, then run it there.")
    if run.worker and not _has_lost_it(run):
        if not can_take(run.worker, revision):
            raise _closed([run.worker])
        return run.worker
    workers = list(Worker.alive().annotate(load=Count("runs", filter=Q(runs__wanted=True))).order_by("load", "name"))
    found = next((worker for worker in workers if can_take(worker, revision)), None)
    if found is None and feature_of(revision) == MACHINE:
        raise _closed(workers)
    return found


def _has_lost_it(run: Run) -> bool:
    """Whether a lab had better go to another than its worker, which has failed with it, has nothing of it, and is away."""
    return run.state == "failed" and run.applied_id is None and run.worker is not None and not run.worker.connected


def _closed(workers: Sequence[Worker]) -> Conflict:
    """None of these may touch the machine that it is on."""
    if not workers:
        return _refusal("machine_no_worker", "No worker is connected: start one as root with `--allow-machine`.", {})
    worker = workers[0]
    reason = worker.lacks(MACHINE) or "start it as root with `--allow-machine`"
    return _refusal("machine_closed", f"Worker {worker.name} keeps off the machine that it is on: {reason}.", {"worker": worker.name})


def _refusal(code: str, message: str, params: JsonObject) -> Conflict:
    return Conflict(code, message, params, [{"path": "target", "code": code, "params": params, "message": message}])
