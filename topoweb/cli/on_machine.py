"""A lab on this machine itself, in this process: what would be done, from document to checks, and away again."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from labs.document.dump import dump
from labs.document.schema import LabDocument
from labs.formats.entries import plan_entries
from labs.kernel.checks import run_checks
from labs.kernel.errors import KernelError, LabGoneError
from labs.kernel.features import require_here
from labs.kernel.machine import Machine
from labs.kernel.machine_lab import MachineLab, host_of, labs_here
from labs.kernel.record_file import find_records
from labs.kernel.refusals import OperationError
from labs.messages.status import PlanEntry
from labs.messages.worker import DesiredLab
from labs.network.compile import compile
from labs.network.operations import Plan
from labs.worker.on_machine import names_left
from labs.worker.record import Record
from topoweb.cli.labs import NotRootError
from topoweb.cli.outcome import Outcome
from topoweb.cli.progress import Progress
from topoweb.cli.running import Keep, name_of
from topoweb.statedir import kept_labs, server_labs


@asynccontextmanager
async def machine_lab(name: str, host: str = "") -> AsyncIterator[MachineLab]:
    """A lab of this machine, there or to come; its record is with those that are kept. Raises NotRootError."""
    lab = await MachineLab.hold(name, host, kept_labs())
    try:
        _require_root(lab.keeper)
        yield lab
    finally:
        lab.leave()


def _require_root(machine: Machine) -> None:
    if not machine.is_root:
        raise NotRootError("Only root may change the network of this machine", hint="Run it by sudo")


async def plan_on_machine(document: LabDocument, name: str | None) -> tuple[PlanEntry, ...]:
    desired = compile(document)
    async with machine_lab(name or name_of(document), host_of(desired)) as lab:
        current, plan = await lab.plan(desired, desired)
        return plan_entries(plan, current)


async def stop_on_machine(name: str | None) -> None:
    """None: all that the command line left. Raises NotRootError, LabGoneError, and MachineError where something leans on one."""
    async with Machine() as machine:
        _require_root(machine)
        marked = labs_here(machine)
    of_server = {record.lab for record in find_records(server_labs())}
    here = sorted({*marked, *names_left(kept_labs())} - of_server)  # of one that was killed early there is a record alone
    if name is not None and name not in here:
        raise LabGoneError(f"There is no lab {name} on this machine; there are: {', '.join(here) or 'none'}")
    for each in here if name is None else [name]:
        async with machine_lab(each) as lab:
            await lab.end()


def run_on_machine(document: LabDocument, outcome: Outcome, keep: Keep | None) -> None:
    """Build a lab on this machine, or change the one of its name that is there; run its checks; take it down or leave it.

    What comes of it, and what goes wrong, is in `outcome`. Raises KeyboardInterrupt; a lab that is built and kept stays.
    """
    name = f"run-{os.getpid()}" if keep is None else keep.name or name_of(document)
    try:
        asyncio.run(_run(document, outcome, name, keep=keep is not None))
    except KernelError as error:
        outcome.errors.append(str(error))


async def _run(document: LabDocument, outcome: Outcome, name: str, *, keep: bool) -> None:
    await require_here(document, on_machine=True)
    began = time.perf_counter()
    desired = compile(document)
    outcome.compile_seconds = time.perf_counter() - began
    async with machine_lab(name, host_of(desired)) as lab:
        _, plan = await lab.plan(desired, desired)
        outcome.operations = len(plan)
        before = await lab.get_record()
        if before and keep:
            outcome.lab = name  # it is there already, whatever becomes of the change
        wanted = _wanted(name, document)
        await lab.set_record(Record.applying(wanted, _decoded(before)).encode())  # should we be killed, it is found by its name
        try:
            with Progress(operations=len(plan), checks=len(document.checks)) as progress:
                began = time.perf_counter()
                await _apply(lab, plan, progress.applied, before)
                outcome.apply_seconds = time.perf_counter() - began
                outcome.applied = True
                if keep:
                    await lab.set_record(Record.applied(wanted).encode())
                    outcome.lab = name
                outcome.checks = await run_checks(lab, document, progress.checked, progress.waiting)
        finally:
            if not outcome.lab:
                began = time.perf_counter()
                await lab.end()
                outcome.destroy_seconds = time.perf_counter() - began


def _wanted(name: str, document: LabDocument) -> DesiredLab:
    on_machine = document.model_copy(update={"target": "machine"})
    return DesiredLab(lab=name, generation=1, version=1, running=True, document=dump(on_machine))


def _decoded(record: bytes | None) -> Record | None:
    """None too where another version of this program left it."""
    try:
        return Record.decode(record) if record else None
    except ValueError:
        return None


async def _apply(lab: MachineLab, plan: Plan, progress: Callable[[Sequence[int]], None], before: bytes | None) -> None:
    """Where it is refused, the machine is as it was, and so is the record."""
    try:
        await lab.apply(plan, progress)
    except OperationError:
        if before:
            await lab.set_record(before)
        raise
