"""Against cross-site WebSockets: a browser sends cookies with a WebSocket to anywhere, and says whose page opens it in `Origin`."""

from __future__ import annotations

from typing import Any

from channels.security.websocket import WebsocketDenier
from django.conf import settings


class SameOrigin:
    """Refuse a WebSocket that a page of another origin opens.

    One without `Origin` is no browser's, and no browser can be made to leave it out: it is let through to show its session.
    """

    def __init__(self, application: Any) -> None:
        self._application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        origins = [value.decode("latin1") for name, value in scope["headers"] if name == b"origin"]
        allowed = all(origin in settings.ALLOWED_ORIGINS for origin in origins)
        application = self._application if allowed else WebsocketDenier()
        return await application(scope, receive, send)
