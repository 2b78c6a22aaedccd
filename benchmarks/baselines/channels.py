"""What Channels gives by itself: every page is a consumer in its lab's group of the in-memory channel layer.

    python -m benchmarks.baselines.channels PORT

It takes what the played worker and the pages of `benchmarks.fan_out` say, checks nothing, and keeps nothing.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer
from channels.routing import ProtocolTypeRouter, URLRouter
from daphne.server import Server
from django.conf import settings
from django.urls import path


class Page(AsyncWebsocketConsumer):
    async def receive(self, text_data: str = "", bytes_data: bytes | None = None) -> None:
        said = json.loads(text_data)
        if said["type"] == "watch":
            await self.channel_layer.group_add(said["lab"], self.channel_name)
            await self.send(json.dumps({"type": "full", "lab": said["lab"], "seq": 0, "run": None}, separators=(",", ":")))

    async def status(self, event: dict[str, Any]) -> None:
        await self.send(event["text"])


class Worker(AsyncWebsocketConsumer):
    async def receive(self, text_data: str = "", bytes_data: bytes | None = None) -> None:
        said = json.loads(text_data[text_data.index("{") :])
        if said["type"] == "status":
            text = json.dumps({"type": "delta", "lab": said["lab"], "seq": 0, "run": None, "status": said["status"]}, separators=(",", ":"))
            await self.channel_layer.group_send(said["lab"], {"type": "status", "text": text})


def main(port: int) -> None:
    settings.configure(CHANNEL_LAYERS={"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}})
    routes = URLRouter([path("ws/page", Page.as_asgi()), path("ws/worker", Worker.as_asgi())])
    Server(ProtocolTypeRouter({"websocket": routes}), endpoints=[f"tcp:port={port}:interface=127.0.0.1"], verbosity=0).run()


if __name__ == "__main__":
    main(int(sys.argv[1]))
