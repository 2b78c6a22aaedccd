"""A progress bar on standard error, where that is a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.progress import Progress as Bars

from labs.messages.status import CheckResult

if TYPE_CHECKING:  # what it takes to wait takes a tenth of a second to load
    from labs.kernel.settle import Unsettled


class Progress:
    """First of the operations, then of the checks. Nothing is left on the screen."""

    def __init__(self, *, operations: int, checks: int) -> None:
        console = Console(stderr=True)
        self._bars = Bars(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._checks = checks
        self._task = self._bars.add_task("Building", total=operations)

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._bars.stop()

    def applied(self, numbers: Sequence[int]) -> None:
        self._bars.advance(self._task, len(numbers))

    def waiting(self, unsettled: Unsettled) -> None:
        self._bars.update(self._task, description=f"Waiting for {unsettled}")

    def checked(self, result: CheckResult) -> None:
        if self._checks:
            self._bars.reset(self._task, total=self._checks, description="Checking")
            self._checks = 0
        self._bars.advance(self._task)
