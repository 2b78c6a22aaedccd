"""The terminals of one lab: what they write is kept and shown to who looks, at the pace of the fastest; what is typed goes in.

No queue holds output. It lies in the scrollback; each viewer has a cursor there, and a message is made when the connection takes one.
A terminal is read on while some viewer lacks less than a window. So a program that floods waits for the page that draws it, and a page
that does not draw is not waited for where another does: once it lacks more than the scrollback has, it gets the tail. Where nobody looks,
a terminal is read slowly: programs go on, and a flood costs little.
"""

from __future__ import annotations

import asyncio
import binascii
import fcntl
import logging
import os
import struct
import termios
from base64 import b64decode, b64encode
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from labs.kernel.errors import LabGoneError
from labs.kernel.keeper import Keeper, OpenTerminal
from labs.kernel.scrollback import CHUNK
from labs.kernel.terminals import MAX_TERMINALS
from labs.messages.status import TerminalStatus
from labs.messages.terminal import TerminalInbound, TerminalInput, TerminalOutput, TerminalSeen, TerminalSize
from labs.messages.worker import FromTerminal
from labs.network.state import Netns
from labs.worker.errors import RefusedError

logger = logging.getLogger(__name__)

WINDOW = 128 * 1024
"""Bytes that the fastest viewer may lack."""
MESSAGES = WINDOW // CHUNK
"""Under way to a viewer: so many small writes of a program are gathered into few messages."""
MAX_UNWRITTEN = 64 * 1024
"""Bytes that were typed and that no program reads."""
SLOWLY = 0.1
"""Seconds between readings where nobody looks."""
LEASE = 90.0
"""Seconds after which a viewer that says nothing is gone; a browser lets a hidden page speak once a minute."""


class Viewer:
    """Somebody who looks at a terminal: a page. `make` its next message when there is room for one."""

    def __init__(self, name: str, terminal: Terminal, seen: TerminalSeen) -> None:
        self.name = name
        self.heard = asyncio.get_running_loop().time()
        self.acknowledged = min(seen.position, terminal.scrollback.end)
        self.typed = seen.typed
        self._terminal = terminal
        self._cursor = self.acknowledged
        self._under_way: deque[int] = deque()
        """Where each message that is not acknowledged ends."""
        self._taken: int | None = None
        """As it was told last."""

    def see(self, seen: TerminalSeen) -> None:
        self.typed = max(self.typed, seen.typed)
        if seen.position == self.acknowledged:
            self._cursor = seen.position
            self._under_way.clear()
        elif seen.position <= self._cursor:
            self.acknowledged = seen.position
            while self._under_way and self._under_way[0] <= seen.position:
                self._under_way.popleft()

    def make(self) -> FromTerminal | None:
        """The next message, None where there is nothing to say, or where the viewer has not acknowledged enough."""
        if not self._terminal.is_looked_at_by(self):
            return None
        scrollback = self._terminal.scrollback
        room = len(self._under_way) < MESSAGES
        reset = room and self._cursor < scrollback.start
        if reset:
            self._cursor = self._terminal.tail()
        data = scrollback.read(self._cursor, CHUNK) if room else b""
        taken = self._terminal.taken(self)
        if not data and taken == self._taken:
            return None
        output = TerminalOutput(
            lab=self._terminal.lab,
            terminal=self._terminal.key,
            position=self._cursor,
            data=b64encode(data).decode(),
            reset=reset,
            taken=taken,
        )
        self._taken = taken
        if data:
            self._cursor += len(data)
            self._under_way.append(self._cursor)
        return FromTerminal(viewer=self.name, output=output)


