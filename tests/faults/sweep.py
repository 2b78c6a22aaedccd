"""What is left on the machine that no lab owns."""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from labs.kernel.limits import PREFIX
from tests.faults.processes import Process, orphans_are_kept, ours

PATIENCE = 30.0
"""Seconds for the kernel, and for who cleans up, to be done."""


@contextmanager
def swept(state: Path) -> Iterator[dict[str, str]]:
    """A server is to keep its state there, with this in its environment, and to have ended with the block: then nothing of it is left."""
    with orphans_are_kept():
        before, cgroups = ours(), set(_cgroups())
        temporary = state.with_name(f"{state.name}-tmp")
        temporary.mkdir()
        yield {"TMPDIR": str(temporary)}
        left = remains(state, {_lab_of(cgroup) for cgroup in set(_cgroups()) - cgroups if not _has_maker(cgroup)}, before)
        left += map(str, temporary.iterdir())
        assert not left, f"Left: {left}"


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
    yield from (f"cgroup {cgroup}" for cgroup in _cgroups() if any(lab in cgroup.name for lab in labs))
    for line in Path("/proc/net/unix").read_text().splitlines():
        if str(state) in line or any(lab in line for lab in labs):
            yield f"socket {line.split()[-1]}"
    yield from _mounts(state, labs)
    for file in (*state.glob("labs/*"), *state.glob("tmp/*")):
        yield f"file {file}"


def _cgroups() -> Iterator[Path]:
    for parent, cgroups, _ in os.walk("/sys/fs/cgroup"):
        yield from (Path(parent, cgroup) for cgroup in cgroups if cgroup.startswith(PREFIX) and cgroup.count("-") > 2)


def _lab_of(cgroup: Path) -> str:
    return cgroup.name.removeprefix(PREFIX).rsplit("-", 2)[0]


def _has_maker(cgroup: Path) -> bool:
    """Whether the fork server that made it lives: then its lab is somebody else's."""
    return Path("/proc", cgroup.name.split("-")[-2]).exists()


def _mounts(state: Path, labs: Collection[str]) -> Iterator[str]:
    for path in Path("/proc").glob("[0-9]*/mountinfo"):
        try:
            text = path.read_text()
        except OSError:
            continue  # it has ended
        for line in text.splitlines():
            if str(state) in line or any(lab in line for lab in labs):
                yield f"mount in process {path.parent.name}: {line}"
