"""What is measured, as a table for people and as JSON for programs."""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

_BOUNDS: dict[str, Callable[[float, float], bool]] = {"<=": operator.le, "<": operator.lt, ">=": operator.ge}


@dataclass(frozen=True)
class Result:
    """`must` bounds the ratio where there is a baseline, else the value: `<= 1.5`. None: nothing is promised."""

    name: str
    value: float
    unit: str = "s"
    baseline: float | None = None
    """What the value is compared with, in the same unit."""
    ratio: float | None = None
    must: str | None = None

    @property
    def ok(self) -> bool:
        if self.must is None:
            return True
        comparison, bound = self.must.split()
        return _BOUNDS[comparison](self.value if self.ratio is None else self.ratio, float(bound))

    def as_json(self) -> dict[str, object]:
        return {
            "name": self.name,
            "value": round(self.value, 4),
            "unit": self.unit,
            "baseline": None if self.baseline is None else round(self.baseline, 4),
            "ratio": None if self.ratio is None else round(self.ratio, 3),
            "must": self.must,
            "ok": self.ok,
        }


def compared(name: str, values: Sequence[float], baselines: Sequence[float], must: str | None = None, unit: str = "s") -> Result:
    """The best of each: what disturbs a measurement only ever makes it longer."""
    return Result(name, min(values), unit, min(baselines), min(values) / min(baselines), must)


def percentile(values: Iterable[float], percent: float) -> float:
    """The value that so many percent of them do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def write(results: Iterable[Result], path: Path) -> None:
    path.write_text(json.dumps([result.as_json() for result in results], indent=2) + "\n")


def line(result: Result) -> str:
    """As it comes, before the table."""
    return "  ".join(filter(None, _row(result)))


def show(results: Iterable[Result]) -> None:
    """On the terminal."""
    table = Table(title="Benchmarks")
    table.add_column("What")
    for title in ("Value", "Baseline", "Ratio", "Must be"):
        table.add_column(title, justify="right")
    table.add_column("")
    for result in results:
        table.add_row(*_row(result), style=None if result.ok else "red")
    Console().print(table)


def markdown(results: Iterable[Result]) -> str:
    lines = ["| what | value | baseline | ratio | must be | |", "| --- | ---: | ---: | ---: | --- | --- |"]
    return "\n".join([*lines, *(f"| {' | '.join(_row(result))} |" for result in results)])


def _row(result: Result) -> tuple[str, ...]:
    return (
        result.name,
        _amount(result.value, result.unit),
        "" if result.baseline is None else _amount(result.baseline, result.unit),
        "" if result.ratio is None else f"{result.ratio:.3g}",
        result.must or "",
        "" if result.must is None else "ok" if result.ok else "falls short",
    )


def _amount(value: float, unit: str) -> str:
    return f"{value:.3g} {unit}" if value < 1000 else f"{value:,.0f} {unit}"
