"""What all WebSocket consumers share."""

from __future__ import annotations

from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer


class Consumer(AsyncWebsocketConsumer):
    async def dispatch(self, message: dict[str, Any]) -> None:
        """Hand a message to its method.

        Channels first closes old database connections, in a thread, for every message. What asks the database here does so by
        `database_sync_to_async`, which closes them too; an acknowledgement needs no thread.
        """
        await getattr(self, message["type"].replace(".", "_"))(message)