class Terminal:
    def __init__(self, lab: str, opened: OpenTerminal, ready: Callable[[Viewer], None], hung_up: Callable[[str], None]) -> None:
        self.lab, self.key, self.netns, self.scrollback = lab, opened.key, opened.netns, opened.scrollback
        self._master = opened.master
        self._ready = ready
        """Called with a viewer that may have a message to `make`."""
        self._hung_up = hung_up
        """Called with the key where the last program in it is gone."""
        self._viewers: dict[str, Viewer] = {}
        self._unwritten = bytearray()
        self._loop = asyncio.get_running_loop()
        self._later: asyncio.TimerHandle | None = None
        self._reads = False
        os.set_blocking(self._master, False)
        self._pace()

    def leave(self) -> None:
        """Close this process's descriptors."""
        self._read_on(False)
        self._loop.remove_writer(self._master)
        self._viewers.clear()
        os.close(self._master)
        self.scrollback.close()

    # What it writes

    def tail(self) -> int:
        """Where to begin when all that is still there is shown: at a line, where it is not the first."""
        start = self.scrollback.start
        return start and start + self.scrollback.read(start, CHUNK).find(b"\n") + 1

    def _pace(self) -> None:
        lacking = [self.scrollback.end - viewer.acknowledged for viewer in self._viewers.values()]
        self._read_on(not lacking or min(lacking) < WINDOW)

    def _read_on(self, reads: bool) -> None:
        if self._later:
            self._later.cancel()
            self._later = None
        if reads and not self._reads:
            self._loop.add_reader(self._master, self._readable)
        elif self._reads and not reads:
            self._loop.remove_reader(self._master)
        self._reads = reads

    def _readable(self) -> None:
        try:
            data = self._read()
        except BlockingIOError:
            return
        except OSError:  # EIO
            self._hung_up(self.key)
            return
        self.scrollback.append(data)
        for viewer in self._viewers.values():
            self._ready(viewer)
        if self._viewers:
            self._pace()
        else:
            self._read_on(False)
            self._later = self._loop.call_later(SLOWLY, self._pace)

    def _read(self) -> bytes:
        """At most CHUNK bytes; the kernel gives a page of them at once. Raises OSError where there is none."""
        data = b""
        while len(data) < CHUNK:
            try:
                more = os.read(self._master, CHUNK - len(data))
            except OSError:
                if not data:
                    raise
                break
            data += more
        return data

    # Who looks

    def receive(self, name: str, message: TerminalInbound) -> None:
        match message:
            case TerminalSeen():
                self._see(name, message)
            case TerminalInput():
                self._type(self._viewers.get(name), message)
            case TerminalSize():
                with suppress(OSError):  # it has hung up
                    fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", message.rows, message.columns, 0, 0))

    def forget_viewers(self) -> None:
        self._viewers.clear()
        self._pace()

    def is_looked_at_by(self, viewer: Viewer) -> bool:
        return self._viewers.get(viewer.name) is viewer

    def _see(self, name: str, seen: TerminalSeen) -> None:
        viewer = self._viewers.get(name)
        if viewer is None:
            viewer = self._viewers[name] = Viewer(name, self, seen)
            self._loop.call_later(LEASE, self._expire, viewer)
        else:
            viewer.heard = self._loop.time()
            viewer.see(seen)
        self._ready(viewer)
        self._pace()

    def _expire(self, viewer: Viewer) -> None:
        if not self.is_looked_at_by(viewer):
            return
        left = viewer.heard + LEASE - self._loop.time()
        if left > 0:
            self._loop.call_later(left, self._expire, viewer)
        else:
            del self._viewers[viewer.name]
            self._pace()

    # What is typed

    def taken(self, viewer: Viewer) -> int:
        return max(0, viewer.typed - len(self._unwritten))

    def _type(self, viewer: Viewer | None, message: TerminalInput) -> None:
        try:
            data = b64decode(message.data, validate=True)
        except binascii.Error:
            logger.warning("Lab %s: what was typed is not base64", self.lab)
            return
        if len(self._unwritten) + len(data) > MAX_UNWRITTEN:  # the page does not keep to its window
            return
        if viewer:  # else the page says what it typed when it says what it has seen
            viewer.typed = message.position + len(data)
        self._unwritten += data
        self._write()

    def _write(self) -> None:
        try:
            del self._unwritten[: os.write(self._master, self._unwritten)]
        except BlockingIOError:
            pass
        except OSError:  # it has hung up
            self._unwritten.clear()
        if self._unwritten:
            self._loop.add_writer(self._master, self._write)
        else:
            self._loop.remove_writer(self._master)
        for viewer in self._viewers.values():
            self._ready(viewer)


class Terminals:
    """Those of one lab, from `take_over` until `leave`."""

    def __init__(self, lab: str, keeper: Keeper, ready: Callable[[Viewer], None], changed: Callable[[], None]) -> None:
        """`changed` is called where one is opened or closed."""
        self._lab = lab
        self._keeper = keeper
        self._ready = ready
        self._changed = changed
        self._terminals: dict[str, Terminal] = {}
        self._left = False
        keeper.on_terminal_closed = self._closed

    async def take_over(self) -> None:
        """Those that an earlier worker left."""
        for opened in await self._keeper.list_terminals():
            self._add(opened)

    async def open(self, netns: Netns, rows: int, columns: int) -> str:
        """Its key."""
        if len(self._terminals) >= MAX_TERMINALS:
            most = str(MAX_TERMINALS)
            raise RefusedError(f"A lab has at most {most} terminals. Close one.", code="too_many_terminals", params={"most": most})
        opened = await self._keeper.open_terminal(netns, rows, columns)
        if self._left:
            os.close(opened.master)
            opened.scrollback.close()
            raise LabGoneError("The lab has ended", hint="Start it again")
        self._add(opened)
        self._changed()
        return opened.key

    async def close(self, key: str) -> None:
        """One that is not there is no error."""
        self._closed(key)
        await self._keeper.close_terminal(key)

    def receive(self, viewer: str, message: TerminalInbound) -> None:
        """From a page; what is for a terminal that is no more goes nowhere, and the status says that it is not there."""
        if terminal := self._terminals.get(message.terminal):
            terminal.receive(viewer, message)

    def forget_viewers(self) -> None:
        """The connection is cut: they come back."""
        for terminal in self._terminals.values():
            terminal.forget_viewers()

    def status(self) -> tuple[TerminalStatus, ...]:
        return tuple(TerminalStatus(key=terminal.key, node=str(terminal.netns)) for terminal in self._terminals.values())

    def leave(self) -> None:
        """Let go of them; as long as the lab lives, they go on."""
        self._left = True
        for terminal in self._terminals.values():
            terminal.leave()
        self._terminals.clear()

    def _add(self, opened: OpenTerminal) -> None:
        self._terminals[opened.key] = Terminal(self._lab, opened, self._ready, self._closed)

    def _closed(self, key: str) -> None:
        if terminal := self._terminals.pop(key, None):
            terminal.leave()
            self._changed()
