"""The engine by itself: compile, diff, apply, observe and destroy, beside the C floor and what people would type."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from statistics import median
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
from labs.network.state import EMPTY

T = TypeVar("T")
_clock = time.perf_counter
REST = 5
"""Seconds after which a network that was just made has come to rest, and its namespaces are listed: until then the kernel looks for
duplicate addresses and brings ports up, and a listing waits for its locks, ours and the C program's."""
LOOKS = 5
"""At one network; the C program lists it as often. One look takes less than the machine's moods."""
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

    The small one is done a hundred times over: what takes a moment may have it at a better time than what takes seconds.
    """
    turns = [(_plan_cost(n // 100, 1, 100), _plan_cost(n, bridges)) for _ in range(3)]
    small, whole = (min(costs, key=lambda cost: cost.seconds) for costs in zip(*turns, strict=True))
    what = f"{n:,} namespaces on {bridges} bridges"
    yield Result(f"{what}: compile and plan", whole.seconds, must="< 2")
    yield Result(f"{what}: memory of the process", whole.memory / 1e6, "MB", must="< 1000")
    yield Result(
        f"compile and plan: cost of a node at {n:,} to that at {n // 100}",
        whole.seconds / n * 1e6,
        "µs",
        small.seconds / (n // 100) * 1e6,
        whole.seconds / n / (small.seconds / (n // 100)),
        "<= 1.3",
    )
    yield Result(f"{what}: diff of one link more, to a full plan", whole.change, "s", whole.diff, whole.change / whole.diff, "< 0.1")


class PlanCost(NamedTuple):
    """Seconds, the best of some rounds; bytes."""

    seconds: float
    diff: float
    change: float
    """The diff from a network to one with a link more."""
    memory: int


def _plan_cost(n: int, bridges: int, times: int = 1) -> PlanCost:
    code = f"from benchmarks.engine import plan_cost; print(*plan_cost({n}, {bridges}, {times}))"
    output = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    return PlanCost(float(output[0]), float(output[1]), float(output[2]), int(output[3]))


def plan_cost(n: int, bridges: int, times: int) -> PlanCost:
    """Each round so many times over, measured in this process, whose memory counts as all of it."""
    whole, longer = networks.star(n, bridges), networks.star(n + 1, bridges)
    after = compile(longer)
    seconds, diffs, changes = [], [], []
    for _ in range(3):
        compiling = planning = changing = 0.0
        for _ in range(times):
            begin = _clock()
            desired = compile(whole)
            compiled = _clock()
            diff(EMPTY, desired)
            planned = _clock()
            diff(desired, after)
            compiling += compiled - begin
            planning += planned - compiled
            changing += _clock() - planned
        seconds.append((compiling + planning) / times)
        diffs.append(planning / times)
        changes.append(changing / times)
    return PlanCost(min(seconds), min(diffs), min(changes), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)


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
