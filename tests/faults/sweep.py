"""What is left on the machine that no lab owns."""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterator
from pathlib import Path

from tests.faults.processes import Process, ours

PATIENCE = 30.0
"""Seconds for the kernel, and for who cleans up, to be done."""


def remains(state: Path, labs: Collection[str], but: Collection[Process] = ()) -> list[str]:
    """Processes, cgroups, sockets, mounts and files of a server that kept its state (and its temporary files) in a directory, and of the
    labs that it ever had; once all has had its time to go. Without the processes that were there before."""
    deadline = time.monotonic() + PATIENCE
    while (left := sorted(_remains(state, labs, but))) and time.monotonic() < deadline:
        time.sleep(0.2)
    return left


def _remains(state: Path, labs: Collection[str], but: Collection[Process]) -> Iterator[str]:
    for process in ours().difference(but):
        yield f"process {process.pid}, a {process.kind}"
    for parent, cgroups, _ in os.walk("/sys/fs/cgroup"):
        yield from (f"cgroup {parent}/{cgroup}" for cgroup in cgroups if any(lab in cgroup for lab in labs))
    for line in Path("/proc/net/unix").read_text().splitlines():
        if str(state) in line or any(lab in line for lab in labs):
            yield f"socket {line.split()[-1]}"
    yield from _mounts(state, labs)
    for file in (*state.glob("labs/*"), *state.glob("tmp/*")):
        yield f"file {file}"


def _mounts(state: Path, labs: Collection[str]) -> Iterator[str]:
    for path in Path("/proc").glob("[0-9]*/mountinfo"):
        try:
            text = path.read_text()
        except OSError:
            continue  # it has ended
        for line in text.splitlines():
            if str(state) in line or any(lab in line for lab in labs):
                yield f"mount in process {path.parent.name}: {line}"
