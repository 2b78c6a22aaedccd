"""A plan that fails at any of its operations leaves the network as it was; what cannot be undone is said, and can be repaired."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Callable, Iterator, Sequence

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from labs.kernel import batch, rtnl
from labs.kernel.batch import transact
from labs.kernel.executor import apply
from labs.kernel.lab import Lab
from labs.kernel.limits import DEFAULT
from labs.kernel.refusals import OperationError
from labs.network.diff import diff
from labs.network.draft import Draft
from labs.network.operations import AddAddress, AddBridge, AddNamespace, Operation, Plan, SetMtu
from labs.network.state import Interface, Netns, NetworkState
from tests.kernel.networks import ADDRESS, BR0, BRIDGED, HOST, NS1, VETH, VETH2, built, observed
from tests.kernel.test_equality import Running
from tests.network.strategies import pairs
from tests.rounds import rounds

plans = settings(
    max_examples=rounds(20, 400),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.generate],  # a network that fails is told as it is: to shrink it takes hours
)


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with asyncio.Runner() as runner:
        running = Running(runner)
        yield running
        running.end()


@plans
@given(pair=pairs())
def test_a_plan_that_fails_anywhere_leaves_all_as_it_was(running: Running, pair: tuple[NetworkState, NetworkState]) -> None:
    """The kernel refuses one operation more, put before each of the plan's in turn."""
    before, after = map(running.feasible, pair)
    running.begin()
    running.change(before)
    plan = diff(running.observed(), after)
    draft = Draft(before)
    for number, operation in enumerate(plan):
        poison = refused_in(draft, operation)
        operation.forwards(draft)
        with pytest.raises(OperationError) as caught:
            running.apply((*plan[:number], poison, *plan[number:]))
        assert (caught.value.operation, caught.value.n) == (poison, number + 1)
        assert caught.value.leftovers == ()
        assert running.observed() == before, f"after {operation}"


def refused_in(draft: Draft, operation: Operation) -> Operation:
    """Something that is refused where an operation works: by the kernel, for its name; by the agent, where there is no namespace yet."""
    netns, _ = operation.place()
    if netns is None or not draft.has_namespace(netns):
        return AddNamespace(Netns("nowhere", "ns1"))
    return AddBridge(Interface(netns, "lo"))


# What really goes wrong


async def test_a_name_that_somebody_took_by_hand(lab: Lab) -> None:
    before = await built(lab, BRIDGED)
    plan: Plan = (SetMtu(VETH, 1400, 1500), AddBridge(Interface(HOST, "new")), AddAddress(VETH2, ADDRESS))
    transact(lab.handles[HOST].rtnl, [rtnl.add_bridge(rtnl.End("new"))])
    with pytest.raises(OperationError) as caught:
        await apply(plan, lab.keeper, before=before)
    error = caught.value
    assert (error.operation, error.n, error.node, error.interface, error.errno) == (plan[1], 2, "host", "new", errno.EEXIST)
    assert "Add bridge new on host" in str(error)
    assert "Rename one of the two, or remove the one that is there" in str(error)
    transact(lab.handles[HOST].rtnl, [rtnl.del_link("new")])
    assert await observed(lab, before) == before


async def test_no_more_namespaces_than_the_lab_may_have() -> None:
    lab = await Lab.start("few", limits=DEFAULT._replace(namespaces=6))
    try:
        before = await built(lab, BRIDGED)
        plan = tuple(AddNamespace(Netns("", f"more{i}")) for i in range(6))
        with pytest.raises(OperationError) as caught:
            await apply(plan, lab.keeper, before=before)
        assert caught.value.errno == errno.ENOSPC
        assert "Raise user.max_net_namespaces, or stop other labs" in str(caught.value)
        assert await observed(lab, before) == before
    finally:
        await lab.end()


async def test_an_answer_of_the_kernel_that_is_lost(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the operations were done nobody knows. They were; what there is tells, and is undone."""
    before = await built(lab, BRIDGED)
    receive = batch._receive
    calls = iter(range(1_000_000))

    def lose(sock: socket.socket) -> bytes:
        data = receive(sock)
        if next(calls) == 1:
            raise OSError(errno.ENOBUFS, "No buffer space available")
        return data

    monkeypatch.setattr(batch, "_receive", lose)
    plan: Plan = (AddBridge(Interface(NS1, "new")), AddBridge(Interface(HOST, "new")), SetMtu(VETH2, 1400, 1500))
    with pytest.raises(OperationError) as caught:
        await apply(plan, lab.keeper, before=before)
    assert (caught.value.operation, caught.value.errno, caught.value.leftovers) == (plan[1], errno.ENOBUFS, ())
    assert await observed(lab, before) == before


def somebody(lab: Lab, netns: Netns, *requests: rtnl.Request) -> Callable[[Sequence[int]], None]:
    """Does this in the middle of a plan, once its first operation is done."""
    waiting = list(requests)

    def act(done: Sequence[int]) -> None:
        if done and waiting:
            transact(lab.handles[netns].rtnl, waiting)
            waiting.clear()

    return act


async def test_what_somebody_took_away_meanwhile_is_brought_back(lab: Lab) -> None:
    """The inverses lead over it, and fail; what is seen then is held against what was."""
    before = await built(lab, BRIDGED)
    plan: Plan = (SetMtu(VETH, 1400, 1500), AddAddress(VETH2, ADDRESS), AddBridge(BR0))
    with pytest.raises(OperationError) as caught:
        await apply(plan, lab.keeper, somebody(lab, NS1, rtnl.del_link(VETH.name)), before=before)
    assert (caught.value.operation, caught.value.leftovers) == (AddBridge(BR0), ())
    assert await observed(lab, before) == before


async def test_what_cannot_be_undone_is_said_and_can_be_repaired(lab: Lab) -> None:
    """Somebody puts a link of a kind that no drawing has in the place of one that the plan changed."""
    before = await built(lab, BRIDGED)
    plan: Plan = (AddAddress(VETH, ADDRESS), SetMtu(VETH2, 1400, 1500), AddBridge(BR0))
    kind = rtnl.nested(rtnl.IFLA_LINKINFO, rtnl.text(rtnl.IFLA_INFO_KIND, "ifb"))
    another = rtnl.Request(rtnl.RTM_NEWLINK, rtnl.CREATE, rtnl.End(VETH.name).pack() + kind)
    with pytest.raises(OperationError) as caught:
        await apply(plan, lab.keeper, somebody(lab, NS1, rtnl.del_link(VETH.name), another), before=before)
    left = caught.value.run_error().leftovers
    assert [(entry.change, entry.summary) for entry in left] == [
        ("add", "Add veth pair veth-ns1 in ns1, veth-ns1-br on host"),
        ("change", "Put veth-ns1-br on bridge br0 on host"),
        ("change", "Set veth-ns1-br up on host"),
    ]
    assert "Not undone: Add veth pair veth-ns1 in ns1, veth-ns1-br on host" in str(caught.value)
    transact(lab.handles[NS1].rtnl, [rtnl.del_link(VETH.name)])
    await apply(diff(await observed(lab, before), before), lab.keeper)
    assert await observed(lab, before) == before
