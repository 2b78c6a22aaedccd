"""The pages that Django serves: the front end's, and what stands where there is none."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import ensure_csrf_cookie


@login_required
@ensure_csrf_cookie
def page(request: HttpRequest) -> HttpResponse:
    """The front end, which does the rest."""
    return render(request, "app.html")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith("/api/"):
        return JsonResponse({"error": {"code": "not_found", "message": "There is nothing here.", "params": {}}, "problems": []}, status=404)
    return render(request, "404.html", status=404)
