"""Links removed side by side."""

from __future__ import annotations

import time

import pytest

from labs.kernel import rtnl
from labs.kernel.batch import transact
from labs.kernel.executor import apply
from labs.kernel.lab import Lab
from labs.kernel.refusals import OperationError
from labs.network.diff import diff
from labs.network.operations import AddBridge, AddHost, AddNamespace, AddVeth, Plan, RemoveVeth, SetMaster
from labs.network.replay import replay
from labs.network.state import EMPTY, Interface, Netns
from tests.kernel.networks import HOST, built, observed

SPACES = [Netns("", f"n{i}") for i in range(40)]
MADE: Plan = (AddHost(""), *map(AddNamespace, SPACES))
RING = [(Interface(netns, "a"), Interface(SPACES[i - 1], "b")) for i, netns in enumerate(SPACES)]
STAR = [(Interface(netns, "c"), Interface(HOST, f"p{i}")) for i, netns in enumerate(SPACES)]


async def test_many_links_go_as_fast_as_few(lab: Lab) -> None:
    """One after the other they would take some 30 ms each."""
    plan: Plan = (*MADE, AddBridge(Interface(HOST, "br0")), *(AddVeth(*pair) for pair in (*RING, *STAR)))
    plan = (*plan, *(SetMaster(port, "br0") for _, port in STAR))
    state = await built(lab, plan)
    begin = time.perf_counter()
    await apply(diff(state, EMPTY), lab.keeper)
    assert time.perf_counter() - begin < 0.02 * len(RING + STAR)
    assert await observed(lab, EMPTY) == EMPTY


async def test_nothing_else_goes_with_them(lab: Lab) -> None:
    state = await built(lab, (*MADE, *(AddVeth(*pair) for pair in (*RING, *STAR))))
    plan: Plan = tuple(RemoveVeth(*pair) for pair in STAR)
    await apply(plan, lab.keeper)
    assert await observed(lab, EMPTY) == replay(plan, state)


async def test_one_that_is_gone_already_is_named_and_the_others_are_put_back(lab: Lab) -> None:
    await built(lab, (*MADE, *(AddVeth(*pair) for pair in STAR)))
    transact(lab.handles[HOST].rtnl, [rtnl.del_link("p7")])
    before = await observed(lab, EMPTY)
    with pytest.raises(OperationError, match="there is no such interface") as caught:
        await apply(tuple(RemoveVeth(*pair) for pair in STAR), lab.keeper)
    assert (caught.value.n, caught.value.operation) == (8, RemoveVeth(*STAR[7]))
    assert await observed(lab, EMPTY) == before


async def test_a_namespace_that_is_gone_already(lab: Lab) -> None:
    pair = Interface(Netns("", "gone"), "a"), Interface(Netns("", "gone"), "b")
    await built(lab, MADE)
    with pytest.raises(OperationError, match="There is no such namespace"):
        await apply((RemoveVeth(*pair),), lab.keeper)
