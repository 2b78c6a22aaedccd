"""The processes that come from this one, by what they are to Topoweb: for tests that kill them, and see that none is left."""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Kind = Literal["supervisor", "web", "worker", "fork", "lab"]
_MARKS: dict[Kind, str] = {"supervisor": "topoweb.cli serve", "web": "topoweb.serving.web", "worker": "topoweb.cli worker"}
_NAMES: dict[str, Kind] = {"topoweb-fork": "fork", "topoweb-lab": "lab"}
_SET_CHILD_SUBREAPER = 36  # include/uapi/linux/prctl.h


@dataclass(frozen=True, slots=True)
class Process:
    pid: int
    kind: Kind

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)


@contextmanager
def orphans_are_kept() -> Iterator[None]:
    """Whoever loses its parent becomes a child of this process: so a dead worker's fork server and a dead fork server's labs are told
    from those of others on this machine, and none escapes."""
    _be_subreaper(True)
    try:
        yield
    finally:
        _be_subreaper(False)


def _be_subreaper(on: bool) -> None:
    ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, int(on), 0, 0, 0)


def ours() -> set[Process]:
    """Topoweb's, of those that come from this process and live."""
    children: dict[int, list[tuple[int, Kind | None]]] = {}
    for pid, parent, kind in _processes():
        children.setdefault(parent, []).append((pid, kind))
    found, parents = set(), [os.getpid()]
    while parents:
        for pid, kind in children.get(parents.pop(), ()):
            parents.append(pid)
            if kind:
                found.add(Process(pid, kind))
    return found


def _processes() -> Iterator[tuple[int, int, Kind | None]]:
    for path in Path("/proc").glob("[0-9]*/stat"):
        pid = int(path.parent.name)
        try:
            name, _, rest = path.read_text().partition("(")[2].rpartition(")")
            command = path.with_name("cmdline").read_text().replace("\0", " ")
        except OSError:
            continue  # it has ended
        state, parent, *_ = rest.split()
        if state == "Z":
            _bury(pid, int(parent), name)
            continue
        yield pid, int(parent), _NAMES.get(name) or next((kind for kind, mark in _MARKS.items() if mark in command), None)


def _bury(pid: int, parent: int, name: str) -> None:
    """An orphan that has ended is ours to wait for."""
    if parent == os.getpid() and name in _NAMES:
        with suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
