"""A plan carried out on a lab: all of it, or none.

Fused into steps and put into stages by `labs.kernel.fuse`, said to rtnetlink by `labs.kernel.requests`, sent by `labs.kernel.batch`.
What is refused is tried again one elementary operation at a time, so that an error names the operation, not the request. What was done
is then undone by the inverses, in reverse; where that fails too, by what differs between what is seen and what was.
"""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from labs.kernel import rtnl
from labs.kernel.batch import Refusal, transact
from labs.kernel.errors import AgentError
from labs.kernel.fuse import LINK_REMOVAL, Channel, Stage, Step, channel, count_machines, elementary, fuse, stages
from labs.kernel.netns import NetnsKeeper
from labs.kernel.observe import observe
from labs.kernel.protocol import NETNS_A_PACKET
from labs.kernel.refusals import OperationError
from labs.kernel.removal import remove_links
from labs.kernel.requests import Context, group_of, requests
from labs.kernel.rtnl import Request
from labs.network import operations as ops
from labs.network.diff import diff
from labs.network.normal import normalize
from labs.network.operations import Operation, Plan
from labs.network.state import Interface, Netns, NetworkState

Progress = Callable[[Sequence[int]], None]
"""Called with the numbers, from 1, of operations that were done since the last call."""
STEPS_AT_ONCE = 32
"""Steps in one `sendmsg`, of up to two requests each: the kernel works some 20 ms at that."""
_LOOP_SECONDS = 0.01  # of work, after which the event loop gets its turn
_HEAD_START = 0.001  # seconds of the event loop in which the tasks begin that ask the agent


def _ignore(done: Sequence[int]) -> None:
    pass


async def apply(plan: Plan, keeper: NetnsKeeper, progress: Progress = _ignore, *, before: NetworkState | None = None) -> None:
    """Carry out a plan that begins in the state the lab is in: `before`, where that is known, and all that is seen is the lab's own.

    Raises OperationError, with the lab as it was before; LabGoneError where the agent has ended.
    """
    execution = _Execution(plan, keeper, progress)
    await execution.run(until_failure=True)
    if execution.failures:
        failure = execution.failures[0]
        leftovers = await _go_back(plan, execution, keeper, before)
        raise OperationError(plan[failure.number], failure.number + 1, failure.refusal, leftovers)


async def _go_back(plan: Plan, execution: _Execution, keeper: NetnsKeeper, before: NetworkState | None) -> Plan:
    """Undo what was done. Returns what would still have to be done for that, where the way back fails too.

    Then, and where it is not known what was done, what there is now is held against what there was.
    """
    begun = sorted((*execution.done, *execution.unsure), reverse=True)
    inverses = [(number, inverse) for number in begun for inverse in plan[number].inverse()]
    undone = tuple(inverse for _, inverse in inverses)
    way_back = await _do_all_it_can(undone, keeper)
    failed = tuple(undone[left.number] for left in way_back.failures if inverses[left.number][0] not in execution.unsure)
    if before is None or not (way_back.failures or execution.unsure):
        return failed
    try:
        rest = await _difference(keeper, before)
        if (await _do_all_it_can(rest, keeper)).failures:
            return await _difference(keeper, before)
    except OSError:  # nothing can be seen any more
        return failed
    return ()


async def _do_all_it_can(plan: Plan, keeper: NetnsKeeper) -> _Execution:
    execution = _Execution(plan, keeper, _ignore)
    await execution.run(until_failure=False)
    return execution


async def _difference(keeper: NetnsKeeper, wanted: NetworkState) -> Plan:
    return diff(normalize(await observe(keeper), wanted), wanted)


class _Failure(NamedTuple):
    number: int
    refusal: Refusal


