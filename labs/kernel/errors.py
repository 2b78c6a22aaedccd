"""What can go wrong with a lab. Each error carries a `code` and `params`, so that the page can say it in its own language."""

from __future__ import annotations

import os
from collections.abc import Mapping


class KernelError(Exception):
    """The base of this room's errors. `str()` is for people: what happened, where, what to do."""

    code = "kernel"

    def __init__(self, message: str, *, hint: str = "", params: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        """What to do about it; may be empty."""
        self.params = dict(params or {})

    def __str__(self) -> str:
        return f"{self.message}. {self.hint}" if self.hint else self.message


class SandboxError(KernelError):
    """No sandbox can be made here. `hint` says how to allow it."""

    code = "sandbox-unavailable"


class LabGoneError(KernelError):
    """The lab's agent does not answer: the lab has ended, and the kernel has freed all of it."""

    code = "lab-gone"


class LabExistsError(KernelError):
    """A lab of this name runs already in this runtime directory."""

    code = "lab-exists"


class LabBusyError(KernelError):
    """Somebody else controls the lab at this moment."""

    code = "lab-busy"


class AgentError(KernelError):
    """The agent could not do what it was asked. Nothing of that request is left."""

    code = "agent-refused"

    def __init__(self, message: str, *, errno: int = 0, subject: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint, params={"subject": subject, "errno": os.strerror(errno) if errno else ""})
        self.errno = errno
        self.subject = subject
        """The host, namespace, sysctl or path that it was about."""
