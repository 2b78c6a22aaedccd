"""Whichever process is killed, and whenever: labs that run go on without losing a packet, and each becomes what the database says."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Iterator
from itertools import cycle, islice

import pytest

from tests.faults.flood import flood
from tests.faults.house import House, User, house
from tests.faults.labs import MOMENTS, Labs
from tests.faults.processes import Kind
from tests.rounds import rounds
from tests.serve.test_serve import until
from tests.web.documents import Json, namespace, pair

logger = logging.getLogger(__name__)
pytestmark = pytest.mark.kernel
SEED = random.randrange(1 << 32)
VICTIMS: tuple[Kind, ...] = ("web", "worker", "fork")
SPAN = 1.0
"""Seconds after a wish in which somebody is killed: about what it takes to fulfil it, and to answer."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(House, tmp_path_factory.mktemp("kills")) as home:
        yield home


def test_whoever_is_killed_nothing_is_lost(home: House, user: User, labs: Labs) -> None:
    steady = user.make(pair())
    user.run(steady)
    home.settle()
    deaths = [(victim, moment) for start, victim in enumerate(VICTIMS) for moment in islice(cycle(MOMENTS), start, start + rounds(3, 100))]
    chance = random.Random(SEED)
    chance.shuffle(deaths)
    with flood(home.socket(steady), "ns1", "10.0.0.2") as pings:
        for number, (victim, moment) in enumerate(deaths):
            logger.info("Seed %d, round %d: the %s is killed, at %s", SEED, number, victim, moment)
            _, wish = labs.at(moment)
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
    user.stop(steady)


def test_a_lab_whose_agent_is_killed_is_built_again_and_its_user_told(home: House, labs: Labs) -> None:
    chance = random.Random(SEED)
    for moment in islice(cycle(MOMENTS), rounds(4, 100)):
        lab, wish = labs.at(moment)
        home.settle()
        wishes = threading.Thread(target=wish)
        wishes.start()
        if moment != "idle":
            time.sleep(chance.uniform(0, SPAN))
        killed = home.kill_lab(lab)
        wishes.join()
        home.settle()
        if killed and moment == "idle":  # else what the user does next may have come after
            error = home.wish(lab).error
            assert error
            assert error["code"] == "lab-rebuilt"


def test_a_supervisor_that_is_killed_leaves_the_labs_to_the_next(home: House, user: User, labs: Labs) -> None:
    steady = user.make(pair())
    user.run(steady)
    home.settle()
    with flood(home.socket(steady), "ns1", "10.0.0.2") as pings:
        for _ in range(rounds(1, 20)):
            home.kill("supervisor")
            home.serve_again()
            home.settle()
        assert pings.end().lost == ()
    user.stop(steady)


def test_after_the_machine_has_restarted_runs_what_should_run(home: House, labs: Labs) -> None:
    """All processes are gone at once, and with them the namespaces."""
    chance = random.Random(SEED)
    for moment in islice(cycle(MOMENTS), rounds(3, 40)):
        _, wish = labs.at(moment)
        home.settle()
        wishes = threading.Thread(target=wish)
        wishes.start()
        time.sleep(chance.uniform(0, SPAN))
        home.kill("supervisor", "web", "worker", "fork", "lab")
        home.serve_again()
        wishes.join()
        home.settle()
        if moment in ("apply", "destroy"):  # else somebody may have changed it after
            assert (home.wish(labs.changed).error or {}).get("code") == "lab-rebuilt"


def test_a_lab_whose_change_failed_is_after_the_restart_what_it_was_before(home: House, user: User) -> None:
    lab = user.make(pair())
    user.run(lab)
    home.settle()
    for _ in range(rounds(1, 10)):
        before = home.wish(lab)
        home.type_in(lab, "ns1", "ip link add to-ns3 type vxlan id 1 dstport 4789")
        user.change(lab, with_another_cable())
        until(lambda: home.wish(lab).state == "failed")
        home.kill("supervisor", "web", "worker", "fork", "lab")
        home.serve_again()
        home.settle()
        assert home.wish(lab).document == before.document
        assert (home.wish(lab).error or {}).get("code") == "lab-rebuilt"
    user.stop(lab)


def with_another_cable() -> Json:
    """Whose name may be taken."""
    document = pair()
    document["nodes"].append(namespace("ns3", "10.0.1.2/24"))
    document["nodes"][0]["interfaces"].append({"name": "to-ns3", "addresses": ["10.0.1.1/24"]})
    document["links"].append({"ends": ["ns1:to-ns3", "ns3:veth-ns3"]})
    return document
