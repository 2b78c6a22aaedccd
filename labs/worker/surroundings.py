"""What a lab's runner needs of the worker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from labs.messages.status import Features, LabStatus, RunStatus
from labs.worker.terminals import Viewer


@dataclass(slots=True)
class Surroundings:
    directory: Path
    """Where the sockets of the labs are."""
    features: Features
    report: Callable[[str, RunStatus], None]
    show: Callable[[str, LabStatus, bool], None]
    """Called with a lab, its status, and whether that is all of it."""
    ready: Callable[[Viewer], None] = lambda viewer: None
    """Called with who looks at a terminal and may have something to send."""
