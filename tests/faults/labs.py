"""What users do while something breaks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import cycle
from typing import Any

from tests.faults.house import User
from tests.worker.documents import star

MOMENTS = ("apply", "change", "destroy", "idle")
SIZE = 60
"""Namespaces of the labs that are worked on."""


class Labs:
    """One that is changed, and one that comes and goes."""

    def __init__(self, user: User) -> None:
        self._user = user
        self.changed, self._coming = user.make(star(SIZE)), user.make(star(SIZE))
        self._documents: Iterator[Any] = cycle([star(SIZE, prefix="m"), star(SIZE)])
        user.run(self.changed)

    def at(self, moment: str) -> tuple[str, Callable[[], object]]:
        """A lab, made ready, and what its user does to it at this moment."""
        match moment:
            case "apply":
                self._user.stop(self._coming)
                return self._coming, lambda: self._user.run(self._coming)
            case "destroy":
                self._user.run(self._coming)
                return self._coming, lambda: self._user.stop(self._coming)
            case "change":
                document = next(self._documents)
                return self.changed, lambda: self._user.change(self.changed, document)
        return self.changed, lambda: None

    def stop(self) -> None:
        for lab in (self.changed, self._coming):
            self._user.stop(lab)
