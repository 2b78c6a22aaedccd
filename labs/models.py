"""What is kept: labs with their revisions and members, what should run (`Run`), and where (`Worker`).

They change only in `labs.web.actions`, which also tells those who watch.
"""

from __future__ import annotations

import hashlib
import secrets
import uuid
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models.fields.json import KeyTransform
from django.utils import timezone
from pydantic_core import from_json

if TYPE_CHECKING:
    _JSONField = models.JSONField[dict[str, Any], dict[str, Any]]
else:
    _JSONField = models.JSONField


class DocumentField(_JSONField):
    """A drawing as JSON. To decode a large one takes longer than all that is asked of the database for a request, and what is worked on is
    read again and again: the last few are remembered. So what is read is shared, and not to be changed."""

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs  # nothing else to the database

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        """A part that is asked for by its key may be a text as it is, without quotes."""
        is_whole = isinstance(value, str) and not isinstance(expression, KeyTransform)
        return _decoded(value) if is_whole else super().from_db_value(value, expression, connection)


@lru_cache(maxsize=8)
def _decoded(text: str) -> dict[str, Any]:
    document: dict[str, Any] = from_json(text)
    return document


class Lab(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="labs")
    name = models.CharField(max_length=200)
    """The document's name, for lists."""
    head = models.ForeignKey("Revision", null=True, on_delete=models.RESTRICT, related_name="+")
    """Null only while the lab is being made."""
    lesson = models.SlugField(blank=True)
    step = models.PositiveSmallIntegerField(default=0)
    """The lesson's step that it was last set to, from 0."""
    copy_token = models.CharField(max_length=43, null=True, blank=True, unique=True, editable=False)
    """Whoever is signed in and has it may make a copy. Null: nobody was given a link."""
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-updated"]

    def __str__(self) -> str:
        return self.name


class Revision(models.Model):
    """A document as somebody left it. Its number is the lab's version, which every save increments; amending moves it on."""

    lab = models.ForeignKey(Lab, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    document = DocumentField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["lab", "number"], name="revision_number")]

    def __str__(self) -> str:
        return f"{self.lab_id} r{self.number}"


class Member(models.Model):
    """Whom a lab is shared with. Its owner is none."""

    class Role(models.TextChoices):
        VIEWER = "viewer"
        EDITOR = "editor"

    lab = models.ForeignKey(Lab, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=6, choices=Role)
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["user__username"]
        constraints = [models.UniqueConstraint(fields=["lab", "user"], name="member_once")]

    def __str__(self) -> str:
        return f"{self.user} {self.role} of {self.lab_id}"


class Worker(models.Model):
    """A machine that runs labs. It shows its token; only the hash is kept."""

    SILENCE = timedelta(seconds=30)
    """After which a worker counts as gone."""

    name = models.CharField(max_length=100, unique=True)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    machine = models.CharField(max_length=200, blank=True, editable=False)
    """What it calls itself."""
    features = models.JSONField(default=dict, editable=False)
    """`labs.messages.status.Features`: what its kernel can do."""
    last_seen = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def connected(self) -> bool:
        return self.last_seen is not None and abs(timezone.now() - self.last_seen) < self.SILENCE

    def has(self, feature: str) -> bool:
        return feature in self.features.get("available", ())

    def lacks(self, feature: str) -> str | None:
        """Why, where it says so."""
        reason: str | None = self.features.get("missing", {}).get(feature)
        return reason

    @classmethod
    def alive(cls) -> models.QuerySet[Worker]:
        """Those that are connected. One that was seen in the future was seen before the clock was set back."""
        now = timezone.now()
        return cls.objects.filter(last_seen__range=(now - cls.SILENCE, now + cls.SILENCE))

    @staticmethod
    def hash_token(token: str) -> str:
        """A token has 256 random bits, so a plain hash is enough."""
        return hashlib.sha256(token.encode()).hexdigest()

    @staticmethod
    def new_token() -> str:
        return secrets.token_urlsafe(32)


class Run(models.Model):
    """What should be of a lab (`wanted`, `revision`, `generation`, `worker`), and what its worker last reported of that generation."""

    class State(models.TextChoices):
        STOPPED = "stopped"
        WAITING = "waiting"
        STARTING = "starting"
        RUNNING = "running"
        APPLYING = "applying"
        STOPPING = "stopping"
        FAILED = "failed"

    lab = models.OneToOneField(Lab, on_delete=models.CASCADE, primary_key=True, related_name="run")
    wanted = models.BooleanField(default=False)
    generation = models.PositiveIntegerField(default=0)
    """Run, Apply and Stop each increment it; the worker acts once on each."""
    revision = models.ForeignKey(Revision, null=True, on_delete=models.RESTRICT, related_name="runs")
    """Pinned: never amended."""
    applied = models.ForeignKey(Revision, null=True, on_delete=models.RESTRICT, related_name="+")
    """What the lab is, or is being built from, as its worker last said; None where it is not there."""
    worker = models.ForeignKey(Worker, null=True, on_delete=models.SET_NULL, related_name="runs")

    state = models.CharField(max_length=10, choices=State, default=State.STOPPED)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    plan: models.JSONField[list[dict[str, Any]] | None, list[dict[str, Any]] | None] = models.JSONField(null=True)
    error: models.JSONField[dict[str, Any] | None, dict[str, Any] | None] = models.JSONField(null=True)
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["worker", "state"])]

    def __str__(self) -> str:
        return f"{self.lab_id} {self.state}"

    @property
    def standing(self) -> Revision | None:
        """What the lab is or is to become; where that failed, what it goes on to be."""
        if self.state == self.State.WAITING or self.applied_id == self.revision_id:
            return self.revision
        return self.applied or (None if self.state == self.State.FAILED else self.revision)
