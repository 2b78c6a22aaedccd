"""A lab from document to checks and away again, in this process."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Sequence

from labs.document.schema import LabDocument
from labs.kernel.checks import run_checks
from labs.kernel.errors import KernelError
from labs.kernel.executor import apply
from labs.kernel.features import require_here
from labs.kernel.lab import Completed, Lab
from labs.network.compile import compile
from labs.network.diff import diff
from labs.network.operations import Plan
from labs.network.state import EMPTY, Netns
from topoweb.cli.outcome import Outcome
from topoweb.cli.progress import Progress

Command = tuple[Netns, Sequence[str]]
"""Where, and what."""


def run_lab(document: LabDocument, command: Command | None, *, capture: bool) -> Outcome:
    """Build a lab, run its checks and then the command, take it down. What goes wrong is in the outcome's `errors`.

    The command uses this process's standard streams; with `capture` it has no input, and its output is in the outcome.
    Raises KeyboardInterrupt, with the lab taken down.
    """
    outcome = Outcome()
    began = time.perf_counter()
    plan = diff(EMPTY, compile(document))
    outcome.compile_seconds = time.perf_counter() - began
    outcome.operations = len(plan)
    try:
        asyncio.run(_run(document, plan, command, capture, outcome))
    except KernelError as error:
        outcome.errors.append(str(error))
    return outcome


async def _run(document: LabDocument, plan: Plan, command: Command | None, capture: bool, outcome: Outcome) -> None:
    await require_here(document)
    lab = await Lab.start(f"run-{os.getpid()}")
    try:
        with Progress(operations=len(plan), checks=len(document.checks)) as progress:
            began = time.perf_counter()
            await apply(plan, lab.keeper, progress.applied)
            outcome.apply_seconds = time.perf_counter() - began
            outcome.applied = True
            outcome.checks = await run_checks(lab, document, progress.checked, progress.waiting)
        if command:
            outcome.executed = await _execute(lab, *command, capture=capture)
    finally:
        began = time.perf_counter()
        await lab.end()
        outcome.destroy_seconds = time.perf_counter() - began


async def _execute(lab: Lab, netns: Netns, argv: Sequence[str], *, capture: bool) -> Completed:
    if capture:
        return await lab.run(netns, argv)
    command = await lab.execute(netns, argv, stdin=0, stdout=1, stderr=2)
    return Completed(await command.wait(), b"", b"")
