"""How a fresh child of the fork server becomes a lab."""

from __future__ import annotations

import os
import signal
import socket
import traceback
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Never

from labs.kernel import agent, sandbox, syscalls
from labs.kernel.limits import Enforcement


@dataclass(frozen=True, slots=True)
class Birth:
    """What a lab is given."""

    control: socket.socket
    """The agent's end of the connection to who asked for it."""
    listener: socket.socket | None
    """Where others attach to it."""
    keep: bool
    ids: sandbox.IdMap
    enforcement: Enforcement
    held: frozenset[int]
    """All descriptors that it keeps; some say by being open that it lives."""


def become_lab(birth: Birth) -> Never:
    """Enter new namespaces, and leave the agent there, as PID 1."""
    try:
        os.setsid()
        os.umask(0o022)
        _close_all_but({0, 1, 2, *birth.held})
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        with sandbox.step("leave the session's keys"):
            syscalls.join_session_keyring()
        with sandbox.step("join the lab's cgroups"):
            birth.enforcement.join()
        sandbox.enter(birth.ids)
        _fork_agent(birth)
    except sandbox.SetupError as failed:
        agent.fail(birth.control, failed)
    except BaseException:  # noqa: BLE001  # this is a copy of the fork server: it must not go on as one
        traceback.print_exc()
    os._exit(0)


def _fork_agent(birth: Birth) -> None:
    """Tells the agent its process id out here, which it cannot see itself."""
    read_end, write_end = os.pipe()
    with sandbox.step("start a process"):
        pid = os.fork()
    if pid:
        os.write(write_end, pid.to_bytes(8, "big"))
        return
    os.close(write_end)
    outer_pid = int.from_bytes(os.read(read_end, 8), "big")
    os.close(read_end)
    agent.main(outer_pid, birth.control, birth.listener, keep=birth.keep, ids=birth.ids, enforcement=birth.enforcement)


def _close_all_but(kept: set[int]) -> None:
    for fd in [int(entry.name) for entry in Path("/proc/self/fd").iterdir()]:
        if fd not in kept:
            with suppress(OSError):  # the descriptor of this listing
                os.close(fd)
