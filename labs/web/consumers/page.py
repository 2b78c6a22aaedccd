"""`/ws/page`: what a page watches. Session, Origin (topoweb/asgi.py) and, at each `watch`, whether the lab is the user's."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from pydantic import ValidationError

from labs.messages.page import Ack, Gone, Refused, ServerToPage, Unwatch, Watch, page_to_server
from labs.messages.status import LabStatus
from labs.web import permissions
from labs.web.live.hub import hub
from labs.web.live.outbox import Outbox
from labs.web.live.state import Known

if TYPE_CHECKING:
    from django.contrib.auth.models import User

logger = logging.getLogger(__name__)

CloseCode = int
# A program's own codes (RFC 6455, 7.4.2): Daphne sends no other.
NOT_SIGNED_IN = 4401
STALLED = 4408
TOO_BIG = 4413
TOO_MANY_MISTAKES = 4429
MISTAKES = 20
"""That a connection may make."""


class PageConsumer(AsyncWebsocketConsumer):
    user: User

    async def connect(self) -> None:
        self.outboxes: dict[str, Outbox] = {}
        self.mistakes = 0
        self.queue: asyncio.Queue[ServerToPage | CloseCode] = asyncio.Queue()
        self.sender: asyncio.Task[None] | None = None
        user = self.scope.get("user")
        await self.accept()
        if not permissions.may_connect(user):
            await self.close(NOT_SIGNED_IN)
            return
        self.user = user
        self.sender = asyncio.create_task(self._send())

    async def disconnect(self, code: int) -> None:
        if self.sender is not None:
            self.sender.cancel()
        for lab in list(self.outboxes):
            del self.outboxes[lab]
            await hub().unwatch(lab, self)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.sender is None:
            return
        if len(text_data or bytes_data or "") > settings.LIMITS.message_bytes:
            await self.close(TOO_BIG)
            return
        try:
            message = page_to_server.validate_json(text_data or "")
        except ValidationError as error:
            self._mistake(Refused(message=f"Not a message that a page sends: {_in_short(error)}"))
            return
        match message:
            case Watch(lab=lab):
                await self._watch(lab)
            case Unwatch(lab=lab):
                if self.outboxes.pop(lab, None) is not None:
                    await hub().unwatch(lab, self)
            case Ack(lab=lab, seq=seq):
                if outbox := self.outboxes.get(lab):
                    self._post(outbox.acknowledge(seq))

    async def _watch(self, lab: str) -> None:
        if lab not in self.outboxes and len(self.outboxes) >= settings.LIMITS.watched_labs:
            self._mistake(Refused(message=f"A page watches at most {settings.LIMITS.watched_labs} labs."))
            return
        if not await database_sync_to_async(permissions.may_watch)(self.user, lab):
            self._mistake(Gone(lab=lab))
            return
        self.outboxes.setdefault(lab, Outbox(lab))
        if not await hub().watch(lab, self):
            self.gone(lab)

    def _mistake(self, answer: Refused | Gone) -> None:
        self.mistakes += 1
        self._post([answer] if self.mistakes <= MISTAKES else [TOO_MANY_MISTAKES])

    # What the hub calls

    def show(self, lab: str, known: Known, status: LabStatus) -> None:
        if outbox := self.outboxes.get(lab):
            self._post(outbox.full(known.version, known.run, status))

    def change(self, lab: str, known: Known | None, status: LabStatus | None) -> None:
        if outbox := self.outboxes.get(lab):
            self._post(outbox.delta(known.version if known else None, known.run if known else None, status))
            if outbox.stalled:
                self._post([STALLED])

    def gone(self, lab: str) -> None:
        if self.outboxes.pop(lab, None) is not None:
            self._post([Gone(lab=lab)])

    # One sender, so that messages leave in the order of their numbers

    def _post(self, messages: Sequence[ServerToPage | CloseCode]) -> None:
        for message in messages:
            self.queue.put_nowait(message)

    async def _send(self) -> None:
        while True:
            message = await self.queue.get()
            if isinstance(message, int):
                await self.close(message)
                return
            await self.send(message.model_dump_json())


def _in_short(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}".removeprefix(": ")[:200]
