"""What is measured, as a table for people and as JSON for programs."""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

_BOUNDS: dict[str, Callable[[float, float], bool]] = {"<=": operator.le, "<": operator.lt}


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


def write(results: Iterable[Result], path: Path) -> None:
    path.write_text(json.dumps([result.as_json() for result in results], indent=2) + "\n")


def show(results: Iterable[Result]) -> None:
    table = Table(title="Benchmarks")
    table.add_column("What")
    for title in ("Value", "Baseline", "Ratio", "Must be"):
        table.add_column(title, justify="right")
    table.add_column("")
    for result in results:
        table.add_row(
            result.name,
            f"{result.value:.3f} {result.unit}",
            "" if result.baseline is None else f"{result.baseline:.3f} {result.unit}",
            "" if result.ratio is None else f"{result.ratio:.2f}",
            result.must or "",
            "" if result.must is None else "ok" if result.ok else "[red]falls short",
        )
    Console().print(table)
