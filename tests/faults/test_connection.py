"""The connection between worker and server breaks while users edit, start and stop labs: in the end each is what the database says."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from itertools import cycle, islice

import pytest

from tests.faults.cable import Fault
from tests.faults.flood import flood
from tests.faults.house import HouseWithCable, house
from tests.faults.labs import MOMENTS, Labs
from tests.rounds import rounds
from tests.web.documents import pair

pytestmark = pytest.mark.kernel
SECONDS = rounds(5, 60)
WISHES = rounds(6, 60)
"""Within that time."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HouseWithCable]:
    with house(HouseWithCable, tmp_path_factory.mktemp("connection")) as home:
        yield home


def test_what_users_do_while_the_connection_is_broken_is_done_after(home: HouseWithCable) -> None:
    user = home.user("olga")
    steady = user.make(pair())
    user.run(steady)
    labs = Labs(user)
    home.settle()
    faults: tuple[Fault, ...] = ("cut", "still")
    with flood(home.socket(steady), "ns1", "10.0.0.2") as pings:
        for fault in islice(cycle(faults), rounds(3, 10)):
            with home.cable.suffering(fault):
                for _ in range(WISHES):
                    _, wish = labs.at(random.choice(MOMENTS))
                    wish()
                    time.sleep(SECONDS / WISHES)
            home.settle()
        assert pings.end().lost == ()
    labs.stop()
    user.stop(steady)
