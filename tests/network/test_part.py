"""Some of the operations of a plan: either part can be played, and from there the kernel can be brought anywhere."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from labs.network.diff import diff
from labs.network.operations import Plan
from labs.network.part import with_needed, without
from labs.network.replay import replay
from tests.network.build import drawn, said
from tests.network.kernel_rules import strict_replay
from tests.network.strategies import pairs
from tests.network.test_laws import Pair, laws

choices = st.randoms(use_true_random=False)


@laws
@given(pairs(), choices)
def test_what_was_chosen_can_be_played_with_what_it_leans_on(networks: Pair, choice: random.Random) -> None:
    a, b = networks
    plan = diff(a, b)
    chosen = {at for at in range(len(plan)) if choice.random() < 0.3}
    part = with_needed(plan, chosen)
    assert {plan[at] for at in chosen} <= set(part)
    there = replay(part, a)
    assert strict_replay(diff(a, there), a) == there


@laws
@given(pairs(), choices)
def test_what_was_chosen_can_be_undone_with_what_leans_on_it(networks: Pair, choice: random.Random) -> None:
    a, b = networks
    plan = diff(a, b)
    chosen = {at for at in range(len(plan)) if choice.random() < 0.3}
    rest = without(plan, chosen)
    assert not {plan[at] for at in chosen} & set(rest)
    wanted = replay(rest, a)
    assert strict_replay(diff(b, wanted), b) == wanted


@laws
@given(pairs())
def test_all_of_a_plan_is_the_plan_and_the_plan_without_it_is_nothing(networks: Pair) -> None:
    plan = diff(*networks)
    everything = range(len(plan))
    assert with_needed(plan, everything) == plan
    assert without(plan, everything) == ()


def positions(plan: Plan, *wanted: str) -> set[int]:
    return {said(plan).index(text) for text in wanted}


BASE = drawn("""
nodes:
  - {name: br0, kind: bridge}
  - {name: ns1, kind: namespace, interfaces: [{name: veth-ns1, addresses: [192.168.1.1/24]}]}
links:
  - {ends: ["ns1:veth-ns1", "br0:veth-ns1-br"]}
""")
BY_HAND = drawn("""
nodes:
  - {name: br0, kind: bridge}
  - {name: ns1, kind: namespace, interfaces: [{name: veth-ns1, addresses: [192.168.1.1/24]}]}
  - {name: ns2, kind: namespace, interfaces: [{name: veth-ns2, addresses: [192.168.1.2/24]}], routes: [{to: default, via: 192.168.1.1}]}
links:
  - {ends: ["ns1:veth-ns1", "br0:veth-ns1-br"]}
  - {ends: ["ns2:veth-ns2", "br0:veth-ns2-br"]}
""")


def test_a_route_leans_on_its_link_and_the_address_that_reaches_its_gateway() -> None:
    plan = diff(BASE, BY_HAND)
    route = positions(plan, "Add route default via 192.168.1.1 in ns2")
    assert replay(with_needed(plan, route), BASE) == BY_HAND
    unaddressed = without(plan, positions(plan, "Add address 192.168.1.2/24 to veth-ns2 in ns2"))
    assert not [operation for operation in unaddressed if operation.change == "add" and "route" in operation.describe()]
    assert set(plan) - set(without(plan, route)) == {plan[at] for at in route}


def test_a_link_brings_what_it_is_set_to_but_no_addresses() -> None:
    plan = diff(BASE, BY_HAND)
    part = with_needed(plan, positions(plan, "Add veth pair veth-ns2 in ns2, veth-ns2-br on host"))
    assert said(part) == [
        "Add namespace ns2",
        "Add veth pair veth-ns2 in ns2, veth-ns2-br on host",
        "Put veth-ns2-br on bridge br0 on host",
        "Set veth-ns2-br up on host",
        "Set veth-ns2 up in ns2",
    ]


def test_a_namespace_goes_with_all_that_is_in_it() -> None:
    plan = diff(BASE, BY_HAND)
    assert without(plan, positions(plan, "Add namespace ns2")) == ()


def test_a_namespace_that_is_gone_leans_on_its_links_that_are_gone() -> None:
    plan = diff(BY_HAND, BASE)
    assert replay(with_needed(plan, positions(plan, "Remove namespace ns2")), BY_HAND) == BASE
    assert without(plan, positions(plan, "Remove veth pair veth-ns2 in ns2, veth-ns2-br on host")) == ()
