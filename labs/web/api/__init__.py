"""The REST API, at `/api`; for people at `/api/docs`. Every error has one form: `schemas.Error`."""

from __future__ import annotations

import logging
import re
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.security import SessionAuth

from labs.web import permissions, storage
from labs.web.api import documents, drift, labs, lessons, me, running, sharing, terminals
from labs.web.api.bodies import JsonParser, JsonRenderer
from labs.web.errors import Invalid, Refusal

logger = logging.getLogger(__name__)


def operation_of(method: str, route: str) -> str:
    """An operation as the table of permissions writes it: `GET /api/labs/{lab_id}`, from Django's `api/labs/<uuid:lab_id>`."""
    path = re.sub(r"<(?:[^:>]+:)?([^>]+)>", r"{\1}", route)
    return f"{method} /{path}"


class SignedIn(SessionAuth):
    """By the session's cookie; what changes something carries the CSRF cookie's value as `X-CSRFToken`.

    Every operation goes through here, and is held to the table of permissions before anything else is read of the request.
    """

    def __call__(self, request: HttpRequest) -> Any:
        user = super().__call__(request) if request.user.is_authenticated else None
        match = request.resolver_match
        if user is not None and match is not None:
            lab = permissions.admit(user, operation_of(request.method or "", match.route), match.kwargs.get("lab_id"))
            request.lab = lab  # type: ignore[attr-defined]  # for `lab_of`
        return user


api = NinjaAPI(
    title="Topoweb",
    version="1",
    description="Draw a Linux network, press Run, and it is real.",
    auth=SignedIn(),
    parser=JsonParser(),
    renderer=JsonRenderer(),
    docs_decorator=login_required,
    urls_namespace="api",
)
api.add_router("", me.router)
api.add_router("/labs", labs.router)
api.add_router("/labs", running.router)
api.add_router("/labs", terminals.router)
api.add_router("/labs", drift.router)
api.add_router("/labs", lessons.steps_router)
api.add_router("/labs", sharing.router)
api.add_router("/copies", sharing.copies_router)
api.add_router("/lessons", lessons.router)
api.add_router("/document", documents.router)

HTTP_ERRORS = {401: ("signed_out", "Sign in first."), 403: ("csrf", "The request does not carry the page's CSRF token.")}


def _respond(request: HttpRequest, refusal: Refusal, status: int | None = None) -> HttpResponse:
    return api.create_response(request, refusal.as_json(), status=status or refusal.status)


@api.exception_handler(Refusal)
def refused(request: HttpRequest, error: Refusal) -> HttpResponse:
    return _respond(request, error)


@api.exception_handler(Http404)
def not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    return _respond(request, Refusal("not_found", str(error) or "There is nothing here."), 404)


@api.exception_handler(ObjectDoesNotExist)
def gone(request: HttpRequest, error: ObjectDoesNotExist) -> HttpResponse:
    """Deleted since the gate let the request through."""
    return not_found(request, Http404("There is no such lab."))


@api.exception_handler(HttpError)
def http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    if isinstance(error.__cause__, Refusal):  # what our parser says of a body, which ninja wraps
        return _respond(request, error.__cause__)
    code, message = HTTP_ERRORS.get(error.status_code, ("refused", str(error)))
    return _respond(request, Refusal(code, message), error.status_code)


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    problems = [
        {"path": ".".join(map(str, details["loc"][1:])), "code": "invalid", "params": {"reason": details["msg"]}, "message": details["msg"]}
        for details in error.errors
    ]
    return _respond(request, Invalid("request_invalid", "The request does not have the form it must have.", problems=problems))


@api.exception_handler(DatabaseError)
def not_stored(request: HttpRequest, error: DatabaseError) -> HttpResponse:
    refusal = storage.refusal_of(error)
    if refusal is None:
        return failed(request, error)
    logger.error("%s %s: %s", request.method, request.path, error)
    return _respond(request, refusal)


@api.exception_handler(Exception)
def failed(request: HttpRequest, error: Exception) -> HttpResponse:
    logger.exception("%s %s failed", request.method, request.path)
    return _respond(request, Refusal("server_error", "The server failed; what it knows of that is in its log."), 500)
