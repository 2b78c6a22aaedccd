"""Limits of a lab on memory, processes and CPU: by cgroups where we may make them, by rlimits otherwise."""

from __future__ import annotations

from typing import NamedTuple


class Limits(NamedTuple):
    memory: int = 1 << 30
    """Bytes."""
    processes: int = 512
    cpus: float = 1.0
    """Cores' worth of time."""
