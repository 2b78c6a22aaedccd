"""The engine by itself: compile, diff, apply, observe and destroy, beside the C floor and what people would type."""

from __future__ import annotations

import asyncio
import functools
import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from statistics import mean, median
from typing import NamedTuple, TypeVar

from benchmarks import networks, others
from benchmarks.results import Result, compared
from benchmarks.sentinels import Sentinels
from labs.document.schema import LabDocument
from labs.formats.document_text import dump_yaml
from labs.kernel.executor import apply
from labs.kernel.lab import Lab
from labs.kernel.limits import DEFAULT
from labs.kernel.observe import observe
from labs.network.compile import compile
from labs.network.diff import diff
from labs.network.normal import normalize
from labs.network.state import EMPTY, NetworkState

T = TypeVar("T")
_clock = time.perf_counter
REST = 5
"""Seconds after which a network that was just made has come to rest, and its namespaces are listed: until then the kernel looks for
duplicate addresses and brings ports up, and a listing waits for its locks, ours and the C program's."""
LOOKS = 5
"""At one network; the C program lists it as often. One look takes less than the machine's moods."""
PLANNINGS = 9
"""Rounds. Each takes less than a second of the processor alone, which gives a guest more or less of itself from one to the next."""
_LIMITS = DEFAULT._replace(namespaces=6_000, memory=4 << 30)


class Times(NamedTuple):
    """Seconds."""

    start: float
    """Of the sandbox."""
    apply: float
    observe: float
    end: float
    """Until the lab's end is acknowledged."""


def settled(n: int, measure: Callable[[], T]) -> T:
    """Measure when the one before is gone: the kernel frees a dead sandbox in the background, and holds the rtnl lock for it."""
    time.sleep(2 + n / 250)
    return measure()


def star(n: int, rounds: int) -> Iterator[Result]:
    """A star is built by ours, by the floor and by scripts, in turns."""
    floors, knowing, ours, programs, batches, textbooks = [], [], [], [], [], []
    with _star_file(n) as path:
        for _ in range(rounds):
            floors.append(settled(n, lambda: others.floor(n, rest=REST)))
            knowing.append(settled(n, lambda: others.floor(n, way="knowing")).build)
            ours.append(settled(n, lambda: asyncio.run(_build(networks.star(n), REST))))
            programs.append(settled(n, lambda: _program("run", path)))
            batches.append(settled(n, lambda: others.ip_batch(n)))
            textbooks.append(settled(n, lambda: others.textbook(n)))
    applied, floor = [times.apply for times in ours], [each.build for each in floors]
    what = f"star of {n} namespaces on a bridge"
    yield compared(f"{what}: apply, to the C floor", applied, floor, "<= 1.2")
    yield compared(f"{what}: apply, to a C floor that knows the kernel as apply does", applied, knowing)
    yield compared(f"{what}: apply, to the article's way", applied, textbooks, "< 0.04")
    yield compared(f"{what}: apply, to ip -batch", applied, batches, "< 0.5")
    yield compared(f"{what}: topoweb run, all of the process, to the C floor", programs, floor, "<= 2.5")
    yield compared(f"{what}: observe, to a C program that lists it", [times.observe for times in ours], [f.dump for f in floors], "<= 3")
    yield Result(f"{what}: the sandbox made", median(times.start for times in ours))


def large(n: int, bridges: int, rounds: int) -> Iterator[Result]:
    """Many namespaces in one lab."""
    floors, ours = [], []
    for _ in range(rounds):
        floors.append(settled(n, lambda: others.floor(n, bridges)).build)
        ours.append(settled(n, lambda: asyncio.run(_build(networks.star(n, bridges)))).apply)
    yield compared(f"{n:,} namespaces on {bridges} bridges in one lab: apply, to the C floor", ours, floors, "<= 1.3")


async def _build(document: LabDocument, rest: int = 0) -> Times:
    """The fastest of LOOKS is measured, after a first one. Raises AssertionError where the kernel does not hold what was drawn."""
    desired = compile(document)
    plan = diff(EMPTY, desired)
    begin = _clock()
    lab = await Lab.start(f"benchmark-{os.getpid()}", limits=_LIMITS)
    started = _clock()
    try:
        await apply(plan, lab.keeper)
        applied = _clock()
        await asyncio.sleep(rest)
        assert normalize(await observe(lab.keeper), desired) == desired
        looks = [await _seconds(observe(lab.keeper)) for _ in range(LOOKS)]
    finally:
        ending = _clock()
        await lab.end()
    return Times(started - begin, applied - started, min(looks), _clock() - ending)


async def _seconds(work: Awaitable[object]) -> float:
    begin = _clock()
    await work
    return _clock() - begin


