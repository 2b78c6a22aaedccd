"""Between a page and the terminals of a lab: handed on at once, by way of the process that the lab's worker is connected to.

Apart from the hub, so that a terminal that floods delays no status: the pages of a process that show one share a channel in a layer of
their own, and the worker sends each no more than a window. What is lost there, the page and the worker find missing by its position.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress
from contextvars import Context
from uuid import UUID
from weakref import WeakKeyDictionary

from channels.db import database_sync_to_async
from channels.exceptions import ChannelFull
from channels.layers import get_channel_layer

from labs.messages.terminal import TerminalInbound, TerminalOutput
from labs.messages.worker import ToTerminal
from labs.models import Run
from labs.web.live import hints

LAYER = "terminals"
"""What terminals write goes by it. On Redis a process waits for one list of a layer at a time (channels_redis)."""
KNOWN_FOR = 5.0
"""Seconds that the worker of a lab is looked up for."""
FORGOTTEN = 120.0
"""Seconds after which a page that says nothing is answered no more."""

Show = Callable[[str, str], Awaitable[None]]
"""Called with a lab and the message of what one of its terminals wrote."""


class Switchboard:
    """The pages of this process that show terminals.

    They wait together, and never for one page alone: with a wait that is cancelled a message could go.
    """

    def __init__(self) -> None:
        self._layer = get_channel_layer(LAYER)
        self._channel = ""
        self._pages: dict[str, Show] = {}
        self._receiving: asyncio.Task[None] | None = None

    async def connect(self, page: str, show: Show) -> str:
        """Returns the name by which a worker speaks to the page."""
        self._pages[page] = show
        if self._receiving is None or self._receiving.done():  # the layer may have been away
            self._channel = self._channel or await self._layer.new_channel()
            self._receiving = asyncio.create_task(self._receive(), context=Context())  # not the page's, which ends
        return f"{self._channel}/{page}"

    def disconnect(self, page: str) -> None:
        self._pages.pop(page, None)

    async def _receive(self) -> None:
        while True:
            event = await self._layer.receive(self._channel)
            if show := self._pages.get(event["page"]):
                await show(event["lab"], event["output"])


class Relay:
    """A page's way to the workers of its labs."""

    def __init__(self, show: Show) -> None:
        self._show = show
        self._page = uuid.uuid4().hex
        self._layer = get_channel_layer()
        self._workers: dict[str, tuple[float, int | None]] = {}

    async def hand_on(self, message: TerminalInbound) -> None:
        """To the worker of the lab, if there is one."""
        worker = await self._worker(message.lab)
        if worker is not None:
            viewer = await _switchboard().connect(self._page, self._show)
            envelope = ToTerminal(viewer=viewer, message=message).model_dump(mode="json")
            await self._layer.group_send(hints.worker_group(worker), {"type": "to.terminal", "message": envelope})

    def close(self) -> None:
        _switchboard().disconnect(self._page)

    async def _worker(self, lab: str) -> int | None:
        until, worker = self._workers.get(lab, (0.0, None))
        if time.monotonic() >= until:
            worker = await database_sync_to_async(_worker_of)(lab)
            self._workers[lab] = (time.monotonic() + KNOWN_FOR, worker)
        return worker


class Viewers:
    """The pages that look at terminals of one worker's labs. It may send to no others."""

    def __init__(self) -> None:
        self._layer = get_channel_layer(LAYER)
        self._heard: dict[str, float] = {}

    def note(self, viewer: str) -> None:
        now = time.monotonic()
        if viewer not in self._heard:
            self._heard = {name: heard for name, heard in self._heard.items() if now - heard < FORGOTTEN}
        self._heard[viewer] = now

    async def hand_on(self, viewer: str, output: TerminalOutput) -> None:
        if viewer in self._heard:
            channel, _, page = viewer.partition("/")
            message = {"type": "from.terminal", "page": page, "lab": output.lab, "output": output.model_dump_json()}
            with suppress(ChannelFull):  # it says again what it has seen
                await self._layer.send(channel, message)


def _worker_of(lab: str) -> int | None:
    return Run.objects.filter(lab=UUID(lab)).values_list("worker", flat=True).first()


_switchboards: WeakKeyDictionary[asyncio.AbstractEventLoop, Switchboard] = WeakKeyDictionary()


def _switchboard() -> Switchboard:
    """That of the running event loop: a web process has one."""
    return _switchboards.setdefault(asyncio.get_running_loop(), Switchboard())
