"""What all WebSocket consumers share."""

from __future__ import annotations

import asyncio
from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer

FAILED = 1011
"""Internal error (RFC 6455, 7.4.1)."""


class Consumer(AsyncWebsocketConsumer):
    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Where it fails, as when Redis goes away, Channels does not tell the consumer that the connection ends with it; nor where Daphne
        does not wait any longer, some seconds after the other side has gone, for what it is still at."""
        try:
            await self.attend(scope, receive, send)
        except (Exception, asyncio.CancelledError):
            await self.disconnect(FAILED)
            raise

    async def attend(self, scope: Any, receive: Any, send: Any) -> None:
        """Dispatch what comes, until the connection ends."""
        await super().__call__(scope, receive, send)

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Hand a message to its method.

        Channels first closes old database connections, in a thread, for every message. What asks the database here does so by
        `database_sync_to_async`, which closes them too; an acknowledgement needs no thread.
        """
        await getattr(self, message["type"].replace(".", "_"))(message)
