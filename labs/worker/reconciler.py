"""All labs of this machine, each with a runner that brings it to what the server wants."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Collection, Iterator, Sequence

from labs.kernel import limits
from labs.kernel.errors import KernelError, LabGoneError
from labs.kernel.features import FeatureMissingError
from labs.kernel.lab import Lab, find_labs
from labs.kernel.running import RunningLab
from labs.messages.status import RunStatus
from labs.messages.worker import DesiredLab
from labs.worker import on_machine
from labs.worker.runner import Runner
from labs.worker.surroundings import Surroundings

logger = logging.getLogger(__name__)


class Reconciler:
    def __init__(self, surroundings: Surroundings) -> None:
        self.surroundings = surroundings
        self._runners: dict[str, Runner] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._wanted: dict[str, DesiredLab] = {}
        self._watched: frozenset[str] = frozenset()

    async def adopt(self) -> None:
        """Take over the labs that an earlier worker left in the directory. What it left half done is gone on with."""
        directory, features = self.surroundings.directory, self.surroundings.features
        for path in find_labs(directory):
            await self._adopt(path.stem, Lab.attach(path))
        for name in on_machine.names_left(directory):
            await self._adopt(name, on_machine.hold_again(name, directory, features))
        limits.remove_abandoned()

    async def _adopt(self, name: str, found: Awaitable[RunningLab | None]) -> None:
        runner = Runner(name, self.surroundings)
        try:
            if (lab := await found) is None:
                return
            await runner.adopt(lab)
        except LabGoneError:
            return
        except FeatureMissingError as missing:
            logger.warning("Lab %s goes on without this worker. %s", name, missing)
            return
        except (OSError, ValueError, KernelError):
            logger.exception("Lab %s cannot be taken over now; it is tried again where it is wanted", name)
            runner.leave()
            return
        if runner.is_up:  # else it was of another version
            logger.info("Lab %s goes on", name)
        self._start(runner)

    def want(self, labs: Sequence[DesiredLab], same: Collection[str] = ()) -> None:
        """Every lab that should be here, `same` as was wanted before; those that are not named should not."""
        new = {lab.lab: lab for lab in labs}
        self._wanted = {name: wanted for name, wanted in self._wanted.items() if name in same} | new
        missing = self._wanted.keys() - self._runners.keys()  # of `same` too: its runner may have failed
        for name in missing:
            self._start(Runner(name, self.surroundings))
        for name, runner in self._runners.items():
            if name in missing or name not in same:
                runner.want(self._wanted.get(name))

    def watch(self, labs: Collection[str]) -> None:
        """The labs whose status somebody looks at."""
        self._watched = frozenset(labs)
        for name, runner in self._runners.items():
            runner.watch(name in self._watched)

    def forget_viewers(self) -> None:
        """Nobody looks at terminals any more."""
        for runner in self._runners.values():
            if runner.terminals:
                runner.terminals.forget_viewers()

    def runner(self, lab: str) -> Runner | None:
        return self._runners.get(lab)

    def reports(self) -> Iterator[tuple[str, RunStatus]]:
        """How every lab is, with its plan."""
        for name, runner in self._runners.items():
            yield name, runner.report.with_plan()

    async def leave(self) -> None:
        """Stop working; the labs go on."""
        await self._stop(self._tasks.values())
        for runner in self._runners.values():
            runner.leave()

    def _start(self, runner: Runner) -> None:
        self._runners[runner.name] = runner
        runner.watch(runner.name in self._watched)
        task = self._tasks[runner.name] = asyncio.get_running_loop().create_task(runner.work())
        task.add_done_callback(lambda _: self._ended(runner, task))

    def _ended(self, runner: Runner, task: asyncio.Task[None]) -> None:
        if task.cancelled():
            return
        del self._runners[runner.name], self._tasks[runner.name]
        if error := task.exception():
            logger.error("The runner of lab %s failed", runner.name, exc_info=error)
        elif wanted := self._wanted.get(runner.name):  # since just now, when this runner could not hear of it any more
            again = Runner(runner.name, self.surroundings)
            self._start(again)
            again.want(wanted)

    @staticmethod
    async def _stop(tasks: Collection[asyncio.Task[None]]) -> None:
        tasks = list(tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
