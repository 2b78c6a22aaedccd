"""How a command in a lab is connected to this process's standard streams."""

from __future__ import annotations

import asyncio
import os
import signal
import termios
import tty
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from labs.kernel.keeper import Command
from labs.kernel.lab import Lab
from labs.network.state import Netns

_FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGHUP)
_AT_ONCE = 65536
_DRAINED_WITHIN = 1.0
"""Seconds after a command's end, in which what it wrote last is shown."""


async def run_in_pipes(lab: Lab, netns: Netns, argv: Sequence[str]) -> int:
    """The command has the streams themselves: nothing is copied, and ends, broken pipes and bytes are as without us."""
    signals: asyncio.Queue[int] = asyncio.Queue()
    with _handled(_FORWARDED, signals.put_nowait):
        command = await lab.execute(netns, argv, stdin=0, stdout=1, stderr=2)
        forwarding = asyncio.create_task(_forward(signals, command))
        _let_go_of(0, 1)
        try:
            return await command.wait()
        finally:
            forwarding.cancel()


async def _forward(signals: asyncio.Queue[int], command: Command) -> None:
    while True:
        await command.send_signal(await signals.get())


def _let_go_of(*streams: int) -> None:
    """Only the command holds them from here on: when it closes one, the other side is told."""
    null = os.open(os.devnull, os.O_RDWR)
    for stream in streams:
        os.dup2(null, stream)
    os.close(null)


async def run_in_terminal(lab: Lab, netns: Netns, argv: Sequence[str]) -> int:
    """The command has a terminal of the lab; keys go there as they are, and ours shows what that one shows."""
    size = os.get_terminal_size(0)
    environment = {name: os.environ[name] for name in ("TERM", "COLORTERM") if name in os.environ}
    command, master = await lab.keeper.execute_in_terminal(netns, argv, rows=size.lines, columns=size.columns, environment=environment)
    exited = asyncio.create_task(command.wait())
    told: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def end(number: int) -> None:
        if not told.done():
            told.set_result(128 + number)

    with _raw(0), _handled((signal.SIGTERM, signal.SIGHUP), end):
        wire = _Wire(master, lambda: end(signal.SIGHUP))
        try:
            await asyncio.wait((exited, told), return_when=asyncio.FIRST_COMPLETED)
            if not exited.done():
                return told.result()
            with suppress(TimeoutError):
                await asyncio.wait_for(wire.hung_up.wait(), _DRAINED_WITHIN)
            return exited.result()
        finally:
            exited.cancel()
            wire.close()


class _Wire:
    """From our terminal to the master of another, and back."""

    def __init__(self, master: int, lost: Callable[[], None]) -> None:
        """`lost`: called when our terminal is no more."""
        self.hung_up = asyncio.Event()
        """Nobody holds the other terminal any more, and all that it showed is shown."""
        self._master = master
        self._lost = lost
        self._unsent = b""
        self._loop = asyncio.get_running_loop()
        os.set_blocking(master, False)
        self._loop.add_reader(0, self._typed)
        self._loop.add_reader(master, self._shown)
        self._loop.add_signal_handler(signal.SIGWINCH, self._resized)
        self._resized()  # it may have been meanwhile

    def _typed(self) -> None:
        self._loop.remove_reader(0)
        with suppress(OSError):  # EIO
            self._unsent = os.read(0, _AT_ONCE)
        if self._unsent:
            self._send()
        else:
            self._lost()

    def _send(self) -> None:
        """Nothing more is read from our terminal before this is sent: the one that types waits, not we hoard."""
        try:
            self._unsent = self._unsent[os.write(self._master, self._unsent) :]
        except BlockingIOError:
            pass
        except OSError:
            self._unsent = b""
        if self._unsent:
            self._loop.add_writer(self._master, self._send)
        else:
            self._loop.remove_writer(self._master)
            self._loop.add_reader(0, self._typed)

    def _shown(self) -> None:
        try:
            data = os.read(self._master, _AT_ONCE)
        except BlockingIOError:
            return
        except OSError:  # EIO
            data = b""
        if not data:
            self._loop.remove_reader(self._master)
            self.hung_up.set()
        try:
            while data:
                data = data[os.write(1, data) :]
        except OSError:
            self._lost()

    def _resized(self) -> None:
        with suppress(termios.error):  # one of the two is gone
            termios.tcsetwinsize(self._master, termios.tcgetwinsize(0))

    def close(self) -> None:
        self._loop.remove_signal_handler(signal.SIGWINCH)
        self._loop.remove_reader(0)
        self._loop.remove_reader(self._master)
        self._loop.remove_writer(self._master)
        os.close(self._master)


@contextmanager
def _raw(terminal: int) -> Iterator[None]:
    before = termios.tcgetattr(terminal)
    tty.setraw(terminal, termios.TCSADRAIN)
    try:
        yield
    finally:
        with suppress(termios.error):  # it is no more
            termios.tcsetattr(terminal, termios.TCSADRAIN, before)


@contextmanager
def _handled(signals: Sequence[int], handler: Callable[[int], object]) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    for number in signals:
        loop.add_signal_handler(number, handler, number)
    try:
        yield
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
