"""Limits of a lab on memory, processes and CPU: by cgroups where this process may make them, by rlimits of each command otherwise.

cgroup v2 where it is delegated (root, or a systemd unit with Delegate=yes), v1 as root where that is what there is. Resource by resource:
a machine in hybrid mode has some controllers here and some there. See Documentation/admin-guide/cgroup-v2.rst.
"""

from __future__ import annotations

import os
import resource
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

PREFIX: Final = "topoweb-"
MAKER: Final = f"{PREFIX}fork"
"""The name of a process that makes cgroups."""
_OWN_LEAF: Final = f"{PREFIX}server"
_NEW: Final = 2.0
"""Seconds in which the process that becomes a lab joins its cgroups, though the fork server that made them is gone."""
_PERIOD: Final = 100_000  # microseconds, the default of cpu.max


class Limits(NamedTuple):
    memory: int = 1 << 30
    """Bytes."""
    processes: int = 512
    cpus: float = 1.0
    """Cores' worth of time."""
    namespaces: int = 2_500
    """Network namespaces, those made by hand too: each takes descriptors of the worker, which has other labs."""


DEFAULT: Final = Limits()


class Resource(NamedTuple):
    name: str
    controller: str
    v1: Callable[[Limits], tuple[str, str]]
    """The file in its cgroup, and what to write there."""
    v2: Callable[[Limits], tuple[str, str]]
    otherwise: str
    """What limits it without cgroups."""


RESOURCES: Final = (
    Resource(
        "memory",
        "memory",
        lambda limits: ("memory.limit_in_bytes", str(limits.memory)),
        lambda limits: ("memory.max", str(limits.memory)),
        "rlimit of each process",
    ),
    Resource(
        "processes",
        "pids",
        lambda limits: ("pids.max", str(limits.processes)),
        lambda limits: ("pids.max", str(limits.processes)),
        "rlimit",
    ),
    Resource(
        "cpu",
        "cpu",
        lambda limits: ("cpu.cfs_quota_us", str(round(limits.cpus * _PERIOD))),
        lambda limits: ("cpu.max", f"{round(limits.cpus * _PERIOD)} {_PERIOD}"),
        "nice",
    ),
)


_WITHOUT_CGROUPS: Final = {limited.name: limited.otherwise for limited in RESOURCES}


class Enforcement(NamedTuple):
    """How a lab is limited."""

    limits: Limits
    cgroups: Sequence[Path] = ()
    """Made for it; its agent joins them."""
    by: Mapping[str, str] = _WITHOUT_CGROUPS
    """By resource: `cgroup v2`, `cgroup v1`, or what there is otherwise."""

    def join(self) -> None:
        """Put the calling process, and the children to come, into the lab's cgroups."""
        for cgroup in self.cgroups:
            (cgroup / "cgroup.procs").write_text("0")

    def restrict_command(self) -> None:
        """Limit the calling process, a command of the lab, where no cgroup does."""
        resource.setrlimit(resource.RLIMIT_NPROC, (self.limits.processes, self.limits.processes))
        if not self.by["memory"].startswith("cgroup"):
            resource.setrlimit(resource.RLIMIT_DATA, (self.limits.memory, self.limits.memory))
        if not self.by["cpu"].startswith("cgroup"):
            os.nice(5)


def limit(lab: str, limits: Limits) -> Enforcement:
    """Make the cgroups of a lab."""
    cgroups: dict[Path, None] = {}  # in order, each once
    by = dict(_WITHOUT_CGROUPS)
    name = f"{PREFIX}{lab}-{os.getpid()}-{secrets.token_hex(4)}"
    for wanted in RESOURCES:
        for version, find, file in (("v2", _parent_v2, wanted.v2), ("v1", _parent_v1, wanted.v1)):
            parent = find(wanted.controller)
            if parent is not None and _make(parent / name, *file(limits)):
                cgroups[parent / name] = None
                by[wanted.name] = f"cgroup {version}"
                break
    return Enforcement(limits, tuple(cgroups), by)


