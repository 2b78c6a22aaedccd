"""Terminals over the worker's connection: windows, cursors, and who comes back."""

from __future__ import annotations

import asyncio
from base64 import b64decode, b64encode
from pathlib import Path

import pytest

from labs.kernel.scrollback import CHUNK, SIZE
from labs.kernel.terminals import MAX_TERMINALS
from labs.messages.terminal import TerminalInput, TerminalOutput, TerminalSeen
from labs.messages.worker import FromTerminal, ToTerminal
from labs.worker.terminals import MESSAGES, WINDOW
from tests.worker.conftest import StartWorker, Worker
from tests.worker.documents import pair
from tests.worker.server import FakeServer, desired

PATIENCE = 30.0


class Page:
    """Draws what a terminal shows, as a page does: in order, each byte once, acknowledged."""

    def __init__(self, server: FakeServer, terminal: str, name: str = "page") -> None:
        self._server, self._terminal, self._name = server, terminal, name
        self._read = len(server.received)
        self.position = self.typed = self.taken = self.resets = self.skipped = 0
        self.shown = bytearray()
        """The last of it."""

    async def see(self) -> None:
        seen = TerminalSeen(lab="lab", terminal=self._terminal, position=self.position, typed=self.typed)
        await self._server.send(ToTerminal(viewer=self._name, message=seen))

    async def type(self, text: str) -> None:
        data = text.encode()
        message = TerminalInput(lab="lab", terminal=self._terminal, position=self.typed, data=b64encode(data).decode())
        self.typed += len(data)
        await self._server.send(ToTerminal(viewer=self._name, message=message))

    async def next(self, seconds: float = PATIENCE) -> TerminalOutput:
        """The next message to this page, which is not acknowledged yet."""

        def ours(message: object) -> bool:
            self._read += 1
            return isinstance(message, FromTerminal) and message.viewer == self._name

        message: FromTerminal = await self._server.wait(ours, since=self._read, seconds=seconds)
        self.draw(message.output)
        return message.output

    def draw_what_came(self) -> None:
        """Without waiting, and without acknowledging."""
        while self._read < len(self._server.received):
            message = self._server.received[self._read]
            self._read += 1
            if isinstance(message, FromTerminal) and message.viewer == self._name:
                self.draw(message.output)

    def draw(self, output: TerminalOutput) -> None:
        self.taken = output.taken
        data = b64decode(output.data)
        if output.reset:
            self.resets += 1
            self.skipped += output.position - self.position
            self.shown.clear()
            self.position = output.position
        if output.position > self.position:  # behind a gap
            return
        new = data[self.position - output.position :]
        self.position += len(new)
        self.shown += new
        del self.shown[:-4096]

    async def shows(self, text: str, seconds: float = PATIENCE) -> None:
        async with asyncio.timeout(seconds):
            while text.encode() not in self.shown:
                await self.next()
                await self.see()


@pytest.fixture
async def terminal(worker: Worker, server: FakeServer) -> str:
    """The key of one in the lab `lab`."""
    await server.run("lab", 1, pair())
    return await opened(server)


async def opened(server: FakeServer, node: str = "host") -> str:
    reply = await server.ask("lab", "open_terminal", source=node)
    assert reply.terminal, reply.error
    return reply.terminal


@pytest.fixture
async def viewer(server: FakeServer, terminal: str) -> Page:
    viewer = Page(server, terminal)
    await viewer.see()
    await viewer.shows("# ")
    return viewer


async def test_what_is_typed_is_carried_out_and_shown(viewer: Page) -> None:
    await viewer.type("ip netns exec ns1 ping -c1 192.168.1.2\n")
    await viewer.shows("1 received")
    assert viewer.taken == viewer.typed


async def test_the_status_says_which_terminals_there_are(server: FakeServer, terminal: str) -> None:
    await server.watch("lab")
    status = await server.status("lab", lambda status: status.terminals is not None)
    assert [(one.key, one.node) for one in status.terminals or ()] == [(terminal, "host")]
    since = len(server.received)
    other = await opened(server, "ns2")
    status = await server.status("lab", lambda status: status.terminals is not None, since=since)
    assert [(one.key, one.node) for one in status.terminals or ()] == [(terminal, "host"), (other, "ns2")]
    since = len(server.received)
    await server.ask("lab", "close_terminal", terminal=terminal)
    status = await server.status("lab", lambda status: status.terminals is not None, since=since)
    assert [one.key for one in status.terminals or ()] == [other]


