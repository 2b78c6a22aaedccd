"""What a worker leaves with a lab's agent: how far the lab is. It lives exactly as long as the lab, out of its users' reach."""

from __future__ import annotations

from typing import Literal

from labs.messages.base import Message
from labs.messages.status import JsonObject, RunError, RunState
from labs.messages.worker import DesiredLab

Phase = Literal["applying", "applied", "failed"]
_STATES: dict[Phase, RunState] = {"applying": "applying", "applied": "running", "failed": "failed"}


class Record(Message):
    generation: int
    """The newest that was begun here."""
    version: int
    """The revision that `document` is."""
    phase: Phase
    """`applying` is written before the first operation: whoever finds it goes on, it does not go back."""
    document: JsonObject
    """What the lab was built from or, while `applying`, is to become. After a failure: what it went back to."""
    previous: JsonObject | None = None
    """While `applying`: what it was built from before, and its version; None while it is built for the first time."""
    previous_version: int = 0
    error: RunError | None = None
    """Why `generation` failed."""

    @property
    def state(self) -> RunState:
        """Of the lab, as it is shown."""
        return _STATES[self.phase]

    @classmethod
    def applying(cls, wanted: DesiredLab, before: Record | None) -> Record:
        """What was there before an apply that never ended is still what to go back to."""
        record = cls(generation=wanted.generation, version=wanted.version, phase="applying", document=wanted.document)
        if before is None:
            return record
        if before.phase == "applying":
            return record.model_copy(update={"previous": before.previous, "previous_version": before.previous_version})
        return record.model_copy(update={"previous": before.document, "previous_version": before.version})

    @classmethod
    def applied(cls, wanted: DesiredLab) -> Record:
        return cls(generation=wanted.generation, version=wanted.version, phase="applied", document=wanted.document)

    def as_wanted(self, lab: str) -> DesiredLab:
        return DesiredLab(lab=lab, generation=self.generation, version=self.version, running=True, document=self.document)

    def before(self, generation: int) -> Record | None:
        """Of what was there before a generation was begun, if anything was."""
        if self.phase != "applying":
            return self if self.generation < generation else None
        if self.previous is None:
            return None
        return Record(generation=self.generation, version=self.previous_version, phase="applied", document=self.previous)

    def encode(self) -> bytes:
        return self.model_dump_json().encode()

    @classmethod
    def decode(cls, data: bytes) -> Record:
        """Raises ValueError."""
        return cls.model_validate_json(data)
