"""The laws of the engine: they hold for any two networks in normal form, and no step on the way is one that the kernel refuses."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import TypeVar

from hypothesis import HealthCheck, given, settings

from labs.network.diff import diff
from labs.network.replay import invert, replay
from labs.network.state import Host, Namespace, NetworkState
from tests.network.kernel_rules import strict_replay
from tests.network.strategies import pairs, states

laws = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])

T = TypeVar("T")
Pair = tuple[NetworkState, NetworkState]


@laws
@given(pairs())
def test_a_plan_leads_to_what_is_wanted(pair: Pair) -> None:
    a, b = pair
    assert strict_replay(diff(a, b), a) == b


@laws
@given(pairs())
def test_a_plan_can_be_undone(pair: Pair) -> None:
    a, b = pair
    plan = diff(a, b)
    assert strict_replay(invert(plan), replay(plan, a)) == a


@laws
@given(pairs())
def test_a_plan_can_be_undone_from_wherever_it_stopped(pair: Pair) -> None:
    a, b = pair
    plan = diff(a, b)
    for done in range(len(plan)):
        assert strict_replay(invert(plan[:done]), replay(plan[:done], a)) == a


@laws
@given(states())
def test_nothing_is_done_where_all_is_as_wanted(state: NetworkState) -> None:
    assert diff(state, state) == ()


@laws
@given(pairs())
def test_the_same_networks_give_the_same_plan_however_they_were_put_together(pair: Pair) -> None:
    a, b = pair
    assert diff(shuffled(a), shuffled(b)) == diff(a, b)


def shuffled(state: NetworkState) -> NetworkState:
    """The same network with all that has no order in another one."""
    hosts = {
        host: Host({name: _shuffled_namespace(namespace) for name, namespace in _shuffle(each.namespaces.items())})
        for host, each in _shuffle(state.hosts.items())
    }
    return NetworkState(hosts, frozenset(_shuffle(state.lans)))


def _shuffled_namespace(namespace: Namespace) -> Namespace:
    return Namespace(
        dict(_shuffle(namespace.links.items())), frozenset(_shuffle(namespace.routes)), dict(_shuffle(namespace.sysctls.items()))
    )


def _shuffle(items: Iterable[T]) -> list[T]:
    items = list(items)
    return random.Random(1).sample(items, len(items))
