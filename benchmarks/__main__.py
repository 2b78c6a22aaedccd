"""Measure, print a table, write `benchmarks/results.json`; exit with 1 where something falls short of what it must be.

    python -m benchmarks [--namespaces 500] [--rounds 5]

Everything is measured in turns within one run, since the machine is never the same twice. Needs cc, iproute2 and util-linux.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import TypeVar

from rich.console import Console

from benchmarks import others, ours
from benchmarks.results import Result, show, write

T = TypeVar("T")
RESULTS = Path(__file__).parent / "results.json"
SLOW_ROUNDS = 2
"""In how many rounds the scripts take part, which take many times as long."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure Topoweb beside what else builds the same.")
    parser.add_argument("--namespaces", type=int, default=500, metavar="N", help="on one bridge, at most 1023 (500)")
    parser.add_argument("--rounds", type=int, default=5, help="how often all is measured (5)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        results = star_results(Path(directory), arguments.namespaces, arguments.rounds)
    show(results)
    write(results, RESULTS)
    return 0 if all(result.ok for result in results) else 1


def star_results(directory: Path, n: int, rounds: int) -> list[Result]:
    console = Console(stderr=True)
    program = others.compile_floor(directory)
    times: list[ours.Times] = []
    floors: list[float] = []
    batches: list[float] = []
    textbooks: list[float] = []
    for round_number in range(rounds):
        console.print(f"Round {round_number + 1} of {rounds}")
        floors.append(_settled(n, lambda: others.floor(program, n)))
        times.append(_settled(n, lambda: ours.build(n)))
        if round_number < SLOW_ROUNDS:
            batches.append(_settled(n, lambda: others.ip_batch(directory, n)))
            textbooks.append(_settled(n, lambda: others.textbook(directory, n)))
    applied = [each.apply for each in times]
    what = f"apply, {n} namespaces on a bridge"
    return [
        _compared(f"{what}, to the floor", applied, floors, "<= 1.5"),
        _compared(f"{what}, to ip -batch", applied, batches, "< 0.5"),
        _compared(f"{what}, to a textbook's script", applied, textbooks),
        Result("the lab's end acknowledged", max(each.end for each in times), must="< 0.2"),
        Result("from the document to the plan", median(each.plan for each in times)),
        Result("the sandbox made", median(each.start for each in times)),
        Result("the kernel read back", median(each.observe for each in times)),
    ]


def _settled(n: int, measure: Callable[[], T]) -> T:
    """Measure when the one before is gone: the kernel frees a dead sandbox in the background, and holds the rtnl lock for it."""
    time.sleep(2 + n / 250)
    return measure()


def _compared(name: str, values: list[float], baselines: list[float], must: str | None = None) -> Result:
    """The best of each: what disturbs a measurement only ever makes it longer."""
    return Result(name, min(values), baseline=min(baselines), ratio=min(values) / min(baselines), must=must)


if __name__ == "__main__":
    sys.exit(main())
