"""What somebody asked to be undone in a lab, until its runner comes to it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from labs.worker.errors import NotRunningError


@dataclass(slots=True)
class Repair:
    """What was done by hand is to be undone: these entries, or all of it."""

    entries: Sequence[str] | None
    done: asyncio.Future[None]

    def answer(self, error: Exception | None) -> None:
        """Tell who asked, if he is still there."""
        if self.done.done():
            return
        if error is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(error)


class Repairs:
    """Those that wait; true where any does."""

    def __init__(self) -> None:
        self._waiting: deque[Repair] = deque()

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, entries: Sequence[str] | None) -> asyncio.Future[None]:
        """What comes of it."""
        repair = Repair(entries, asyncio.get_running_loop().create_future())
        self._waiting.append(repair)
        return repair.done

    def next(self) -> Repair:
        return self._waiting.popleft()

    def refuse(self) -> None:
        """The lab goes."""
        while self._waiting:
            self.next().answer(NotRunningError())
