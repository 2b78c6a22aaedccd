"""Terminals of a site with several web processes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from channels.layers import get_channel_layer
from django.conf import LazySettings

from labs.messages.terminal import TerminalOutput
from labs.web.live.terminals import Switchboard, Viewers
from tests.backends import Redis, backend

CAPACITY = 5
"""Messages that a list in Redis holds."""


@pytest.fixture
def redis_layer(settings: LazySettings) -> Iterator[None]:
    with backend(Redis) as redis:
        layer = {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"hosts": [redis.url], "capacity": CAPACITY}}
        settings.CHANNEL_LAYERS = dict.fromkeys(settings.CHANNEL_LAYERS, layer)
        yield


async def test_a_flood_delays_no_status(redis_layer: None) -> None:
    """The hub hears what it is told, though more of terminals waits than there is room for."""

    async def never_show(lab: str, output: str) -> None:
        await asyncio.Event().wait()

    viewers = Viewers()
    switchboard = Switchboard()
    viewer = await switchboard.connect("page", never_show)
    viewers.note(viewer)
    for position in range(2 * CAPACITY):
        await viewers.hand_on(viewer, TerminalOutput(lab="lab", terminal="t", position=position, taken=0, data="eQ=="))
    layer = get_channel_layer()
    hub = await layer.new_channel()
    await layer.send(hub, {"type": "status"})
    assert (await asyncio.wait_for(layer.receive(hub), 5))["type"] == "status"
