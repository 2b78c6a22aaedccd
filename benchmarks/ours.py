"""The star as Topoweb builds it: drawn, compiled, planned, applied in a sandbox, observed, taken down."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from benchmarks import star
from labs.document.schema import LabDocument
from labs.kernel.executor import apply
from labs.kernel.lab import Lab
from labs.kernel.observe import observe
from labs.network.compile import compile
from labs.network.diff import diff
from labs.network.normal import normalize
from labs.network.state import EMPTY


@dataclass(frozen=True)
class Times:
    """Seconds."""

    plan: float
    """From the document to the plan."""
    start: float
    """Of the sandbox."""
    apply: float
    observe: float
    end: float
    """Until the lab's end is acknowledged."""


def build(n: int) -> Times:
    """Raises AssertionError where the kernel does not hold what was drawn."""
    return asyncio.run(_build(star.document(n)))


async def _build(document: LabDocument) -> Times:
    clock = time.perf_counter
    begin = clock()
    desired = compile(document)
    plan = diff(EMPTY, desired)
    planned = clock()
    lab = await Lab.start("benchmark")
    started = clock()
    await apply(plan, lab.keeper)
    applied = clock()
    observed = await observe(lab.keeper)
    seen = clock()
    assert normalize(observed, desired) == desired
    ending = clock()
    await lab.end()
    return Times(planned - begin, started - planned, applied - started, seen - applied, clock() - ending)
