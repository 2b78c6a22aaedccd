"""A lab that runs, or shall."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router

from labs.formats.script import Format
from labs.messages.status import CheckResult, PingResult, TraceResult
from labs.web import documents, permissions
from labs.web.actions import runs
from labs.web.actions.labs import head_of
from labs.web.actions.placement import worker_for
from labs.web.api import schemas
from labs.web.api.labs import as_file, lab_answer
from labs.web.api.users import lab_of, user_of
from labs.web.errors import Unavailable
from labs.web.live import requests

router = Router(tags=["running"])
ERRORS = {404: schemas.Error, 409: schemas.Error}
ASKING = ERRORS | {422: schemas.Error, 503: schemas.Error}


@router.post("/{uuid:lab_id}/run", response={200: schemas.Lab, **ERRORS})
def run(request: HttpRequest, lab_id: UUID) -> HttpResponse:
    """Pin the head, and run it."""
    user = user_of(request)
    return lab_answer(user, runs.run_lab(user, lab_id))


@router.post("/{uuid:lab_id}/apply", response={200: schemas.Lab, **ERRORS})
def apply(request: HttpRequest, lab_id: UUID) -> HttpResponse:
    """Pin the head, and change the running lab to it."""
    user = user_of(request)
    return lab_answer(user, runs.apply_lab(user, lab_id))


@router.post("/{uuid:lab_id}/stop", response={200: schemas.Lab, 404: schemas.Error})
def stop(request: HttpRequest, lab_id: UUID) -> HttpResponse:
    user = user_of(request)
    return lab_answer(user, runs.stop_lab(user, lab_id))


@router.post("/{uuid:lab_id}/checks", response={200: list[CheckResult], **ASKING})
def checks(request: HttpRequest, lab_id: UUID) -> list[CheckResult]:
    """Run the checks of the document that runs; watched, the lab shows each result as it comes."""
    reply = requests.ask(lab_of(request), "checks")
    return list(reply.checks or ())  # ninja takes a tuple for a status and a body


@router.post("/{uuid:lab_id}/ping", response={200: PingResult, **ASKING})
def ping(request: HttpRequest, lab_id: UUID, body: schemas.Probe) -> PingResult:
    """Ping an address, or a node, from a node."""
    reply = requests.ask(lab_of(request), "ping", source=body.source, target=body.target)
    if reply.ping is None:
        raise Unavailable("worker_silent", "The worker gave no answer.")
    return reply.ping


@router.post("/{uuid:lab_id}/trace", response={200: TraceResult, **ASKING})
def trace(request: HttpRequest, lab_id: UUID, body: schemas.Probe) -> TraceResult:
    """The hops to an address, or a node, from a node."""
    reply = requests.ask(lab_of(request), "trace", source=body.source, target=body.target)
    if reply.trace is None:
        raise Unavailable("worker_silent", "The worker gave no answer.")
    return reply.trace


@router.get("/{uuid:lab_id}/plan", response={200: schemas.Plan, **ASKING})
def plan(request: HttpRequest, lab_id: UUID) -> dict[str, Any]:
    """What Run would do or, where the lab runs, Apply: from what is seen on the worker to the head.

    On the machine itself also before it runs: a name that is taken there is a problem (409). That is for superusers; others are told what
    differs from what was drawn when it was run."""
    user = user_of(request)
    lab = lab_of(request)
    head = head_of(lab)
    document = documents.runnable(head.document)
    on_machine = document.target == "machine" and user.is_superuser
    if on_machine and (worker := worker_for(lab.run, head)):
        reply = requests.ask_worker(worker, lab, "preview", document=head.document)
    elif requests.runs(lab) and (user.is_superuser or not permissions.is_on_machine(lab)):
        reply = requests.ask(lab, "plan", document=head.document)
    else:
        pinned = lab.run.standing if requests.runs(lab) else None
        return {"plan": documents.plan_of(document, documents.runnable(pinned.document) if pinned else None)}
    return {"plan": reply.plan or (), "drawn": reply.drawn}


@router.get(
    "/{uuid:lab_id}/script",
    response={200: str, **ERRORS, 422: schemas.Error},
    openapi_extra={"responses": {200: {"description": "The script", "content": {"text/plain": {"schema": {"type": "string"}}}}}},
)
def script(
    request: HttpRequest, lab_id: UUID, format: Format = "iproute2", host: str | None = None, teardown: bool = False
) -> HttpResponse:
    """The head as a shell script, for the host that is named where there are several."""
    lab = lab_of(request)
    document = documents.runnable(head_of(lab).document)
    name, text = documents.script_of(document, format, host, teardown=teardown)
    return as_file(name, text, "text/plain")
