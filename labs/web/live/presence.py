"""Who looks at a lab: the pages of this process, and what the other processes' hubs say of theirs. No I/O."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping

from labs.messages.page import People, Person

FORGOTTEN = 30.0
"""Seconds after which a hub that does not say any more who looks is taken for dead."""
NAMED = 20
"""People that are named to a page; of the others it is told how many."""


class Presence:
    """People by their user name: who has two pages open is one."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.here: dict[str, str] = {}
        """Of this process: full names by user name."""
        self._others: dict[str, tuple[float, dict[str, str]]] = {}

    def look(self, people: Iterable[Person]) -> None:
        """Who looks in this process now."""
        self.here = {person.user: person.name for person in people}

    def hear(self, hub: str, people: Mapping[str, str]) -> None:
        """Another hub says who looks there."""
        self._others[hub] = (self._clock(), dict(people))
        if not people:
            del self._others[hub]

    def all(self) -> People:
        now = self._clock()
        self._others = {hub: heard for hub, heard in self._others.items() if now - heard[0] < FORGOTTEN}
        everybody = dict(self.here)
        for _, people in self._others.values():
            everybody |= people
        named = sorted(everybody.items())[:NAMED]
        return People(named=tuple(Person(user=user, name=name) for user, name in named), count=len(everybody))
