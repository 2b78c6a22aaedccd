"""Whichever process is killed, and whenever: labs that run go on without losing a packet, and each becomes what the database says."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from typing import Any

import pytest

from tests.faults.flood import flood
from tests.faults.house import House, User, house
from tests.faults.processes import Kind
from tests.rounds import rounds
from tests.web.documents import pair
from tests.worker.documents import star

logger = logging.getLogger(__name__)
pytestmark = pytest.mark.kernel
SEED = random.randrange(1 << 32)
VICTIMS: tuple[Kind, ...] = ("web", "worker", "fork")
MOMENTS = ("apply", "change", "destroy", "idle")
SIZE = 60
"""Namespaces of the labs that are worked on."""
SPAN = 1.0
"""Seconds after a wish in which somebody is killed: about what it takes to fulfil it, and to answer."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("kills")) as home:
        yield home


def test_whoever_is_killed_nothing_is_lost(home: House) -> None:
    user = home.user("olga")
    steady = user.make(pair())
    user.run(steady)
    home.settle()
    deaths = [(victim, moment) for start, victim in enumerate(VICTIMS) for moment in islice(cycle(MOMENTS), start, start + rounds(3, 100))]
    chance = random.Random(SEED)
    chance.shuffle(deaths)
    labs = Labs(user)
    with flood(home.socket(steady), "ns1", "10.0.0.2") as pings:
        for number, (victim, moment) in enumerate(deaths):
            logger.info("Seed %d, round %d: the %s is killed, at %s", SEED, number, victim, moment)
            wish = labs.before(moment)
            home.settle()
            acting = threading.Thread(target=wish)
            acting.start()
            time.sleep(chance.uniform(0, SPAN))
            home.kill(victim)
            acting.join()
            home.settle()
        counted = pings.end()
    assert counted.lost == ()
    assert counted.sent > 100
    labs.stop()
    user.stop(steady)
    home.settle()


class Labs:
    """One that is changed, and one that comes and goes."""

    def __init__(self, user: User) -> None:
        self._user = user
        self._changed, self._coming = user.make(star(SIZE)), user.make(star(SIZE))
        self._documents: Iterator[Any] = cycle([star(SIZE, prefix="m"), star(SIZE)])
        user.run(self._changed)

    def before(self, moment: str) -> Callable[[], object]:
        """What a user is to do at a moment, made ready."""
        if moment == "apply":
            self._user.stop(self._coming)
            return lambda: self._user.run(self._coming)
        if moment == "destroy":
            self._user.run(self._coming)
            return lambda: self._user.stop(self._coming)
        if moment == "change":
            document = next(self._documents)
            return lambda: self._user.change(self._changed, document)
        return lambda: None

    def stop(self) -> None:
        for lab in (self._changed, self._coming):
            self._user.stop(lab)