async def test_a_node_that_is_not_there_is_refused(server: FakeServer, terminal: str) -> None:
    assert "no node 'ns9'" in ((await server.ask("lab", "open_terminal", source="ns9")).error or "")


async def test_a_lab_has_so_many_terminals_and_no_more(server: FakeServer, terminal: str) -> None:
    for _ in range(MAX_TERMINALS - 1):
        await opened(server)
    refused = await server.ask("lab", "open_terminal", source="host")
    assert refused.failure
    assert refused.failure.code == "too_many_terminals"
    await server.ask("lab", "close_terminal", terminal=terminal)
    await opened(server)


async def test_a_terminal_whose_shell_exits_is_closed(server: FakeServer, viewer: Page) -> None:
    await server.watch("lab")
    await viewer.type("exit\n")
    await server.status("lab", lambda status: status.terminals == ())


async def test_a_page_that_does_not_acknowledge_is_sent_a_window_and_no_more(server: FakeServer, viewer: Page) -> None:
    """A program that floods waits; another page's terminal and the lab's answers come through at once."""
    await viewer.type("yes\n")
    sent = 0
    while sent < MESSAGES:
        before = viewer.position
        await viewer.next()
        sent += viewer.position > before  # the prompt may have been sent twice, for want of an answer
    shown = viewer.position
    await asyncio.sleep(1)
    viewer.draw_what_came()
    assert viewer.position == shown <= WINDOW + MESSAGES * CHUNK
    assert (await server.ask("lab", "ping", source="ns1", target="ns2")).ping
    await viewer.see()
    await viewer.type("\x03")
    await viewer.shows("^C")
    assert viewer.resets == 0


async def test_a_hundred_megabytes_pass_to_who_draws_them(viewer: Page) -> None:
    """All of it, in order; counted by the viewer."""
    before = viewer.position
    await viewer.type("stty -echo -onlcr; head -c 100000000 /dev/zero | tr '\\0' x; echo th-end\n")
    await viewer.shows("xth-end", seconds=120)
    assert viewer.position - before > 100_000_000
    assert (viewer.resets, viewer.skipped) == (0, 0)


async def test_who_did_not_get_a_message_is_sent_it_again(server: FakeServer, viewer: Page) -> None:
    await viewer.see()
    await viewer.type("echo o''ne\n")
    behind = viewer.position
    await viewer.shows("one\r\n")
    viewer.position = behind
    viewer.shown.clear()
    await viewer.see()  # acknowledged once: what was sent behind it has not come
    await viewer.see()
    await viewer.shows("one\r\n")


async def test_a_page_that_sleeps_is_not_waited_for(server: FakeServer, terminal: str, viewer: Page) -> None:
    """It gets the tail when it comes back, from an empty screen."""
    sleeper = Page(server, terminal, "sleeper")
    await sleeper.see()
    await sleeper.next()
    await viewer.type(f"seq 1 {SIZE}; echo a''ll\n")
    await viewer.shows("all\r\n")
    assert viewer.resets == 0
    await sleeper.see()
    await sleeper.shows("all\r\n")
    assert sleeper.resets == 1
    assert sleeper.skipped > 0


async def test_a_program_goes_on_while_nobody_looks(server: FakeServer, viewer: Page) -> None:
    """Slowly. Cut off, the connection forgets its viewers."""
    await viewer.type(f"seq 1 {SIZE // 8}; touch /tmp/written\n")
    await viewer.next()
    await server.hang_up()
    await server.listen()
    await server.connected(times=2)
    looker = Page(server, await opened(server), "looker")
    await looker.see()
    await looker.shows("# ")
    await looker.type("until test -e /tmp/written; do sleep .1; done; echo th''ere\n")
    await looker.shows("there\r\n")


async def test_terminals_come_back_with_their_content(
    server: FakeServer, directory: Path, worker: Worker, start_worker: StartWorker, viewer: Page, terminal: str
) -> None:
    await viewer.type("echo be''fore; read line; echo af''ter $line\n")
    await viewer.shows("before\r\n")
    await worker.stop()
    await start_worker()
    await server.connected(times=2)
    again = Page(server, terminal, "again")
    await again.see()
    await again.shows("before\r\n")
    await viewer.see()
    await viewer.type("all\n")
    await viewer.shows("after all\r\n")
    assert viewer.resets == 0


async def test_a_lab_that_ends_takes_its_terminals_along(server: FakeServer, worker: Worker, viewer: Page) -> None:
    runner = worker.reconciler.runner("lab")
    assert runner
    await server.want(desired("lab", 2, pair(), running=False))
    await server.settled("lab", 2)
    assert runner.terminals is None