@contextmanager
def _star_file(n: int) -> Iterator[str]:
    path = others.scratch() / "star.yaml"
    path.write_text(dump_yaml(networks.star(n)))
    yield str(path)


def _program(*arguments: str) -> float:
    """As somebody has it who runs it more than once: what Python has compiled it keeps."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    begin = _clock()
    subprocess.run([sys.executable, "-m", "topoweb.cli", *arguments], check=True, stdout=subprocess.DEVNULL, env=environment)
    return _clock() - begin


# Without a kernel


def planning(n: int, bridges: int) -> Iterator[Result]:
    """Compile and diff, each size in a process of its own, in turns; the cost of a node must not grow with their number.

    The small one is done as often as there are small ones in the large one, so that a round takes as long.
    """
    few, times = n // 100, 100
    with _process() as one, _process() as other:
        rounds = [(one.submit(plan_cost, few, 1, times).result(), other.submit(plan_cost, n, bridges).result()) for _ in range(PLANNINGS)]
    small, whole = [small for small, _ in rounds], [whole for _, whole in rounds]
    what = f"{n:,} namespaces on {bridges} bridges"
    yield Result(f"{what}: compile and plan", min(cost.seconds for cost in whole), must="< 2")
    yield Result(f"{what}: memory of the process", max(cost.memory for cost in whole) / 1e6, "MB", must="< 1000")
    yield compared(
        f"compile and plan: cost of a node at {n:,} to that at {few}",
        [cost.seconds / n * 1e6 for cost in whole],
        [cost.seconds / few * 1e6 for cost in small],
        "<= 1.3",
        "µs",
    )
    yield compared(
        f"{what}: diff of one link more, to a full plan", [cost.change for cost in whole], [cost.diff for cost in whole], "< 0.1"
    )


def _process() -> ProcessPoolExecutor:
    """Another process, with nothing of this one's memory."""
    return ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))


class PlanCost(NamedTuple):
    """Seconds, the mean of so many times; bytes."""

    compile: float
    diff: float
    change: float
    """The diff from a network to one with a link more."""
    memory: int
    """Of the whole process, at most."""

    @property
    def seconds(self) -> float:
        return self.compile + self.diff


def plan_cost(n: int, bridges: int, times: int = 1) -> PlanCost:
    """To be called in a process of its own."""
    whole, longer = _networks(n, bridges)
    steps = zip(*(_plan(whole, longer) for _ in range(times)), strict=True)
    return PlanCost(*map(mean, steps), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)


@functools.cache
def _networks(n: int, bridges: int) -> tuple[LabDocument, NetworkState]:
    """A star, and what it means with a link more."""
    return networks.star(n, bridges), compile(networks.star(n + 1, bridges))


def _plan(whole: LabDocument, longer: NetworkState) -> tuple[float, float, float]:
    """How long it takes to compile, to plan, and to plan a change; what was made is freed afterwards."""
    begin = _clock()
    desired = compile(whole)
    compiled = _clock()
    plan = diff(EMPTY, desired)
    planned = _clock()
    change = diff(desired, longer)
    changed = _clock()
    assert len(plan) > len(change) > 0
    return compiled - begin, planned - compiled, changed - planned


# The end


def destroy(n: int, rounds: int) -> Iterator[Result]:
    """The end of a lab as we end it, beside a bare kill of its PID 1: when it is acknowledged, and when the kernel has freed all of it."""
    ours, bare = [], []
    for _ in range(rounds):
        bare.append(settled(n, lambda: asyncio.run(_end(n, _kill))))
        ours.append(settled(n, lambda: asyncio.run(_end(n, Lab.end))))
    what = f"destroy of {n} namespaces"
    yield Result(f"{what}: acknowledged", max(times.acknowledged for times in ours), must="< 0.2")
    yield compared(f"{what}: all gone, to a bare kill", [times.gone for times in ours], [times.gone for times in bare], "<= 1.5")


class EndTimes(NamedTuple):
    """Seconds."""

    acknowledged: float
    gone: float


async def _end(n: int, end: Callable[[Lab], Awaitable[None]]) -> EndTimes:
    lab = await Lab.start(f"benchmark-{os.getpid()}")
    try:
        await apply(diff(EMPTY, compile(networks.star(n))), lab.keeper)
        with Sentinels(lab.handles.values()) as sentinels:
            begin = _clock()
            await end(lab)
            acknowledged = _clock() - begin
            sentinels.wait_until_gone()
            return EndTimes(acknowledged, _clock() - begin)
    finally:
        lab.leave()


async def _kill(lab: Lab) -> None:
    os.kill(lab.keeper.pid, signal.SIGKILL)
    await lab.keeper.closed.wait()
