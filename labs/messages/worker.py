"""What travels between the server and a worker over the WebSocket that the worker opens (`/ws/worker`, `Authorization: Bearer TOKEN`).

Level-triggered: `Desired` says what should be, all of it, `Report` what is. Each travels in a numbered frame (`labs.messages.numbering`).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from labs.messages.base import Message
from labs.messages.status import (
    CheckResult,
    Features,
    JsonObject,
    LabStatus,
    NotAdopted,
    PingResult,
    PlanEntry,
    RunError,
    RunStatus,
    TraceResult,
)
from labs.messages.terminal import Columns, Rows, TerminalInbound, TerminalOutput


class DesiredLab(Message):
    lab: str
    generation: int
    version: int
    running: bool
    """False: take it down, and report it stopped with this generation."""
    failed: bool = False
    """This generation was reported failed with nothing there, which is final: make none."""
    ran: bool = False
    """The lab was there already: where it is absent, it has ended by itself."""
    document: JsonObject
    """Of a generation that failed to change a lab, what that went on to be."""


class Desired(Message):
    """Server: every lab that this worker should have; a lab that is not named should not be there."""

    type: Literal["desired"] = "desired"
    labs: tuple[DesiredLab, ...]
    same: tuple[str, ...] = ()
    """Those that should be as they were told to be on this connection: their documents need not travel again and again."""


class Watched(Message):
    """Server: the labs whose status somebody looks at."""

    type: Literal["watched"] = "watched"
    labs: tuple[str, ...]


ALIVE = 10.0
"""Seconds after which a side that has nothing to say says so: that the last message was lost is noticed by the next."""


class Alive(Message):
    """Either: nothing else."""

    type: Literal["alive"] = "alive"


class Request(Message):
    """Server: do this now in a running lab, and answer with `Reply`."""

    type: Literal["request"] = "request"
    id: str
    lab: str
    action: Literal["ping", "trace", "checks", "plan", "preview", "open_terminal", "close_terminal", "adopt", "repair"]
    source: str | None = None
    target: str | None = None
    terminal: str | None = None
    """For `close_terminal`: its key."""
    rows: Rows = 24
    columns: Columns = 80
    """For `open_terminal`, in the place of `source`."""
    document: JsonObject | None = None
    """For `plan` and `preview`: what `diff(observed, desired)` is to reach; a preview is of a lab that may not run, on the machine itself.
    For `adopt`: the drawing that what was done by hand is taken into."""
    entries: tuple[str, ...] | None = None
    """For `adopt` and `repair`: the summaries of the drift that is meant; None: all of it."""


class ToTerminal(Message):
    """Server: from a page to a terminal. `viewer` is what it is answered under."""

    type: Literal["to_terminal"] = "to_terminal"
    viewer: str
    message: TerminalInbound


ServerToWorker = Annotated[Desired | Alive | Watched | Request | ToTerminal, Field(discriminator="type")]


class Hello(Message):
    """Worker: who I am and what my machine can do. The first message."""

    type: Literal["hello"] = "hello"
    name: str
    features: Features


class Report(Message):
    """Worker: how a lab is, after each change (progress at most ten times a second); and all labs after (re)connecting.

    `run.generation` is the one that the worker acts on: reports of an older one than the database's are dropped. A `plan` of None is
    as before where the generation is; it is sent once, with the first report of a generation that has one.
    """

    type: Literal["report"] = "report"
    lab: str
    run: RunStatus


class Status(Message):
    """Worker: what is seen in labs that are watched. `full`: all of it, what was sent before is void."""

    type: Literal["status"] = "status"
    lab: str
    full: bool = False
    status: LabStatus


class Reply(Message):
    type: Literal["reply"] = "reply"
    id: str
    ping: PingResult | None = None
    trace: TraceResult | None = None
    checks: tuple[CheckResult, ...] | None = None
    plan: tuple[PlanEntry, ...] | None = None
    terminal: str | None = None
    """The key of the one that was opened."""
    drawn: tuple[str, ...] = ()
    """Of `plan`: the drift, by its summaries, that the document has too."""
    document: JsonObject | None = None
    """Of `adopt`."""
    refused: tuple[NotAdopted, ...] = ()
    """Of `adopt`: what does not go into the document."""
    error: str | None = None
    failure: RunError | None = None
    """The error, where it has more to say than its words."""


class FromTerminal(Message):
    type: Literal["from_terminal"] = "from_terminal"
    viewer: str
    output: TerminalOutput


WorkerToServer = Annotated[Hello | Alive | Report | Status | Reply | FromTerminal, Field(discriminator="type")]

server_to_worker: TypeAdapter[ServerToWorker] = TypeAdapter(ServerToWorker)
worker_to_server: TypeAdapter[WorkerToServer] = TypeAdapter(WorkerToServer)
