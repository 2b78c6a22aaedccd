"""What travels between the server and a page over its one WebSocket (`/ws/page`)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from labs.messages.base import Message
from labs.messages.status import LabStatus, RunStatus
from labs.messages.terminal import TerminalInput, TerminalOutput, TerminalSeen, TerminalSize


class Watch(Message):
    """Page: show me this lab, all of it first."""

    type: Literal["watch"] = "watch"
    lab: str


class Unwatch(Message):
    type: Literal["unwatch"] = "unwatch"
    lab: str


class Ack(Message):
    """Page: I have drawn what you sent up to `seq`. Who does not acknowledge is sent only the newest state, and no more until it does."""

    type: Literal["ack"] = "ack"
    lab: str
    seq: Annotated[int, Field(ge=0)]


PageToServer = Annotated[Watch | Unwatch | Ack | TerminalSeen | TerminalInput | TerminalSize, Field(discriminator="type")]


RoleInLab = Literal["viewer", "editor", "owner", "administrator"]


class Person(Message):
    user: str
    name: str = ""
    """In full, where it is known."""


class People(Message):
    """Who looks at a lab, each once: the first by name, and how many there are in all."""

    named: tuple[Person, ...] = ()
    count: int = 0


class Full(Message):
    """Server: all that is known of a lab; what the page had before is void."""

    type: Literal["full"] = "full"
    lab: str
    seq: int
    version: int
    """The head revision, as `If-Match` takes it."""
    role: RoleInLab
    """Of whose page this is."""
    run: RunStatus
    status: LabStatus
    people: People


class Delta(Message):
    """Server: what changed since `seq - 1`; keys that are absent are as before. A gap in `seq`: watch again.

    A `run` whose `plan` is None has the plan that was sent before for its generation.
    """

    type: Literal["delta"] = "delta"
    lab: str
    seq: int
    version: int | None = None
    role: RoleInLab | None = None
    run: RunStatus | None = None
    status: LabStatus | None = None
    people: People | None = None


class Gone(Message):
    """Server: the lab was deleted, or is not shared with you (any more)."""

    type: Literal["gone"] = "gone"
    lab: str


class Refused(Message):
    """Server: your message was not understood, or your role in the lab does not allow it."""

    type: Literal["refused"] = "refused"
    message: str


ServerToPage = Annotated[Full | Delta | Gone | Refused | TerminalOutput, Field(discriminator="type")]

page_to_server: TypeAdapter[PageToServer] = TypeAdapter(PageToServer)
