"""One lab on this machine: brought, step by step, to what the server wants.

Level-triggered: each step compares what is wanted with what is there (the lab, and the record that its agent keeps) and does what is
missing. So a message may be lost, repeated or late, and this process may die at any instant.

- absent, and wanted to run: start it, and build the document
- there, its record of an older generation: change it to the document, from what is observed
- there, its record says `applying`: a worker died on the way; go on
- not wanted: end it
- else: leave it alone. What somebody changed by hand is not undone, and a generation that failed is final.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from labs.document.parse import parse
from labs.formats.entries import plan_entries
from labs.kernel.errors import KernelError, LabExistsError, LabGoneError
from labs.kernel.features import FeatureMissingError, require
from labs.kernel.lab import Lab
from labs.kernel.machine_lab import MachineError
from labs.kernel.neighbours import forget_gone
from labs.kernel.refusals import OperationError
from labs.kernel.running import RunningLab
from labs.kernel.watch import Watch
from labs.messages.status import LabStatus, Reason, RunError, RunState, RunStatus
from labs.messages.worker import DesiredLab
from labs.network.diff import diff
from labs.network.operations import Plan
from labs.network.state import EMPTY, NetworkState
from labs.worker import on_machine
from labs.worker.drawing import Drawing, drawn
from labs.worker.drift import repaired
from labs.worker.errors import ElsewhereError, NotRunningError, run_error
from labs.worker.observed import observed_state
from labs.worker.record import Record
from labs.worker.repairs import Repair, Repairs
from labs.worker.run_report import RunReport
from labs.worker.status import Feed
from labs.worker.sudden_ends import ENDED, PUT_BACK, REBUILT, SuddenEnds
from labs.worker.surroundings import Surroundings
from labs.worker.terminals import Terminals

logger = logging.getLogger(__name__)

TAKE_BACK_AFTER = 1.0
"""Seconds that whoever takes a lab over has to do something in it, before this worker takes it back."""
END_AGAIN = 5.0
"""Seconds after which what could not be taken down is tried again."""
TRY_AGAIN = 1.0
"""Seconds after what went wrong in this process itself."""
WATCHED_OPERATIONS = 100
"""An apply of more is not watched meanwhile: to read the lab anew afterwards takes less. Nor is one to the machine itself, where
descriptors come and go in a thread."""


class Runner:
    def __init__(self, name: str, surroundings: Surroundings) -> None:
        self.name = name
        self.lab: RunningLab | None = None
        self.terminals: Terminals | None = None
        """Those of `lab`; on the machine itself it has none."""
        self.record: Record | None = None
        self.report = RunReport(partial(surroundings.report, name))
        self.feed: Feed | None = None
        self.finished = False
        """It is not wanted any more, and gone."""
        self._watch: Watch | None = None
        """Of `lab`, while somebody looks: it goes on from feed to feed."""
        self._surroundings = surroundings
        self._wanted: DesiredLab | None = None
        self._unwanted = False
        self._watched = False
        self._changed = asyncio.Event()
        self._given_up: int | None = None
        """A generation that failed while no lab was there to keep the record."""
        self._ends = SuddenEnds()
        self._put_back: tuple[DesiredLab, RunError] | None = None
        """What it was before the change at which it ended, once that is wanted again, and why."""
        self._drawing: tuple[Record, Drawing] | None = None
        self._repairs = Repairs()

    # What others want

    def want(self, wanted: DesiredLab | None) -> None:
        """What should be of the lab; None: it should not be here."""
        self._wanted, self._unwanted = wanted, wanted is None
        self._changed.set()

    def watch(self, watched: bool) -> None:
        self._watched = self.report.is_watched = watched
        self._changed.set()

    async def repair(self, entries: Sequence[str] | None) -> None:
        """Undo what was done by hand, in its turn: never while the lab is built or changed. Raises RefusedError or KernelError."""
        done = self._repairs.add(entries)
        self._changed.set()
        await done

    @property
    def _socket(self) -> Path:
        return self._surroundings.directory / f"{self.name}.sock"

    @property
    def is_up(self) -> bool:
        return self.lab is not None and not self.lab.closed.is_set()

    @property
    def drawing(self) -> Drawing | None:
        """The document that the lab was built from last, looked up."""
        if self.record is None:
            return None
        if self._drawing is None or self._drawing[0] is not self.record:
            self._drawing = self.record, drawn(self.record.document)
        return self._drawing[1]

    async def adopt(self, lab: RunningLab) -> None:
        """Take over a lab that an earlier worker left; one of another version of this program is ended, to be built anew."""
        self._hold(lab)
        try:
            record = await self._take_over(lab)
        except ValueError:
            logger.warning("Lab %s was left by another version of this program: it is built anew", self.name)
            await self._end_lab()
            return
        if record is None:  # its worker died before it began to build
            return
        self.record = record
        self.report.resume(record)

    async def _take_over(self, lab: RunningLab) -> Record | None:
        """Raises ValueError where it is of another version."""
        if isinstance(lab, Lab) and not lab.keeper.is_of_this_version:
            raise ValueError("The agent does not understand all that it may be asked")
        if self.terminals:
            await self.terminals.take_over()
        data = await lab.get_record()
        if data is None:
            return None
        record = Record.decode(data)
        for document in filter(None, (record.document, record.previous)):
            parse(document)
        return record

    async def bring(self, wanted: DesiredLab) -> RunStatus:
        """For who adopted a lab for one change: make it, and return what came of it. Raises LabGoneError where the lab ends meanwhile."""
        lab = self.lab
        await self._bring(wanted)
        if lab is not None and self.lab is lab and not self.is_up:
            raise LabGoneError("The lab ended while it was changed", hint="Run it again")
        return self.report.run

    def leave(self) -> None:
        """The lab goes on."""
        self.let_go_of_terminals()
        if self.lab:
            self.lab.leave()

    async def work(self) -> None:
        """Go on until the lab is not wanted and gone. Cancelled, it leaves the lab as it is."""
        try:
            while not self.finished:
                self._changed.clear()
                try:
                    await self._step()
                    await self._keep_feed()
                except (OSError, KernelError):  # descriptors may be scarce for a moment: look again at what is wanted and what is there
                    logger.exception("Lab %s could not be looked after; trying again", self.name)
                    await asyncio.sleep(TRY_AGAIN)
                    continue
                if not self.finished and not self._repairs:
                    await self._wait()
        finally:
            self._repairs.refuse()
            await self._stop_feed()

    async def _wait(self) -> None:
        """Until something is wanted, or the lab ends by itself."""
        events = [self._changed, *([self.lab.closed] if self.lab else [])]
        waiting = [asyncio.ensure_future(event.wait()) for event in events]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()

    # One step

    async def _step(self) -> None:
        if self.lab and not self.is_up:
            await self._come_back()
        wanted, record = self._wanted, self.record
        if self._unwanted or (wanted and not wanted.running):
            await self._take_down(wanted)
        elif wanted and self._is_due(wanted):
            await self._bring(wanted)
        elif record and record.phase == "applying":
            await self._bring(record.as_wanted(self.name))
        elif self._repairs:
            await self._repair(self._repairs.next())
        elif wanted and wanted.generation != self.report.run.generation and self._given_up != wanted.generation and not wanted.failed:
            self.report.send()  # a late message: say again what is

    def _is_due(self, wanted: DesiredLab) -> bool:
        if wanted.failed or wanted.generation == self._given_up:
            return False
        if not self.is_up or self.record is None:
            return True
        begun = self.record.phase == "applying" and self.record.generation == wanted.generation
        return begun or self.record.generation < wanted.generation

    async def _come_back(self) -> None:
        """The connection to the lab's agent was cut: by somebody who took the lab for a moment, or since it ended."""
        await self._stop_feed()
        await asyncio.sleep(TAKE_BACK_AFTER)
        try:
            await self.adopt(await Lab.attach(self._socket))
        except LabGoneError:
            self._note_sudden_end()

    def _note_sudden_end(self) -> None:
        self._ends.note()
        logger.warning("Lab %s ended by itself", self.name)
        generation = self.record.generation if self.record else self.report.run.generation
        if self.record:
            self._ends.before = self.record.before(self._wanted.generation if self._wanted else self.report.run.generation)
        self.let_go_of_terminals()
        self.lab = self.record = None
        if self._watched:
            self._show(LabStatus(), True)  # what was seen in it is void
        if self._ends.are_too_many:
            self._stop_ending(generation)

    def _stop_ending(self, generation: int) -> None:
        """Where it is a change that ends it, as one does that needs more memory than a lab may have, it is built as it was before."""
        if self._ends.before:
            self._ends.count_anew()
            self._go_back_to(self._ends.before, generation, PUT_BACK)
        else:
            self._give_up(generation, ENDED)

    def _go_back_to(self, before: Record, generation: int, error: RunError) -> None:
        """Once: what cannot be built either is given up."""
        self._ends.before = None
        self._put_back = self._want_again(before, generation), error
        self._changed.set()

    async def _bring(self, wanted: DesiredLab) -> None:
        """Make the lab what is wanted, or report why not."""
        if wanted.generation != self.report.run.generation:
            self._ends.count_anew()
        self._ends.is_rebuilt = not self.is_up and (self._ends.is_rebuilt or wanted.ran)
        await self._pause_feed()
        try:
            drawing = drawn(wanted.document)
            require(drawing.document, self._surroundings.features)
            self._require_place(drawing)
            if self.is_up and self.record:
                before: NetworkState | None = await self._change(wanted, drawing)
            else:
                await self._stop_feed()  # it was of a lab that has gone
                before = await self._build(wanted, drawing)
        except LabGoneError:
            logger.warning("Lab %s ended while it was worked on", self.name)
            self._changed.set()
        except LabExistsError:  # it goes on without us, since it could not be taken over when this worker began
            await self.adopt(await Lab.attach(self._socket))
            if self.record:
                self.report.send()
            self._changed.set()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is reported, and the other labs go on
            await self._failed(wanted, run_error(error))
        else:
            await self._done(wanted)
            if before is not None:
                await self._forget_gone(before, drawing.state)

    async def _done(self, wanted: DesiredLab) -> None:
        remark = REBUILT if self._ends.is_rebuilt else None
        self._ends.forget()
        if self.record and self._put_back and self._put_back[0] is wanted:
            error = self._put_back[1]
            await self._go_on(self.record.model_copy(update={"phase": "failed", "error": error}), error)
        else:
            self.report.succeed(wanted, remark)

    def _require_place(self, drawing: Drawing) -> None:
        if self.lab and self.is_up and self.lab.target != drawing.document.target:
            raise ElsewhereError()

    async def _build(self, wanted: DesiredLab, drawing: Drawing) -> NetworkState | None:
        """Returns what was there before, where something may have been."""
        directory, features = self._surroundings.directory, self._surroundings.features
        if drawing.document.target == "machine":
            if not self.is_up:
                self._hold(await on_machine.hold(self.name, drawing, directory, features))
            return await self._change(wanted, drawing, "starting")  # some of it may be there
        plan = diff(EMPTY, drawing.state)
        self.report.begin("starting", wanted, plan, EMPTY)
        if not self.is_up:
            self._hold(await Lab.start(self.name, directory=directory, keep=True))
        await self._carry_out(wanted, plan, None)
        return None

    async def _change(self, wanted: DesiredLab, drawing: Drawing, state: RunState = "applying") -> NetworkState:
        """Returns what was there before."""
        assert self.lab is not None
        is_on_its_way = self.record is None or self.record.phase == "applying"
        base = (self.drawing if self.drawing and not is_on_its_way else drawing).state
        current, plan = await self.lab.plan(drawing.network, base)
        self.report.begin(state, wanted, plan, current, base)
        if self.lab.target == "machine" or len(plan) > WATCHED_OPERATIONS:
            await self._stop_feed()
        await self._carry_out(wanted, plan, current)
        return current

    async def _carry_out(self, wanted: DesiredLab, plan: Plan, current: NetworkState | None) -> None:
        assert self.lab is not None
        before = self.record
        await self._keep_record(Record.applying(wanted, before))
        try:
            await self.lab.apply(plan, self.report.note_progress, before=current)
        except BaseException:
            self.record = before
            raise
        await self._keep_record(Record.applied(wanted))

    async def _forget_gone(self, before: NetworkState, after: NetworkState) -> None:
        """The change itself is done, and stays so where this fails."""
        assert self.lab is not None
        await asyncio.sleep(0)  # what was reported is sent first
        try:
            await forget_gone(self.lab.keeper, before, after)
        except OSError:
            logger.exception("Lab %s: neighbours that have gone could not be forgotten", self.name)

    # Repair

    async def _repair(self, repair: Repair) -> None:
        """What was run before goes on, whether this succeeds or is rolled back."""
        run, plan = self.report.run, self.report.plan
        try:
            await self._undo_drift(repair.entries)
            run = run.model_copy(update={"error": await self._less_leftovers(run.error)})
        except Exception as error:  # noqa: BLE001 - it is its answer
            repair.answer(error)
        else:
            repair.answer(None)
        if self.is_up:
            self.report.run, self.report.plan = run, plan
            self.report.send(with_plan=True)

    async def _undo_drift(self, entries: Sequence[str] | None) -> None:
        lab, drawing, record = self.lab, self.drawing, self.record
        if lab is None or drawing is None or record is None or not self.is_up:
            raise NotRunningError()
        wanted = drawing.state
        if entries is not None:
            wanted = repaired(wanted, await observed_state(lab, wanted), entries)
        seen, plan = await lab.plan(wanted, drawing.state)
        self.report.begin("applying", record.as_wanted(self.name), plan, seen, drawing.state)
        await lab.apply(plan, self.report.note_progress, before=seen)
        await self._forget_gone(seen, wanted)

    async def _less_leftovers(self, error: RunError | None) -> RunError | None:
        """Why the last run failed, with what of it is still left over after a repair."""
        if error is None or not error.leftovers or self.record is None:
            return error
        done = {entry.summary for entry in self.report.plan or ()}
        left = tuple(entry for entry in error.leftovers if entry.summary not in done)
        error = error.model_copy(update={"leftovers": left})
        await self._keep_record(self.record.model_copy(update={"error": error}))
        return error

    async def _failed(self, wanted: DesiredLab, error: RunError) -> None:
        """The plan was rolled back: a lab that was there stays, as before but for leftovers; one that was to be made goes."""
        if self.record and not self.is_up:  # it ended while what failed was undone
            self._ends.before = self.record.before(wanted.generation)
        record = self.record if self.is_up else None
        if record and record.phase == "applying":
            record, error = await self._go_back(record, error)
        if record:
            await self._go_on(record.model_copy(update={"generation": wanted.generation, "phase": "failed", "error": error}), error)
            return
        error = await self._end_failed(error)
        if self._ends.before:
            self._go_back_to(self._ends.before, wanted.generation, error)
        else:
            self._give_up(wanted.generation, error)

    async def _go_on(self, failed: Record, error: RunError) -> None:
        """With the lab as it is; should it end, it is that which is built again."""
        with suppress(LabGoneError):
            await self._keep_record(failed)
        self._want_again(failed, failed.generation)
        self._ends.is_rebuilt = False
        self.report.fail(failed.generation, error, failed.version)

    def _want_again(self, before: Record, generation: int) -> DesiredLab:
        """What was before, in the place of what failed, unless something newer is wanted."""
        again = before.as_wanted(self.name).model_copy(update={"generation": generation})
        if self._wanted and self._wanted.generation == generation:
            self._wanted = again
        return again

    async def _end_failed(self, error: RunError) -> RunError:
        """One that was never built to its end goes. With what keeps it there, where it is on the machine itself."""
        try:
            await self._end_lab()
        except (MachineError, OperationError) as left:
            logger.exception("Lab %s can neither be built nor be taken down", self.name)
            return error.model_copy(update={"reasons": (*_reasons(error), *_reasons(run_error(left)))})
        return error

    async def _go_back(self, record: Record, error: RunError) -> tuple[Record | None, RunError]:
        """To where a lab was before a worker died while changing it; no record where that is nowhere. What is left over is in the error."""
        before = record.before(record.generation)
        if self.lab is None or before is None:
            return None, error
        previous = drawn(before.document).state
        try:
            seen, plan = await self.lab.plan(previous, previous)
            await self.lab.apply(plan, lambda done: None, before=seen)
        except (OperationError, MachineError):
            logger.exception("Lab %s can neither be changed nor be brought back", self.name)
            left = diff(await observed_state(self.lab, previous), previous)
            error = error.model_copy(update={"leftovers": plan_entries(left)})
        return before, error

    def _give_up(self, generation: int, error: RunError) -> None:
        self._given_up = generation
        self._ends.forget()
        self.report.fail(generation, error, None)

    async def _take_down(self, wanted: DesiredLab | None) -> None:
        generation = wanted.generation if wanted else self.report.run.generation
        self._repairs.refuse()
        self._ends.forget()
        await self._stop_feed()
        try:
            if self.lab is None:
                self.lab = await on_machine.hold_again(self.name, self._surroundings.directory, self._surroundings.features)
            if self.lab:
                self.report.enter_stopping(generation)
                await self._end_lab()
        except (FeatureMissingError, MachineError, OperationError) as error:
            await self._cannot_end(generation, error)
            return
        self.report.run, self.report.plan = RunStatus(state="stopped", generation=generation, since=time.time()), None
        if wanted:
            self.report.send()
        self.finished = self._unwanted  # by now: it may have been wanted again meanwhile

    async def _cannot_end(self, generation: int, error: KernelError) -> None:
        """On the machine itself, where something else leans on it, or it may not be touched. Say so, and try again after a while."""
        told = run_error(error)
        self.report.enter_stopping(generation)
        if self.report.run.error != told:
            logger.warning("Lab %s cannot be taken off this machine: %s", self.name, error)
            self.report.remark(told)
        with suppress(TimeoutError):
            async with asyncio.timeout(END_AGAIN):  # wait_for may swallow that this is cancelled
                await self._changed.wait()
        self._changed.set()

    async def _end_lab(self) -> None:
        await self._stop_feed()
        if self.lab:
            await self.lab.end()
        self.let_go_of_terminals()
        self.lab = self.record = None

    def _hold(self, lab: RunningLab) -> None:
        self.let_go_of_terminals()
        self.lab = lab
        self._ends.note_held()
        if isinstance(lab, Lab):
            self.terminals = Terminals(self.name, lab.keeper, self._surroundings.ready, self._show_terminals)

    def let_go_of_terminals(self) -> None:
        if self.terminals:
            self.terminals.leave()
            self.terminals = None

    async def _keep_record(self, record: Record) -> None:
        assert self.lab is not None
        await self.lab.set_record(record.encode())
        self.record = record

    # What is seen in it, for who watches

    async def _keep_feed(self) -> None:
        drawing = self.drawing if self._watched and self.is_up else None
        if drawing is None:
            await self._stop_feed()
        elif self.feed is None and self.lab:
            self._watch = self._watch or Watch(self.lab.keeper)
            self.feed = Feed(self.lab, self._watch, drawing, self._show)
            self.feed.start()

    def _show(self, status: LabStatus, full: bool) -> None:
        if full and self.terminals:
            status = status.model_copy(update={"terminals": self.terminals.status()})
        self._surroundings.show(self.name, status, full)

    def _show_terminals(self) -> None:
        if self.feed and self.terminals:
            self._show(LabStatus(terminals=self.terminals.status()), False)

    async def _pause_feed(self) -> None:
        if self.feed:
            feed, self.feed = self.feed, None
            await feed.stop()

    async def _stop_feed(self) -> None:
        await self._pause_feed()
        if self._watch:
            watch, self._watch = self._watch, None
            await watch.close()


def _reasons(error: RunError) -> tuple[Reason, ...]:
    """All that an error says, for one that has several."""
    return error.reasons or (Reason(code=error.code, params=error.params, message=str(error)),)
