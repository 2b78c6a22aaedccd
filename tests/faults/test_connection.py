"""The connection between worker and server breaks while users edit, start and stop labs: in the end each is what the database says."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

import pytest

from tests.faults.cable import Fault
from tests.faults.flood import flood
from tests.faults.house import HouseApart, User, house
from tests.faults.labs import MOMENTS, Labs
from tests.rounds import rounds
from tests.web.documents import pair

pytestmark = pytest.mark.kernel
SECONDS = rounds(5, 60)
WISHES = rounds(6, 60)
"""Within that time."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HouseApart]:
    with house(HouseApart, tmp_path_factory.mktemp("connection")) as home:
        yield home


@pytest.fixture(scope="module")
def steady(home: HouseApart, user: User) -> Iterator[Path]:
    """The socket of a lab that runs all the time."""
    lab = user.make(pair())
    user.run(lab)
    home.settle()
    yield home.socket(lab)
    user.stop(lab)


def work(labs: Labs) -> None:
    """What users do, for a while."""
    for _ in range(WISHES):
        _, wish = labs.at(random.choice(MOMENTS))
        wish()
        time.sleep(SECONDS / WISHES)


def test_what_users_do_while_the_connection_is_broken_is_done_after(home: HouseApart, labs: Labs, steady: Path) -> None:
    faults: tuple[Fault, ...] = ("cut", "still")
    with flood(steady, "ns1", "10.0.0.2") as pings:
        for fault in islice(cycle(faults), rounds(3, 10)):
            with home.cable.suffering(fault):
                work(labs)
            home.settle()
        assert pings.end().lost == ()


def test_messages_that_are_lost_repeated_or_late(home: HouseApart, labs: Labs, steady: Path) -> None:
    with flood(steady, "ns1", "10.0.0.2") as pings:
        for _ in range(rounds(3, 10)):
            with home.postman.careless():
                work(labs)
            home.settle()
        assert pings.end().lost == ()
    assert home.postman.faults
