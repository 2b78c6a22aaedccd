"""A lab from document to checks, in this process; and away again, if it is not kept."""

from __future__ import annotations

import asyncio
import itertools
import os
import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from labs.document.dump import dump
from labs.document.schema import LabDocument
from labs.kernel.errors import KernelError, LabExistsError
from labs.kernel.executor import apply
from labs.kernel.features import require_here
from labs.kernel.lab import Completed, Lab, prepare
from labs.network.compile import compile
from labs.network.diff import diff
from labs.network.operations import Plan
from labs.network.state import EMPTY, Netns
from labs.worker.record import Phase, Record
from topoweb.cli.outcome import Outcome
from topoweb.cli.progress import Progress
from topoweb.statedir import kept_labs

Command = tuple[Netns, Sequence[str]]
"""Where, and what."""


@dataclass(frozen=True, slots=True)
class Keep:
    """Leave the lab running."""

    name: str | None
    """None: one that is made of the document's."""


def run_lab(document: LabDocument, command: Command | None, outcome: Outcome, *, capture: bool, keep: Keep | None) -> None:
    """Build a lab, run its checks and then the command, take it down or leave it. What comes of it, and what goes wrong, is in `outcome`.

    The command uses this process's standard streams; with `capture` it has no input, and its output is in the outcome.
    Raises KeyboardInterrupt; a lab that is built and kept stays.
    """
    prepare()
    began = time.perf_counter()
    plan = diff(EMPTY, compile(document))
    outcome.compile_seconds = time.perf_counter() - began
    outcome.operations = len(plan)
    try:
        asyncio.run(_run(document, plan, command, outcome, capture=capture, keep=keep))
    except KernelError as error:
        outcome.errors.append(str(error))


async def _run(document: LabDocument, plan: Plan, command: Command | None, outcome: Outcome, *, capture: bool, keep: Keep | None) -> None:
    await require_here(document)
    lab = await (_start_kept(document, keep) if keep else Lab.start(f"run-{os.getpid()}"))
    try:
        with Progress(operations=len(plan), checks=len(document.checks)) as progress:
            began = time.perf_counter()
            await apply(plan, lab.keeper, progress.applied)
            outcome.apply_seconds = time.perf_counter() - began
            outcome.applied = True
            if keep:
                await lab.keeper.set_record(_record(document, "applied"))
                outcome.lab = lab.name
            if document.checks:
                from labs.kernel.checks import run_checks

                outcome.checks = await run_checks(lab, document, progress.checked, progress.waiting)
        if command:
            outcome.executed = await _execute(lab, *command, capture=capture)
    finally:
        if outcome.lab:
            lab.leave()
        else:
            began = time.perf_counter()
            await lab.end()
            outcome.destroy_seconds = time.perf_counter() - began


async def _start_kept(document: LabDocument, keep: Keep) -> Lab:
    """Raises LabExistsError where the name that is asked for is taken."""
    for name in [keep.name] if keep.name else _names(document):
        try:
            lab = await Lab.start(name, directory=kept_labs(), keep=True)
        except LabExistsError:
            if keep.name:
                raise
        else:
            await lab.keeper.set_record(_record(document, "applying"))  # should we be killed, `topoweb apply` goes on
            return lab
    raise AssertionError("there is no end of names")


def _names(document: LabDocument) -> Iterable[str]:
    """Names for a lab, from the name of its document."""
    name = name_of(document)
    yield name
    for number in itertools.count(2):
        yield f"{name}-{number}"


def name_of(document: LabDocument) -> str:
    """What a lab is called that is given no name."""
    return re.sub(r"[^a-z0-9]+", "-", document.name.lower()).strip("-")[:50].strip("-") or "lab"


def _record(document: LabDocument, phase: Phase) -> bytes:
    return Record(generation=1, version=1, phase=phase, document=dump(document)).encode()


async def _execute(lab: Lab, netns: Netns, argv: Sequence[str], *, capture: bool) -> Completed:
    if capture:
        return await lab.run(netns, argv)
    command = await lab.execute(netns, argv, stdin=0, stdout=1, stderr=2)
    return Completed(await command.wait(), b"", b"")