class _Execution:
    """One plan on its way into the kernel."""

    def __init__(self, plan: Plan, keeper: NetnsKeeper, progress: Progress) -> None:
        self.done: list[int] = []
        self.failures: list[_Failure] = []
        self.unsure: list[int] = []
        """Operations of which nobody knows whether they were done: the kernel's answer was lost."""
        self._plan = plan
        self._keeper = keeper
        self._progress = progress
        self._context = Context(keeper.handles, {}, group_of(keeper.mark))
        self._making: dict[Netns, asyncio.Task[None]] = {}
        """The namespaces that the agent was asked for, each with who takes its answer."""
        self._clock = asyncio.get_running_loop().time
        self._turn_ends = self._clock() + _LOOP_SECONDS

    async def run(self, *, until_failure: bool) -> None:
        """While the agent makes namespaces, what comes after is put in order, and goes on with those that there are."""
        first = count_machines(self._plan)
        try:
            await self._run(fuse(self._plan[:first]), until_failure)
            if self._making:
                await asyncio.sleep(_HEAD_START)
            if not (until_failure and self.failures):
                await self._run(fuse(self._plan[first:], first), until_failure)
            await self._until_made(self._making)
        except BaseException:
            for task in self._making.values():
                task.cancel()
            raise
        finally:
            await asyncio.gather(*self._making.values(), return_exceptions=True)

    async def _run(self, steps: Sequence[Step], until_failure: bool) -> None:
        for stage in stages(steps):
            for way, share in _shares(stage):
                await self._until_made(self._awaited(way, share))
                if until_failure and self.failures:
                    return
                work = self._carry_out(way, share, until_failure)
                if way is ops.AddNamespace:
                    task = asyncio.create_task(work)
                    self._making |= {netns: task for step in share if (netns := step.operation.place()[0])}
                else:
                    await work
                await self._breathe()

    def _awaited(self, way: Channel, steps: Sequence[Step]) -> Iterable[Netns]:
        """The namespaces that must be made before: those that links are in. What goes to the agent waits for all, which does one thing
        after another; so does a removal, since making may fail; but not one packet of namespaces for the other."""
        if isinstance(way, Netns):
            return (netns for step in steps for netns in step.namespaces if netns in self._making)
        return () if way is ops.AddNamespace else self._making

    async def _until_made(self, names: Iterable[Netns]) -> None:
        for task in dict.fromkeys(self._making[netns] for netns in names):
            await task

    async def _carry_out(self, way: Channel, steps: Sequence[Step], until_failure: bool) -> None:
        for step, _ in await self._ask(way, steps):
            if until_failure and self.failures:
                return
            await self._ask_one_by_one(step, until_failure)

    async def _ask_one_by_one(self, step: Step, until_failure: bool) -> None:
        """What was refused, again, one elementary operation at a time."""
        for number in step.numbers:
            single = elementary(number, self._plan[number])
            for _, refusal in await self._ask(channel(single), [single]):
                self.failures.append(_Failure(number, refusal))
                if until_failure:
                    return

    async def _ask(self, way: Channel, steps: Sequence[Step]) -> list[tuple[Step, Refusal]]:
        """Ask for steps that go the same way. Gives back those that were refused, in order; the others are done, or all are unsure."""
        try:
            refused = await self._ask_for(way, steps)
        except OSError as error:
            self.unsure += [number for step in steps for number in step.numbers]
            self.failures.append(_Failure(steps[0].numbers[0], Refusal(error.errno or errno.EIO, error.strerror or str(error))))
            return []
        left = {id(step) for step, _ in refused}
        numbers = [number for step in steps if id(step) not in left for number in step.numbers]
        self.done += numbers
        self._progress([number + 1 for number in numbers])
        return refused

    async def _ask_for(self, way: Channel, steps: Sequence[Step]) -> list[tuple[Step, Refusal]]:
        if isinstance(way, Netns):
            return self._ask_kernel(way, steps)
        if way is LINK_REMOVAL:
            return await remove_links(self._keeper, steps)
        return await self._ask_agent(way, steps)

    # The agent

    async def _ask_agent(self, kind: type[Operation], steps: Sequence[Step]) -> list[tuple[Step, Refusal]]:
        """One call for all of a kind. The agent does each packet of it wholly or not at all."""
        before = set(self._keeper.handles)
        try:
            await self._call_agent(kind, [step.operation for step in steps])
        except AgentError as refused:
            changed = before ^ set(self._keeper.handles)
            words = "" if refused.message == os.strerror(refused.errno) else refused.message
            return [(step, Refusal(refused.errno, words)) for step in steps if step.operation.place()[0] not in changed]
        return []

    async def _call_agent(self, kind: type[Operation], operations: Sequence[Any]) -> None:
        keeper = self._keeper
        if kind is ops.AddHost:
            await keeper.add_hosts([op.host for op in operations])
        elif kind is ops.RemoveHost:
            await keeper.remove_hosts([op.host for op in operations])
        elif kind is ops.AddNamespace:
            await keeper.add_netns([op.netns for op in operations])
        elif kind is ops.RemoveNamespace:
            await keeper.remove_netns([op.netns for op in operations])
        elif kind is ops.SetSysctl:
            await keeper.write_sysctls([(op.netns, op.key, op.value) for op in operations])
        else:
            raise TypeError(f"neither rtnetlink nor the agent knows {kind.__name__}")

    # The kernel

    def _ask_kernel(self, netns: Netns, steps: Sequence[Step]) -> list[tuple[Step, Refusal]]:
        refused = self._look_up(steps)
        batch: list[Request] = []
        sent: list[tuple[Step, range]] = []
        for step in steps:
            if id(step) not in refused:
                start = len(batch)
                batch += requests(step, self._context)
                sent.append((step, range(start, len(batch))))
        answers = transact(self._keeper.handles[netns].rtnl, batch) if batch else []
        for step, places in sent:
            refusal = next((answer for answer in (answers[place] for place in places) if isinstance(answer, Refusal)), None)
            if refusal:
                refused[id(step)] = refusal
        if self._keeper.mark:
            self._mark([interface for step, _ in sent if id(step) not in refused for interface in step.made])
        return [(step, refused[id(step)]) for step in steps if id(step) in refused]

    def _mark(self, links: Sequence[Interface]) -> None:
        """Once they are known to be made: what has the name of one that was refused is somebody else's."""
        for netns in {link.netns for link in links}:
            names = [link.name for link in links if link.netns == netns]
            marks = [rtnl.set_link(name, alias=self._keeper.mark) for name in names]
            transact(self._keeper.handles[netns].rtnl, [*marks, *(rtnl.set_group(name, 0) for name in names)])

    def _look_up(self, steps: Sequence[Step]) -> dict[int, Refusal]:
        """Read the indices that the steps need. Steps that lean on what is not there are refused here."""
        refused: dict[int, Refusal] = {}
        handles, indices = self._keeper.handles, self._context.indices
        for step in steps:
            if any(netns not in handles for netns in step.namespaces):
                refused[id(step)] = Refusal(errno.ENOENT, "There is no such namespace")
                continue
            try:
                for interface in step.needed:
                    indices[interface] = handles[interface.netns].index_of(interface.name)
            except OSError as error:
                refused[id(step)] = Refusal(error.errno or errno.ENODEV)
        return refused

    async def _breathe(self) -> None:
        if self._clock() > self._turn_ends:
            await asyncio.sleep(0)
            self._turn_ends = self._clock() + _LOOP_SECONDS


def _shares(stage: Stage) -> Iterator[tuple[Channel, Sequence[Step]]]:
    """The steps of a stage by where they go, in portions that may be asked for at once; removals last."""
    for way, steps in sorted(stage.items(), key=lambda share: share[0] is LINK_REMOVAL):
        portion = STEPS_AT_ONCE if isinstance(way, Netns) else NETNS_A_PACKET if way is ops.AddNamespace else len(steps)
        for start in range(0, len(steps), portion):
            yield way, steps[start : start + portion]
