"""Labs that end by themselves: how often one did, and what is to be built again."""

from __future__ import annotations

import time
from typing import Final

from labs.messages.status import RunError
from labs.worker.record import Record

SUDDEN, TOO_MANY = 60.0, 3
"""A lab that ends by itself so often, each time within so many seconds, has failed."""

REBUILT: Final = RunError(
    message="The lab had ended and was built anew",
    code="lab-rebuilt",
    hint="What was done in it by hand is gone",
)
PUT_BACK: Final = RunError(
    message="The lab ended each time that it was changed so, and was built anew as it was before",
    code="lab-put-back",
    hint="The change may need more memory than a lab may have. What was done in it by hand is gone",
)
ENDED: Final = RunError(message="The lab ended by itself again and again", code="lab-ended", hint="See the log")


class SuddenEnds:
    """Of one lab."""

    def __init__(self) -> None:
        self.before: Record | None = None
        """Of what it was before the change at which it ended."""
        self.is_rebuilt = False
        """It is built again, since it had ended."""
        self._count = 0
        self._held_since = 0.0
        """By the monotonic clock."""

    def note_held(self) -> None:
        """The lab is there, from now on."""
        self._held_since = time.monotonic()

    def note(self) -> None:
        self._count = self._count + 1 if time.monotonic() - self._held_since < SUDDEN else 1
        self.is_rebuilt = True

    @property
    def are_too_many(self) -> bool:
        return self._count >= TOO_MANY

    def count_anew(self) -> None:
        """It is made something else."""
        self._count = 0

    def forget(self) -> None:
        """It stays as it is by now: nothing is to be built again."""
        self.before, self.is_rebuilt = None, False
