"""Asking a lab's worker something, and waiting for its answer, from a view."""

from __future__ import annotations

import logging
import uuid

from asgiref.sync import async_to_sync

from labs.messages.status import JsonObject, RunError
from labs.messages.worker import Reply, Request
from labs.models import Lab, Worker
from labs.web.errors import Conflict, Unavailable
from labs.web.live.hub import hub
from labs.web.live.outages import layer_errors

logger = logging.getLogger(__name__)

PATIENCE = {
    "ping": 15.0,
    "trace": 60.0,
    "checks": 120.0,
    "plan": 30.0,
    "preview": 30.0,
    "open_terminal": 15.0,
    "close_terminal": 15.0,
    "adopt": 30.0,
    "repair": 300.0,
}
"""Seconds. Checks wait for the network to settle first: a bridge with STP takes 30 s."""
GLANCE = 3.0
"""Seconds for a worker that is said to be away: that it came may not have been written down yet, or the clock was set."""
RUNS = ("running", "applying")


def runs(lab: Lab) -> bool:
    """Whether there is a network to ask about; one whose last change failed goes on as it was before."""
    return lab.run.state in RUNS or (lab.run.state == "failed" and lab.run.wanted)


def ask(lab: Lab, action: str, **fields: str | int | list[str] | JsonObject | None) -> Reply:
    """Have a running lab's worker do something; `fields` are those of `Request`.

    Raises Conflict where the lab does not run, Unavailable where no answer comes.
    """
    worker = lab.run.worker
    if worker is None or not runs(lab):
        raise Conflict("not_running", "The lab does not run. Press Run first.")
    return ask_worker(worker, lab, action, **fields)


def ask_worker(worker: Worker, lab: Lab, action: str, **fields: str | int | list[str] | JsonObject | None) -> Reply:
    """As `ask`, also where the lab does not run."""
    request = Request.model_validate({"id": uuid.uuid4().hex, "lab": str(lab.pk), "action": action, **fields})
    try:
        reply = _request(worker.pk, request, PATIENCE[action] if worker.connected else GLANCE)
    except TimeoutError:
        if not worker.connected:
            message = f"The worker {worker.name} is not connected; it comes back by itself."
            raise Unavailable("worker_away", message, {"worker": worker.name}) from None
        raise Unavailable("worker_silent", f"The worker {worker.name} does not answer.", {"worker": worker.name}) from None
    except layer_errors() as error:
        logger.error("Worker %s cannot be asked: %s", worker.name, error)  # noqa: TRY400 - the trace says nothing more
        raise Unavailable("redis_away", "The server cannot reach Redis, by which it asks the worker. Try again in a moment.") from error
    if reply.failure is not None:
        raise Conflict(
            reply.failure.code,
            reply.failure.message if reply.failure.reasons else str(reply.failure),
            reply.failure.params,
            _problems(reply.failure),
        )
    if reply.error is not None:
        raise Conflict("worker_refused", reply.error, {"reason": reply.error})
    return reply


def _problems(failure: RunError) -> list[JsonObject]:
    """What is in the way on the machine itself, one by one."""
    return [{"path": "target", **reason.model_dump()} for reason in failure.reasons]


@async_to_sync
async def _request(worker: int, request: Request, patience: float) -> Reply:
    return await hub().request(worker, request, patience)
