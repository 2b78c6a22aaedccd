"""A WebSocket to nowhere is refused: without this, the router raises."""

from channels.generic.websocket import AsyncWebsocketConsumer


class UnknownConsumer(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        await self.close()
