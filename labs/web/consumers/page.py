"""`/ws/page`: what a page watches. Session and Origin (topoweb/asgi.py), and each message is held to the table of permissions."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

from channels.db import database_sync_to_async
from channels.exceptions import StopConsumer
from django.conf import settings
from pydantic import ValidationError

from labs.messages.page import Ack, Delta, Full, Gone, PageToServer, People, Person, Refused, RoleInLab, Unwatch, Watch, page_to_server
from labs.messages.status import LabStatus
from labs.messages.terminal import TerminalInput, TerminalSeen, TerminalSize
from labs.web import permissions
from labs.web.consumers.base import Consumer
from labs.web.live.hub import hub
from labs.web.live.outbox import Encoded, Outbox
from labs.web.live.state import Known
from labs.web.live.terminals import Relay
from labs.web.permissions import Action, Role

if TYPE_CHECKING:
    from django.contrib.auth.models import User


CloseCode = int
# A program's own codes (RFC 6455, 7.4.2): Daphne sends no other.
NOT_SIGNED_IN = 4401
STALLED = 4408
TOO_BIG = 4413
TOO_MANY_MISTAKES = 4429
MISTAKES = 20
"""That a connection may make."""


class PageConsumer(Consumer):
    session: str
    """Its key: once it has ended, so has what may be done here."""
    user: User
    person: Person

    async def connect(self) -> None:
        self.outboxes: dict[str, Outbox] = {}
        self.relay = Relay(self._show_terminal)
        self.roles: dict[str, Role] = {}
        """What the user is to each lab that is watched; the hub keeps it true."""
        self.mistakes = 0
        self.queue: asyncio.Queue[str | CloseCode] = asyncio.Queue()
        self.sender: asyncio.Task[None] | None = None
        user = self.scope.get("user")
        await self.accept()
        if not permissions.may_connect(user):
            await self.close(NOT_SIGNED_IN)
            return
        self.session = self.scope["session"].session_key
        self.user = user
        self.person = Person(user=user.get_username(), name=user.get_full_name())
        self.sender = asyncio.create_task(self._send())

    async def attend(self, scope: Any, receive: Any, send: Any) -> None:
        """As Channels does it where there is a layer too; without one, nothing else is waited for than the page."""
        self.scope, self.base_send, self.channel_layer = scope, send, None
        with suppress(StopConsumer):
            while True:
                await self.dispatch(await receive())

    async def disconnect(self, code: int) -> None:
        if self.sender is not None:
            self.sender.cancel()
        self.relay.close()
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
        if await self._may(message):
            await self._handle(message)

    async def _handle(self, message: PageToServer) -> None:
        match message:
            case Watch(lab=lab):
                await self._watch(lab)
            case Unwatch(lab=lab):
                if self._forget(lab):
                    await hub().unwatch(lab, self)
            case Ack(lab=lab, seq=seq):
                if outbox := self.outboxes.get(lab):
                    self._post(outbox.acknowledge(seq))
            case TerminalSeen() | TerminalInput() | TerminalSize():
                await self.relay.hand_on(message)

    async def _watch(self, lab: str) -> None:
        if lab not in self.outboxes and len(self.outboxes) >= settings.LIMITS.watched_labs:
            self._mistake(Refused(message=f"A page watches at most {settings.LIMITS.watched_labs} labs."))
            return
        self.outboxes.setdefault(lab, Outbox())
        if not await hub().watch(lab, self):
            self.gone(lab)

    async def _may(self, message: PageToServer) -> bool:
        """Whether the table allows it; if not, the page is told why."""
        action = permissions.MESSAGES[message.type]
        if action is Action.USE:
            return True
        lab = message.lab
        role = self.roles[lab] if lab in self.outboxes else await database_sync_to_async(permissions.role_at)(self.session, lab)
        if permissions.allows(role, action):
            self.roles[lab] = role
            return True
        self._mistake(Gone(lab=lab) if role is Role.STRANGER else Refused(message=f"As {role} of this lab you may not do that."))
        return False

    def _forget(self, lab: str) -> bool:
        """False where the lab was not watched."""
        self.roles.pop(lab, None)
        return self.outboxes.pop(lab, None) is not None

    def _mistake(self, answer: Refused | Gone) -> None:
        self.mistakes += 1
        self._post([answer.model_dump_json()] if self.mistakes <= MISTAKES else [TOO_MANY_MISTAKES])

    # What the hub calls

    def recognise(self, user: User | None) -> None:
        if user is None:
            self._post([NOT_SIGNED_IN])
        else:
            self.user = user

    def become(self, lab: str, role: Role) -> None:
        if lab in self.outboxes:
            self.roles[lab] = role

    def show(self, lab: str, known: Known, status: LabStatus, people: People) -> None:
        if outbox := self.outboxes.get(lab):
            role = self._role(lab)
            self._post(outbox.full(Full(lab=lab, seq=0, version=known.version, role=role, run=known.run, status=status, people=people)))

    def know(self, lab: str, known: Known) -> None:
        if lab in self.outboxes:
            self.change(lab, Encoded(Delta(lab=lab, seq=0, version=known.version, role=self._role(lab), run=known.run)))

    def change(self, lab: str, change: Encoded) -> None:
        if outbox := self.outboxes.get(lab):
            self._post(outbox.delta(change))
            if outbox.stalled:
                self._post([STALLED])

    def _role(self, lab: str) -> RoleInLab:
        return cast("RoleInLab", self.roles[lab].value)  # a stranger's page has no outbox

    def gone(self, lab: str) -> None:
        if self._forget(lab):
            self._post([Gone(lab=lab).model_dump_json()])

    async def _show_terminal(self, lab: str, output: str) -> None:
        """What a terminal wrote. The worker sends no more than a window of it."""
        if lab in self.outboxes and permissions.allows(self.roles[lab], Action.TYPE):
            await self.send(output)

    # One sender, so that messages leave in the order of their numbers

    def _post(self, messages: Sequence[str | CloseCode]) -> None:
        for message in messages:
            self.queue.put_nowait(message)

    async def _send(self) -> None:
        while True:
            message = await self.queue.get()
            if isinstance(message, int):
                await self.close(message)
                return
            await self.send(message)


def _in_short(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}".removeprefix(": ")[:200]
