"""What the REST API takes and gives. A document is an object here: `labs.document` says what is in it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict, Field

from labs.messages.page import RoleInLab
from labs.messages.status import Features, NotAdopted, PlanEntry, RunState, RunStatus
from labs.messages.terminal import Columns, Rows

Document = dict[str, Any]


class Body(Schema):
    model_config = ConfigDict(extra="forbid")


class Problem(Schema):
    path: str
    """Where in the document: `nodes[2].interfaces[0].addresses[0]`."""
    also: list[str] = []
    """The other places that it concerns as much."""
    code: str
    params: dict[str, str]
    message: str


class ErrorDetail(Schema):
    code: str
    message: str
    params: dict[str, str] = {}


class Error(Schema):
    """Every error of the API has this form."""

    error: ErrorDetail
    problems: list[Problem] = []


class NewLab(Body):
    name: str | None = Field(None, min_length=1, max_length=200)
    document: Document | None = None


class SavedLab(Body):
    document: Document
    name: str | None = Field(None, min_length=1, max_length=200)


class PictureNode(Schema):
    name: str
    kind: str
    parent: str | None = None
    """What holds it: its host, or the namespace of a bridge."""
    x: float | None = None
    y: float | None = None


class Picture(Schema):
    """Enough of a document for a thumbnail."""

    nodes: list[PictureNode]
    links: list[tuple[str, str]]
    """The nodes at the ends, as links write them."""


class LabSummary(Schema):
    id: UUID
    name: str
    version: int
    owner: str
    role: RoleInLab
    """Of who asks."""
    state: RunState
    created: datetime
    updated: datetime
    lesson: str
    step: int
    nodes: int
    picture: Picture


class Lab(Schema):
    id: UUID
    name: str
    version: int
    """The head revision's number, which is also the ETag."""
    document: Document
    applied: Document | None
    """What runs, or shall: the document that Run or Apply pinned."""
    problems: list[Problem]
    saved_by: str | None
    """Who saved this version; None where he was deleted since."""
    owner: str
    role: RoleInLab
    """Of who asks."""
    state: RunState
    run: RunStatus
    lesson: str
    step: int
    created: datetime
    updated: datetime


class DocumentIn(Body):
    document: Document


class Checked(Schema):
    problems: list[Problem]
    plan: list[PlanEntry] | None
    """None where there are problems."""
    document: Document
    """With names and addresses completed."""


class ConnectIn(Body):
    document: Document
    a: str
    """A node, as links write it."""
    b: str


class DocumentOut(Schema):
    document: Document


class YamlIn(Body):
    text: str


class Plan(Schema):
    plan: list[PlanEntry]
    drawn: list[str] = []
    """What was done by hand, by its summaries, that the head has too."""


class Probe(Body):
    source: str = Field(alias="from", max_length=255)
    """A node, as links write it."""
    target: str = Field(alias="to", max_length=255)
    """An address, or a node: then an address of its that is near the source, if it has one there."""


class Chosen(Body):
    entries: list[str] | None = Field(None, max_length=1000)
    """The summaries of the entries that are meant; without, all that was done by hand."""


class Adopted(Schema):
    document: Document | None
    """None where nothing goes into it."""
    refused: list[NotAdopted]
    """What was asked for and does not go into a drawing, each with the problem that it would make."""


class NewTerminal(Body):
    node: str
    """As links write it; `host` for the host that is not drawn."""
    rows: Rows = 24
    columns: Columns = 80


class Terminal(Schema):
    key: str


class MemberIn(Body):
    role: Literal["viewer", "editor"]


class Member(Schema):
    user: str
    name: str
    """In full, where it is known."""
    role: Literal["viewer", "editor", "owner"]


class Sharing(Schema):
    members: list[Member]
    """The owner first."""
    link: str | None
    """The token of the link by which others copy; only the owner is told."""
    limit: int
    """Members that a lab may have, without the owner."""


class Heir(Body):
    user: str = Field(max_length=150)


class HandedOut(Schema):
    """A lab that whoever has the link may copy."""

    name: str
    owner: str
    nodes: int
    picture: Picture


class User(Schema):
    name: str
    staff: bool
    has_password: bool
    """Who has none signs in by a link, once, and can set one."""


class WorkerOut(Schema):
    name: str
    connected: bool
    features: Features


class Me(Schema):
    user: User
    language: str
    csrf: str
    """To be sent as `X-CSRFToken`; the cookie `csrftoken` has one too."""
    limits: dict[str, int]
    workers: list[WorkerOut]


class LessonStep(Body):
    step: int = Field(ge=0, le=1000)
    """From 0."""


class Bilingual(Schema):
    en: str
    zh: str


class Step(Schema):
    title: Bilingual
    text: Bilingual
    """Paragraphs, `code` in backticks, and numbered lists."""


class Lesson(Schema):
    slug: str
    title: Bilingual
    summary: Bilingual
    minutes: int
    picture: Picture
    """Of the last step's network."""
    steps: list[Step]
