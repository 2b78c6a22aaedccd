"""How the agent starts a command in a lab."""

from __future__ import annotations

import errno
import fcntl
import os
import resource
import signal
import stat
import struct
import termios
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Final, NamedTuple

from labs.kernel import sandbox, syscalls
from labs.kernel.limits import Enforcement

_ENVIRONMENT: Final = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "USER": "root",
    "LANG": "C.UTF-8",
}
_NOT_FOUND: Final = 127
_NOT_EXECUTABLE: Final = 126
"""As the shell says it."""


class Place(NamedTuple):
    """Where a command runs: descriptors of a host's mount and UTS namespaces, and of a network namespace of that host."""

    mount: int
    uts: int
    netns: int
    is_default: bool
    """Whether it is the host's default network namespace."""


@contextmanager
def terminal(rows: int, columns: int) -> Iterator[tuple[int, int]]:
    """A new terminal of the lab: its master's descriptor, and the one for a command. Both are closed at the end."""
    master, slave = os.openpty()
    try:
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        yield master, slave
    finally:
        os.close(master)
        os.close(slave)


def spawn(
    place: Place,
    argv: Sequence[str],
    environment: Mapping[str, str],
    streams: Sequence[int],
    enforcement: Enforcement,
    *,
    owns_terminal: bool = False,
) -> int:
    """Start a command, leader of a session of its own, with these as its standard input, output and error. Returns its process id.

    `owns_terminal`: they are a terminal, which becomes that of the session.
    """
    if not argv or len(streams) != 3:
        raise OSError(errno.EINVAL, "A command needs a name and three standard streams")
    if any(stat.S_ISDIR(os.fstat(fd).st_mode) for fd in streams):
        raise OSError(errno.EISDIR, "A directory cannot be a standard stream: it would lead out of the lab")
    pid = os.fork()
    if pid:
        return pid
    try:
        os.setsid()
        for target, fd in enumerate([os.dup(fd) for fd in streams]):  # a stream may be any of 0, 1, 2
            os.dup2(fd, target)
        if owns_terminal:
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        _enter(place)
        _restrict()
        enforcement.restrict_command()
        os.execvpe(argv[0], list(argv), _ENVIRONMENT | dict(environment))
    except OSError as error:
        os.write(2, f"{argv[0]}: {error.strerror}\n".encode())
        os._exit(_NOT_FOUND if error.errno == errno.ENOENT else _NOT_EXECUTABLE)
    except BaseException:  # noqa: BLE001  # this is a copy of the agent: it must not go on as one
        os._exit(_NOT_EXECUTABLE)


def _enter(place: Place) -> None:
    syscalls.setns(place.mount, syscalls.CLONE_NEWNS)
    syscalls.setns(place.uts, syscalls.CLONE_NEWUTS)
    syscalls.setns(place.netns, syscalls.CLONE_NEWNET)
    if not place.is_default:
        # As `ip netns exec`: a /sys that shows this namespace (brctl reads it). /run/netns stays shared with the host.
        syscalls.unshare(syscalls.CLONE_NEWNS)
        syscalls.umount("/sys")
        sandbox.mount_sys()
    os.chdir("/root")


def _restrict() -> None:
    for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    syscalls.prctl(syscalls.PR_CAPBSET_DROP, syscalls.CAP_SYS_BOOT)  # reboot(2) would end the lab
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(1024, hard), hard))
    with suppress(OSError):  # the first to go when memory is short, before the agent
        fd = os.open("/proc/self/oom_score_adj", os.O_WRONLY | os.O_CLOEXEC)
        os.write(fd, b"500")
        os.close(fd)
