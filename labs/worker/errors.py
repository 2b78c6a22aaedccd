"""Whatever ends a run, as a `RunError` for people."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from labs.document.errors import DocumentError
from labs.kernel.errors import KernelError
from labs.kernel.machine_lab import MachineError
from labs.kernel.refusals import OperationError
from labs.messages.status import Reason, RunError

logger = logging.getLogger(__name__)


class RefusedError(Exception):
    """A request that cannot be done as things are; the message is for people."""

    def __init__(self, message: str, *, code: str, params: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.params = dict(params or {})


class NotRunningError(RefusedError):
    def __init__(self) -> None:
        super().__init__("The lab does not run", code="not_running")


class ElsewhereError(RefusedError):
    def __init__(self) -> None:
        super().__init__("The lab runs, and is now drawn to be elsewhere: stop it, then run it there", code="runs_elsewhere")


def run_error(error: Exception) -> RunError:
    """What an exception says. One that nobody foresaw is logged, with where it came from."""
    match error:
        case OperationError():
            return error.run_error()
        case MachineError():
            reasons = tuple(Reason(code=each.code, params=dict(each.params), message=str(each)) for each in error.reasons)
            return RunError(message=error.message, code=error.code, reasons=reasons)
        case RefusedError():
            return RunError(message=error.message, code=error.code, params=error.params)
        case KernelError():
            return RunError(message=error.message, code=error.code, params=error.params, hint=error.hint or None)
        case DocumentError():
            first = error.problems[0]
            return RunError(message="; ".join(map(str, error.problems)), code=first.code, params=first.params)
    logger.error("A run ended by an error that nobody foresaw", exc_info=error)
    return RunError(message=f"{type(error).__name__}: {error}", code="internal", hint="See the worker's log")
