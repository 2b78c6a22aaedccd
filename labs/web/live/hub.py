"""The hub: one for each process. It alone is a member of the channel layer's groups, and hands on to the process' own pages.

A layer that every page joined would copy each message once a page, and cleans all groups at each send (one broadcast to 1,000
clients cost O(N²)); so there is one layer message for each lab and tick, to one channel.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextvars import Context
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol
from weakref import WeakKeyDictionary, WeakValueDictionary

from channels.db import database_sync_to_async
from channels.layers import get_channel_layer

from labs.messages.page import Delta, People, Person
from labs.messages.status import LabStatus, RunStatus
from labs.messages.worker import Reply, Request
from labs.web.live import hints
from labs.web.live.outages import Outages
from labs.web.live.outbox import Encoded
from labs.web.live.presence import Presence
from labs.web.live.state import Known, known_labs
from labs.web.permissions import Role, role_of, who_are

if TYPE_CHECKING:
    from django.contrib.auth.models import User

TICK = 0.03
"""Seconds in which changes of the database are gathered."""
AGAIN = 10.0
"""Seconds after which the hub looks again without a hint: any may have been lost."""


class Page(Protocol):
    """A page's connection, as the hub sees it. None of them may wait: what a page cannot take is its own affair."""

    session: str
    user: User
    person: Person

    def recognise(self, user: User | None) -> None:
        """Who its user is by now; None: his session has ended, or he was deactivated."""

    def become(self, lab: str, role: Role) -> None:
        """What its user is to the lab from now on."""

    def show(self, lab: str, known: Known, status: LabStatus, people: People) -> None:
        """All that is known of a lab."""

    def know(self, lab: str, known: Known) -> None:
        """What the database knows by now."""

    def change(self, lab: str, change: Encoded) -> None:
        """What changed besides, the same for all pages."""

    def gone(self, lab: str) -> None:
        """The lab is no more, or not for its user."""


@dataclass(slots=True)
class Feed:
    """A lab that pages of this process watch."""

    known: Known
    """As the pages are told."""
    read: Known
    """As the database said last; what is known may be foreseen."""
    pages: set[Page] = field(default_factory=set)
    status: LabStatus = field(default_factory=LabStatus)
    number: int | None = None
    """Of the last status message; a gap means that one was lost."""
    presence: Presence = field(default_factory=Presence)
    people: People = field(default_factory=People)
    """As the pages were told."""


