"""The terminals of a lab, as its agent opens and keeps them: a PTY each, with a shell in the place of a node.

The agent copies no bytes: it hands the PTY's master to its controller, and keeps it, beside the file with what was shown last
(`labs.kernel.scrollback`), which the controller writes. So both live as long as the lab, whatever becomes of the controller; while there
is none, the PTY's own buffer makes a program wait that writes.
"""

from __future__ import annotations

import errno
import os
import termios
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from labs.kernel import commands, sandbox
from labs.kernel.commands import Place
from labs.kernel.limits import Enforcement
from labs.network.state import Netns

MAX_TERMINALS: Final = 16
"""Of a lab."""
_IUTF8: Final = 0o40000
"""Backspace takes a character, not a byte (asm-generic/termbits.h)."""


@dataclass(slots=True)
class Terminal:
    netns: Netns
    pid: int
    """Of its shell."""
    descriptors: list[int]
    """The PTY's master and the scrollback; none, once it was closed."""


class Terminals:
    def __init__(self, enforcement: Enforcement) -> None:
        self._enforcement = enforcement
        self._terminals: dict[str, Terminal] = {}

    def open(self, key: str, netns: Netns, place: Place, rows: int, columns: int, scrollback: int) -> int:
        """Start a shell; returns the master of its PTY, which stays open here."""
        if len(self.list()[0]) >= MAX_TERMINALS:
            raise OSError(errno.EDQUOT, f"There are {MAX_TERMINALS} terminals in this lab, and no more may be: close one", str(netns))
        with commands.terminal(rows, columns) as (master, slave):
            _know_utf8(slave)
            pid = commands.spawn(place, _shell(), _environment(netns), [slave] * 3, self._enforcement, owns_terminal=True)
            kept = os.dup(master)
        self._terminals[key] = Terminal(netns, pid, [kept, os.dup(scrollback)])
        return kept

    def close(self, key: str) -> None:
        """Once the controller has closed its copy of the master too, the kernel hangs up, and the shell ends."""
        terminal = self._terminals.get(key)
        if terminal:
            for fd in terminal.descriptors:
                os.close(fd)
            terminal.descriptors = []

    def shell_exited(self, pid: int) -> str | None:
        """The terminal that is no more; None where it was no shell of one."""
        key = next((key for key, terminal in self._terminals.items() if terminal.pid == pid), None)
        if key is not None:
            self.close(key)
            del self._terminals[key]
        return key

    def list(self) -> tuple[list[tuple[str, Netns]], list[int]]:
        """All that are open, and for each its two descriptors."""
        opened = {key: terminal for key, terminal in self._terminals.items() if terminal.descriptors}
        return [(key, terminal.netns) for key, terminal in opened.items()], [fd for one in opened.values() for fd in one.descriptors]


def _know_utf8(slave: int) -> None:
    attributes = termios.tcgetattr(slave)
    attributes[0] |= _IUTF8
    termios.tcsetattr(slave, termios.TCSANOW, attributes)


def _shell() -> Sequence[str]:
    return ["bash", "--rcfile", f"/etc/{sandbox.SHELL_SETTINGS}"] if os.access("/bin/bash", os.X_OK) else ["sh", "-i"]


def _environment(netns: Netns) -> dict[str, str]:
    return {"TERM": "xterm-256color", "COLORTERM": "truecolor", "SHELL": "/bin/bash", "NODE": str(netns), "PS1": "root@$NODE:$PWD# "}
