"""Who opens a WebSocket, by the session's cookie."""

from __future__ import annotations

from typing import Any

from channels.auth import AuthMiddlewareStack


def with_session(application: Any) -> Any:
    """As AuthMiddlewareStack, except that what is sent does not pass through the session's middleware: a WebSocket sets no cookies."""

    async def call(scope: dict[str, Any], receive: Any, send: Any) -> Any:
        async def inner(scope: dict[str, Any], receive: Any, _: Any) -> Any:
            return await application(scope, receive, send)

        return await AuthMiddlewareStack(inner)(scope, receive, send)

    return call
