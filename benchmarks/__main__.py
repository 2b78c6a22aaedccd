"""Measure, print a table, write `benchmarks/results.json`; exit with 1 where something falls short of what it must be.

    python -m benchmarks [--rounds 5] [GROUP ...]

What is compared is measured in turns within one run, since the machine is never the same twice. Needs cc, iproute2, brctl and util-linux;
the end of a lab can be seen from outside by root alone.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from rich.console import Console

from benchmarks import endurance, engine, fan_out, running
from benchmarks.results import Result, line, markdown, show, write

RESULTS = Path(__file__).parent / "results.json"
Group = Callable[[int], Iterable[Result]]
"""Measures something in so many rounds."""

GROUPS: dict[str, Group] = {
    "star": lambda rounds: engine.star(500, rounds),
    "large": lambda rounds: engine.large(5_000, 5, min(rounds, 3)),
    "planning": lambda _: engine.planning(10_000, 20),
    "destroy": lambda rounds: engine.destroy(500, rounds),
    "labs": lambda _: running.many_labs(),
    "link": lambda _: running.link_down(),
    "change": lambda _: running.change(500),
    "fan-out": lambda _: fan_out.fan_out(),
    "endurance": lambda _: endurance.endurance(),
}
FOR_ROOT = {"destroy"}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure Topoweb beside what else does the same.")
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=f"of {', '.join(GROUPS)} (all)")
    parser.add_argument("--rounds", type=int, default=5, help="how often what builds a network is measured (5)")
    parser.add_argument("--markdown", action="store_true", help="print the table as docs/performance.md has it")
    arguments = parser.parse_args()
    if unknown := set(arguments.groups) - GROUPS.keys():
        parser.error(f"there is no group {', '.join(sorted(unknown))}")
    console = Console(stderr=True)
    results: list[Result] = []
    for name in arguments.groups or GROUPS:
        if name in FOR_ROOT and os.geteuid() != 0:
            console.print(f"{name}: left out, since it needs root")
            continue
        console.print(f"{name} …")
        for result in GROUPS[name](arguments.rounds):
            console.print(f"  {line(result)}")
            results.append(result)
    if arguments.markdown:
        sys.stdout.write(markdown(results) + "\n")
    else:
        show(results)
    write(results, RESULTS)
    return 0 if all(result.ok for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
