"""The pages that Django serves: the front end's, and what stands where there is none."""

from __future__ import annotations

import sys

from django.contrib.auth.decorators import login_required
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext
from django.views.decorators.csrf import ensure_csrf_cookie

from labs.web import storage
from labs.web.errors import Refusal


@login_required
@ensure_csrf_cookie
def page(request: HttpRequest) -> HttpResponse:
    """The front end, which does the rest."""
    return render(request, "app.html")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith("/api/"):
        return JsonResponse({"error": {"code": "not_found", "message": "There is nothing here.", "params": {}}, "problems": []}, status=404)
    return render(request, "404.html", status=404)


def failed(request: HttpRequest) -> HttpResponse:
    """What no view caught: as a rule a fault of ours; where the database cannot be used, why. Asks nothing of the database."""
    error = sys.exception()
    refusal = storage.refusal_of(error) if isinstance(error, DatabaseError) else None
    status = refusal.status if refusal else 500
    if request.path.startswith("/api/"):
        said = refusal or Refusal("server_error", "The server failed; what it knows of that is in its log.")
        return JsonResponse(said.as_json(), status=status)
    return HttpResponse(render_to_string("500.html", {"reason": refusal and gettext(refusal.message)}), status=status)
