"""What every response carries, and how large a request may be."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

GetResponse = Callable[[HttpRequest], HttpResponse]

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",  # React Flow, Radix and CodeMirror place things by style attributes and style elements
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)


def security_headers(get_response: GetResponse) -> GetResponse:
    """No script but our own, in no frame, without camera, microphone or place."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        return response

    return middleware


def body_limit(get_response: GetResponse) -> GetResponse:
    """Refuse a body that is too large before anything reads it, and one that does not say how large it is."""

    def middleware(request: HttpRequest) -> HttpResponse:
        limit = settings.LIMITS.body_bytes
        if "chunked" in request.headers.get("Transfer-Encoding", "").lower():
            return _refused(411, "length_required", "Say how large the body is: Content-Length is missing.", {})
        length = request.headers.get("Content-Length") or "0"
        if not length.isascii() or not length.isdigit():
            return _refused(400, "bad_length", "Content-Length is not a number.", {})
        if int(length) > limit:
            message = f"The body has {length} bytes; at most {limit} are allowed."
            return _refused(413, "body_too_large", message, {"limit": str(limit), "size": length})
        return get_response(request)

    return middleware


def _refused(status: int, code: str, message: str, params: dict[str, str]) -> JsonResponse:
    return JsonResponse({"error": {"code": code, "message": message, "params": params}, "problems": []}, status=status)
