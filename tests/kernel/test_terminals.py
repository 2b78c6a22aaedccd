"""Terminals of a lab: real PTYs with real shells, which outlive whoever reads them."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import struct
import termios
from pathlib import Path

import pytest

from labs.kernel.errors import AgentError
from labs.kernel.keeper import OpenTerminal
from labs.kernel.lab import Lab
from labs.kernel.scrollback import CHUNK, SIZE, Scrollback
from labs.kernel.terminals import MAX_TERMINALS
from labs.network.state import Netns
from tests.kernel.controller import controller, kill

DEFAULT = Netns("", "")
NS1 = Netns("", "ns1")
PATIENCE = 20.0


class Screen:
    """Reads a terminal, as a controller does."""

    def __init__(self, terminal: OpenTerminal) -> None:
        self.terminal = terminal
        self.seen = ""
        os.set_blocking(terminal.master, False)

    def type(self, text: str) -> None:
        os.write(self.terminal.master, text.encode())

    async def shows(self, text: str) -> str:
        """Wait for a text; returns what came until then, and forgets it."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(PATIENCE):
            while text not in self.seen:
                readable = loop.create_future()
                loop.add_reader(self.terminal.master, readable.set_result, None)
                try:
                    await readable
                finally:
                    loop.remove_reader(self.terminal.master)
                self.seen += os.read(self.terminal.master, 65536).decode()
        before, _, self.seen = self.seen.partition(text)
        return before

    async def run(self, line: str) -> str:
        """Type a command; returns what it wrote."""
        self.type(f"{line}; echo done-$?-$((40+2))\n")
        await self.shows("-$((40+2))")
        return await self.shows("-42")

    async def start_sleeping(self) -> None:
        """A program in the foreground; it is there when this returns."""
        self.type("sh -c 'echo begun; exec sleep 1000'\n")
        await self.shows("begun\r\n")

    def close(self) -> None:
        os.close(self.terminal.master)
        self.terminal.scrollback.close()


@pytest.fixture
async def node(lab: Lab) -> Lab:
    """A lab with one host, and ns1 in it."""
    await lab.keeper.add_hosts([""])
    await lab.keeper.add_netns([NS1])
    return lab


async def opened(lab: Lab, netns: Netns = DEFAULT) -> Screen:
    screen = Screen(await lab.keeper.open_terminal(netns, 24, 80))
    await screen.shows("# ")
    return screen


async def test_a_prompt_names_the_node(node: Lab) -> None:
    screen = Screen(await node.keeper.open_terminal(NS1, 24, 80))
    assert "root@ns1" in await screen.shows("# ")
    screen.close()


async def test_commands_work_as_they_stand_in_a_textbook(node: Lab) -> None:
    """The host's terminal enters its namespaces by name, and what is added there is seen in another terminal."""
    host, ns1 = await opened(node), await opened(node, NS1)
    assert "1 received" in await host.run("ip netns exec ns1 ping -c1 127.0.0.1")
    await host.run("ip netns add red")
    assert "red" in await ns1.run("ip netns list")
    await ns1.run("ip link add v0 type veth peer name v1")
    assert "v0" in await host.run("ip netns exec ns1 ip link")
    assert "v0" not in await host.run("ip link")
    assert Netns("", "red") in node.handles
    host.close()
    ns1.close()


async def test_ctrl_c_reaches_the_program_and_not_the_shell(node: Lab) -> None:
    screen = await opened(node)
    await screen.start_sleeping()
    screen.type("\x03")
    await screen.shows("# ")
    assert "done-130" in await screen.run("(exit $?)")
    await screen.start_sleeping()
    screen.type("\x1a")
    await screen.shows("Stopped")
    await screen.shows("# ")
    assert "Stopped" in await screen.run("jobs")
    screen.close()


async def test_a_change_of_size_is_told_to_the_program(node: Lab) -> None:
    screen = await opened(node)
    assert "24 80" in await screen.run("stty size")
    screen.type("sh -c 'trap \"stty size\" WINCH; echo begun; while sleep .1; do :; done'\n")
    await screen.shows("begun\r\n")
    fcntl.ioctl(screen.terminal.master, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 132, 0, 0))
    await screen.shows("40 132")
    screen.close()


async def test_a_terminal_that_is_closed_ends_its_programs(node: Lab) -> None:
    screen, other = await opened(node), await opened(node)
    await screen.start_sleeping()
    closed: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    node.keeper.on_terminal_closed = closed.set_result
    screen.close()
    await node.keeper.close_terminal(screen.terminal.key)
    assert await asyncio.wait_for(closed, PATIENCE) == screen.terminal.key
    assert "sleep" not in await other.run("ps ax")
    (left,) = await node.keeper.list_terminals()
    assert left.key == other.terminal.key
    Screen(left).close()
    other.close()


async def test_a_shell_that_ends_closes_its_terminal(node: Lab) -> None:
    screen = await opened(node)
    closed: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    node.keeper.on_terminal_closed = closed.set_result
    screen.type("exit\n")
    assert await asyncio.wait_for(closed, PATIENCE) == screen.terminal.key
    assert await node.keeper.list_terminals() == []
    screen.close()


async def test_a_lab_has_so_many_terminals_and_no_more(node: Lab) -> None:
    screens = [Screen(await node.keeper.open_terminal(DEFAULT, 24, 80)) for _ in range(MAX_TERMINALS)]
    with pytest.raises(AgentError, match="close one") as refused:
        await node.keeper.open_terminal(DEFAULT, 24, 80)
    assert refused.value.errno == errno.EDQUOT
    for screen in screens:
        screen.close()


async def test_terminals_outlive_their_controller_with_what_they_showed(directory: Path) -> None:
    script = """
lab = await Lab.start("lab", directory=directory, keep=True)
await lab.keeper.add_hosts([""])
terminal = await lab.keeper.open_terminal(Netns("", ""), 24, 80)
os.write(terminal.master, b"stty -echo; cd /tmp; while read line; do echo got-$line; done\\n")
os.write(terminal.master, b"one\\n")
shown = b""
while b"got-one" not in shown:
    data = os.read(terminal.master, 4096)
    terminal.scrollback.append(data)
    shown += data
print(terminal.key)
"""
    process = controller(script, directory)
    assert process.stdout
    key = process.stdout.readline().strip()
    kill(process)
    lab = await Lab.attach(directory / "lab.sock")
    (terminal,) = await lab.keeper.list_terminals()
    assert (terminal.key, terminal.netns) == (key, DEFAULT)
    assert b"got-one" in terminal.scrollback.read(0, SIZE)
    screen = Screen(terminal)
    screen.type("two\n")
    await screen.shows("got-two")
    screen.close()
    await lab.end()


def test_the_scrollback_keeps_the_tail_at_absolute_positions() -> None:
    ring = Scrollback.create()
    written = b"".join(bytes([number % 251]) * 997 for number in range(1000))
    for start in range(0, len(written), CHUNK):
        ring.append(written[start : start + CHUNK])
        assert ring.end == min(start + CHUNK, len(written))
        assert ring.end - ring.start == min(ring.end, SIZE - CHUNK)
        assert ring.read(ring.start, SIZE) == written[ring.start : ring.end]
    reopened = Scrollback(os.dup(ring.fd))
    assert reopened.end == len(written)
    assert reopened.read(reopened.end - 5, 100) == written[-5:]
    ring.close()
    reopened.close()