class Hub:
    def __init__(self) -> None:
        self._layer = get_channel_layer()
        self._channel = ""
        self._feeds: dict[str, Feed] = {}
        self._joins: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        """By lab, held while it is joined or left: else who leaves it undoes what who comes does."""
        self._changed: set[str] = set()
        self._met: dict[str, bool] = {}
        """Labs to which somebody came or from which somebody went; True: the other hubs are to say who looks there."""
        self._wake = asyncio.Event()
        self._again = 0.0
        """When the hub looks again without a hint."""
        self._replies: dict[str, asyncio.Future[Reply]] = {}
        self._starting = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []
        self._outages = Outages()

    # Pages

    async def watch(self, lab: str, page: Page) -> bool:
        """Show a lab to a page: all of it now, changes as they come. False where the lab is gone."""
        await self._start()
        is_new = await self._join(lab)
        feed = self._feeds.get(lab)
        if feed is None:
            return False
        feed.pages.add(page)
        self._meet(lab, ask=is_new)
        feed.presence.look(each.person for each in feed.pages)
        page.show(lab, feed.known, feed.status, feed.presence.all())
        if is_new:
            await self._tell_watched([lab])
        return True

    async def unwatch(self, lab: str, page: Page) -> None:
        """Redis may be away, and not be told of it: the page has left all the same."""
        feed = self._feeds.get(lab)
        if feed is not None:
            feed.pages.discard(page)
            self._meet(lab)
            if not feed.pages:
                try:
                    await self._forget(lab)
                except Exception as error:  # noqa: BLE001 - it is logged
                    self._outages.note(error)

    async def _join(self, lab: str) -> bool:
        """Begin a feed of a lab that is there and has none; whether that was so."""
        async with self._joining(lab):
            if lab in self._feeds:
                return False
            await self._layer.group_add(hints.lab_group(lab), self._channel)
            known = (await _known([lab], {})).get(lab)
            if known is None:
                await self._layer.group_discard(hints.lab_group(lab), self._channel)
                return False
            self._feeds[lab] = Feed(known, known)
            return True

    async def _forget(self, lab: str) -> None:
        del self._feeds[lab]
        async with self._joining(lab):
            if lab not in self._feeds:  # else watched again meanwhile
                await self._tell_presence(lab, {})
                await self._layer.group_discard(hints.lab_group(lab), self._channel)
        await self._tell_watched()

    def _joining(self, lab: str) -> asyncio.Lock:
        return self._joins.setdefault(lab, asyncio.Lock())

    # Requests

    async def request(self, worker: int, request: Request, timeout: float) -> Reply:  # noqa: ASYNC109 - the caller knows how long it may take
        """Have a worker do something now. Raises TimeoutError where no answer came in time."""
        await self._start()
        answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._replies[request.id] = answer
        message = {"type": "request", "request": request.model_dump(mode="json"), "reply_to": self._channel}
        try:
            await self._layer.group_send(hints.worker_group(worker), message)
            async with asyncio.timeout(timeout):  # wait_for may swallow that this is cancelled
                return await answer
        finally:
            del self._replies[request.id]

    # The layer's side

    async def _start(self) -> None:
        async with self._starting:
            if not self._tasks:
                self._channel = await self._layer.new_channel()  # Redis: a process reads one list, that of the consumers
                await self._stay()
                # In a context of their own: that of a request has an executor in it that ends with the request (asgiref's SyncToAsync).
                self._tasks = [asyncio.create_task(self._keep(work), context=Context()) for work in (self._receive, self._look)]

    async def _keep(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do it again whenever it fails: the pages' status outlives a database or a Redis that is away for a moment."""
        while True:
            try:
                await work()
            except Exception as error:  # noqa: BLE001 - it is logged
                self._outages.note(error)
                await asyncio.sleep(1)

    async def _stay(self) -> None:
        """In the groups: a layer forgets its members after a day, and a Redis that is started again has forgotten all."""
        for group in (hints.ALL_HUBS, *map(hints.lab_group, list(self._feeds))):
            await self._layer.group_add(group, self._channel)

    async def _receive(self) -> None:
        self._again = 0.0  # where the layer was away, what was said meanwhile is lost
        self._wake.set()
        while True:
            await self._handle(await self._layer.receive(self._channel))

    async def _handle(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "changed":
                if message["run"]:
                    self._foresee(message["lab"], RunStatus.model_validate_json(message["run"]))
                self._changed.add(message["lab"])
                self._wake.set()
            case "status":
                await self._handle_status(message)
            case "presence":
                self._handle_presence(message)
            case "watched.who":
                await self._tell_watched(ask=self._feeds)
            case "reply":
                reply = Reply.model_validate(message["reply"])
                waiting = self._replies.get(reply.id)
                if waiting is not None and not waiting.done():
                    waiting.set_result(reply)

    def _foresee(self, lab: str, run: RunStatus) -> None:
        """Show what the database will say of a run when it is read, in a moment. It decides: hints may come late, or in another order."""
        feed = self._feeds.get(lab)
        if feed and run.generation >= feed.known.run.generation and run.state != "stopped":
            if run.plan is None and run.generation == feed.known.run.generation:
                run = run.model_copy(update={"plan": feed.known.run.plan})
            feed.known = replace(feed.known, run=run)
            for page in list(feed.pages):
                page.know(lab, feed.known)

    async def _handle_status(self, message: dict[str, Any]) -> None:
        feed = self._feeds.get(message["lab"])
        if feed is None:
            return
        status = LabStatus.model_validate_json(message["status"])
        if message["full"]:
            feed.status, feed.number = status, message["number"]
            people = feed.presence.all()  # of whom the pages may not have been told yet
            for page in list(feed.pages):
                page.show(message["lab"], feed.known, status, people)
        elif feed.number is None or message["number"] != feed.number + 1:
            if feed.number is None or message["number"] > feed.number:
                await self._tell_watched(ask=[message["lab"]])
        else:
            feed.status, feed.number = feed.status.updated(status), message["number"]
            change = Encoded(Delta(lab=message["lab"], seq=0, status=status))
            for page in list(feed.pages):
                page.change(message["lab"], change)

    async def _tell_watched(self, ask: Iterable[str] = ()) -> None:
        """Tell the workers what this process watches, and of which labs it wants all that is seen."""
        message = {"type": "watched", "hub": self._channel, "labs": list(self._feeds), "ask": list(ask)}
        await self._layer.group_send(hints.ALL_WORKERS, message)

    # Who looks

    def _meet(self, lab: str, *, ask: bool = False) -> None:
        self._met[lab] = self._met.get(lab, False) or ask
        self._wake.set()

    def _handle_presence(self, message: dict[str, Any]) -> None:
        lab = message["lab"]
        feed = self._feeds.get(lab)
        if feed is None or message["hub"] == self._channel:
            return
        feed.presence.hear(message["hub"], message["people"])
        self._show_people(lab, feed)
        if message["ask"]:
            self._meet(lab)

    async def _tell_presence(self, lab: str, people: Mapping[str, str], *, ask: bool = False) -> None:
        message = {"type": "presence", "lab": lab, "hub": self._channel, "people": dict(people), "ask": ask}
        await self._layer.group_send(hints.lab_group(lab), message)

    async def _greet(self) -> None:
        """Say who looks here at the labs to which somebody came or from which somebody went, once for each tick."""
        met, self._met = self._met, {}
        for lab, ask in met.items():
            if feed := self._feeds.get(lab):
                feed.presence.look(page.person for page in feed.pages)
                self._show_people(lab, feed)
                await self._tell_presence(lab, feed.presence.here, ask=ask)

    def _show_people(self, lab: str, feed: Feed) -> None:
        people = feed.presence.all()
        if people != feed.people:
            feed.people = people
            change = Encoded(Delta(lab=lab, seq=0, people=people))
            for page in list(feed.pages):
                page.change(lab, change)

    # The database's side

    async def _look(self) -> None:
        self._again = 0.0  # as soon as it can, where it failed
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, self._again - time.monotonic())):  # wait_for may swallow that this is cancelled
                    await self._wake.wait()
            await asyncio.sleep(TICK)  # and what has the longer way, to a worker, goes first
            self._wake.clear()
            away: frozenset[str] = frozenset()
            if time.monotonic() >= self._again:
                away = self._outages.now()
                self._again = time.monotonic() + AGAIN
                await self._stay()
                self._changed.update(self._feeds)
                self._met = dict.fromkeys(self._feeds, False) | self._met
                await self._tell_watched()  # before the database is asked, which may be away
                await self._recognise()
            changed, self._changed = self._changed & self._feeds.keys(), set()
            if changed:
                await self._refresh(changed)
            if self._met:
                await self._greet()
            self._outages.over(away)

    async def _recognise(self) -> None:
        """Of who signed out, was deactivated, or is a superuser no more, no hint tells."""
        pages = {page for feed in self._feeds.values() for page in feed.pages}
        users = await _users({page.session for page in pages})
        for page in pages:
            page.recognise(users.get(page.session))

    async def _refresh(self, labs: set[str]) -> None:
        """Look at labs again. Who came while the database was asked was let in by newer knowledge: only the others are judged."""
        there = {lab: set(self._feeds[lab].pages) for lab in labs}
        known = await _known(labs, {lab: self._feeds[lab].read for lab in labs})
        for lab in labs:
            feed = self._feeds.get(lab)
            if feed is None:  # left meanwhile, also while another was
                continue
            newer = known.get(lab)
            if newer is None:
                for page in list(feed.pages):
                    page.gone(lab)
                await self._forget(lab)
                continue
            feed.read = newer = _with_plan_of(feed.known, newer)
            self._judge(lab, feed, there[lab] & feed.pages, newer.roles)
            if not feed.pages:
                await self._forget(lab)
            elif newer.run.state == "stopped" and feed.status != LabStatus():
                feed.known, feed.status, feed.number = newer, LabStatus(), None
                people = feed.presence.all()
                for page in list(feed.pages):
                    page.show(lab, newer, feed.status, people)
            elif newer != feed.known and lab not in self._changed:  # else what was read is old by now, and read again
                feed.known = newer
                for page in list(feed.pages):
                    page.know(lab, newer)

    def _judge(self, lab: str, feed: Feed, pages: Iterable[Page], roles: Mapping[int, Role]) -> None:
        """Pages are told what their users are to the lab now; for who is a stranger to it, it is gone."""
        for page in pages:
            role = role_of(page.user, roles.get(page.user.pk))
            if role is Role.STRANGER:
                feed.pages.discard(page)
                page.gone(lab)
                self._meet(lab)
            else:
                page.become(lab, role)


def _with_plan_of(known: Known, newer: Known) -> Known:
    """With the plan itself that is known, where it is the same one: then each page's outbox sees so at a glance."""
    if newer.run.plan != known.run.plan:
        return newer
    return replace(newer, run=newer.run.model_copy(update={"plan": known.run.plan}))


_known = database_sync_to_async(known_labs)
_users = database_sync_to_async(who_are)
_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of the running event loop: a web process has one."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]