def _make(cgroup: Path, file: str, value: str) -> bool:
    is_new = not cgroup.exists()
    try:
        cgroup.mkdir(exist_ok=True)
        (cgroup / file).write_text(value)
    except OSError:  # not ours to make, or a controller without this limit
        if is_new:
            remove([cgroup])
        return False
    return True


def remove(cgroups: Sequence[Path]) -> bool:
    """Whether they are gone. A cgroup stays while a process is in it."""
    gone = True
    for cgroup in cgroups:
        try:
            cgroup.rmdir()
        except FileNotFoundError:
            pass
        except OSError:
            gone = False
    return gone


def remove_abandoned() -> bool:
    """Remove the cgroups of labs whose fork server is gone, so that it cannot. Whether none is left: it stays while its lab lives."""
    parents = {find(wanted.controller) for wanted in RESOURCES for find in (_parent_v2, _parent_v1)}
    return remove([cgroup for parent in parents if parent for cgroup in parent.glob(f"{PREFIX}*-*") if _is_abandoned(cgroup)])


def _is_abandoned(cgroup: Path) -> bool:
    maker = cgroup.name.split("-")[-2]
    return _age(cgroup) > _NEW and not _is_maker(maker)


def _is_maker(pid: str) -> bool:
    """Whether this process is a fork server and lives: another may have its number by now, and not every PID 1 buries the dead."""
    try:
        status = Path("/proc", pid, "status").read_text().splitlines()
    except OSError:
        return False
    return f"Name:\t{MAKER}" in status and "State:\tZ (zombie)" not in status


def _age(cgroup: Path) -> float:
    """Seconds since it was made."""
    with suppress(FileNotFoundError):
        return time.time() - cgroup.stat().st_ctime
    return 0.0


class _Mount(NamedTuple):
    kind: str
    point: Path
    options: frozenset[str]


def _mounts() -> list[_Mount]:
    """Those of cgroup file systems: see proc(5), /proc/PID/mountinfo."""
    mounts = []
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        before, _, after = line.partition(" - ")
        kind, _, options = after.split(" ", 2)
        if kind in ("cgroup", "cgroup2"):
            mounts.append(_Mount(kind, Path(before.split(" ")[4]), frozenset(options.split(","))))
    return mounts


def _own_path(controller: str) -> str:
    """The calling process's cgroup, below the root of the hierarchy of a controller of v1, or of v2 ("")."""
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if controller in controllers.split(","):
            return path.lstrip("/")
    return ""


def _parent_v1(controller: str) -> Path | None:
    for kind, point, options in _mounts():
        if kind == "cgroup" and controller in options:
            own = point / _own_path(controller)
            parent = own if own.is_dir() else point
            return parent if os.access(parent, os.W_OK) else None
    return None


def _parent_v2(controller: str) -> Path | None:
    for kind, point, _ in _mounts():
        if kind == "cgroup2":
            parent = point if os.geteuid() == 0 else point / _own_path("")
            if parent.name == _OWN_LEAF:
                parent = parent.parent
            return parent if _delegates(parent, controller) else None
    return None


def _delegates(cgroup: Path, controller: str) -> bool:
    """Whether cgroups made below this one have the controller; hands it down where this process may."""
    control = cgroup / "cgroup.subtree_control"
    try:
        if controller not in (cgroup / "cgroup.controllers").read_text().split() or not os.access(cgroup, os.W_OK):
            return False
        if controller in control.read_text().split():
            return True
        if os.geteuid() != 0:
            _make_room(cgroup)
        control.write_text(f"+{controller}")
    except OSError:
        return False
    return True


def _make_room(cgroup: Path) -> None:
    """A cgroup that hands controllers down may hold no processes itself: those of a delegated one move to a leaf of it."""
    leaf = cgroup / _OWN_LEAF
    leaf.mkdir(exist_ok=True)
    for process in (cgroup / "cgroup.procs").read_text().split():
        with suppress(ProcessLookupError):
            (leaf / "cgroup.procs").write_text(process)
