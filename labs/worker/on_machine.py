"""Labs on the machine itself: which of them this worker may touch, and those that an earlier one left."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from labs.document.errors import DocumentError
from labs.formats.entries import plan_entries
from labs.kernel.features import MACHINE, require_feature
from labs.kernel.machine_lab import MachineError, MachineLab, host_of
from labs.kernel.record_file import RecordFile, find_records
from labs.messages.status import Features, PlanEntry
from labs.network.reasons import Reason
from labs.worker.drawing import Drawing, drawn
from labs.worker.record import Record


async def hold(name: str, drawing: Drawing, directory: Path, features: Features) -> MachineLab:
    """A lab that is there, or is to come. Raises FeatureMissingError where this worker may not touch the machine; MachineError."""
    require_feature(MACHINE, features)
    return await MachineLab.hold(name, host_of(drawing.network), directory)


async def hold_again(name: str, directory: Path, features: Features) -> MachineLab | None:
    """One that was left, None where there is none. Raises FeatureMissingError as `hold`."""
    data = RecordFile.of(directory, name).read()
    if data is None:
        return None
    require_feature(MACHINE, features)
    return await MachineLab.hold(name, _host(data), directory)


def _host(record: bytes) -> str:
    """What a lab calls the machine; of a record that another version of this program left, nobody needs to know."""
    try:
        return host_of(drawn(Record.decode(record).document).network)
    except (ValueError, DocumentError):
        return ""


def names_left(directory: Path) -> Iterator[str]:
    """The labs that an earlier worker left on this machine. What says so of another machine is removed: its labs ended with it."""
    for record in find_records(directory):
        if record.read() is None:
            record.remove()
        else:
            yield record.lab


async def preview(name: str, drawing: Drawing, directory: Path, features: Features) -> tuple[PlanEntry, ...]:
    """What would be done to run a lab that does not. Raises as `hold`, and MachineError with all that is in the way."""
    lab = await hold(name, drawing, directory, features)
    try:
        current, plan = await lab.plan(drawing.network, drawing.state)
        return plan_entries(plan, current)
    finally:
        lab.leave()


async def end_labs_on_machine(directory: Path) -> None:
    """End all that a worker left, whoever asks. Raises MachineError, at the end, where something else would go with one."""
    in_the_way: list[Reason] = []
    for name in names_left(directory):
        lab = await hold_again(name, directory, Features())
        if lab is None:
            continue
        try:
            await lab.end()
        except MachineError as error:
            lab.leave()
            in_the_way += error.reasons
    if in_the_way:
        raise MachineError(in_the_way)
