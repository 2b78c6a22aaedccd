"""The controller's side of a lab's agent: a `NetnsKeeper` over its socket, in one asyncio loop with those of other labs."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import secrets
import signal
import socket
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, NamedTuple

from labs.document.sysctls import SYSCTLS
from labs.kernel import protocol
from labs.kernel.errors import AgentError, LabBusyError, LabGoneError
from labs.kernel.netns import NetnsHandle
from labs.kernel.protocol import Packet, Request
from labs.kernel.scrollback import Scrollback
from labs.network.state import Netns

_NONBLOCKING_RAW: Final = socket.SOCK_RAW | socket.SOCK_NONBLOCK
_SILENT_FOR: Final = 30.0
"""Seconds without a word, while it is asked something, after which an agent counts as stuck: a packet's work takes it a fraction of one."""
_END_WITHIN: Final = 5.0


class Command:
    """A command that runs in a lab."""

    def __init__(self, keeper: Keeper, pid: int) -> None:
        self._keeper = keeper
        self.pid = pid
        """In the lab."""
        self._exited: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def wait(self) -> int:
        """Its exit code; 128 + the signal that killed it. Raises LabGoneError if the lab ends before."""
        return await asyncio.shield(self._exited)

    async def send_signal(self, number: int = signal.SIGTERM) -> None:
        """To it and all of its session. One that has ended is no error."""
        with suppress(AgentError):
            await self._keeper.ask(protocol.Signal(self.pid, number))

    def exited(self, code: int) -> None:
        if not self._exited.done():
            self._exited.set_result(code)

    def lost(self, error: LabGoneError) -> None:
        if not self._exited.done():
            self._exited.set_exception(error)
            self._exited.exception()  # nobody need wait


class OpenTerminal(NamedTuple):
    """A terminal of the lab; whoever is given it closes both."""

    key: str
    netns: Netns
    master: int
    """Of its PTY."""
    scrollback: Scrollback


class Keeper:
    """Holds the connection to an agent and the descriptors of its lab. Raises LabGoneError everywhere once the lab has ended.

    A sender on the received NETLINK_ROUTE sockets needs CAP_NET_ADMIN in the lab's user namespace twice over (netlink_ns_capable): of who
    opened the socket, the agent, and of who sends. This process has it: the owner of a user namespace, the effective user id that made it,
    has all capabilities there (cap_capable, security/commoncap.c). So it holds for root and for an ordinary user alike, and no second
    process in the lab is needed.
    """

    mark = ""
    """All that is in a sandbox is the lab's."""

    def __init__(self, connection: socket.socket, *, visiting: bool = False) -> None:
        """`visiting`: an agent that is stuck is left, not killed."""
        self._visiting = visiting
        self.handles: dict[Netns, NetnsHandle] = {}
        self.netns_listeners: list[Callable[[Netns], None]] = []
        self.on_terminal_closed: Callable[[str], None] = lambda key: None
        """Called with the key of a terminal whose shell has ended."""
        self._on_sysctls: Callable[[], None] = _nothing
        self.pid = 0
        """The agent's process id, once the lab is `ready`."""
        self.is_of_this_version = True
        """Whether the agent understands what this program asks, once the lab is `ready`. One that may not can be ended, and no more."""
        self.limits: dict[str, str] = {}
        """What limits the lab, and by what means: `memory`, `processes`, `cpu`."""
        loop = asyncio.get_running_loop()
        self._loop = loop
        self._socket = connection
        connection.setblocking(False)
        self._number = 0
        self._heard = 0.0
        """When the agent last said something."""
        self._waiting: dict[int, asyncio.Future[tuple[Any, list[int]]]] = {}
        self._commands: dict[int, Command] = {}
        self._early_exits: dict[int, int] = {}
        self._unsent: deque[tuple[bytes, Sequence[int]]] = deque()
        self.ready: asyncio.Future[None] = loop.create_future()
        """Done when the sandbox is made; raises AgentError where it cannot be."""
        self.closed: asyncio.Event = asyncio.Event()
        """Set when the lab has ended or was left."""
        loop.add_reader(connection, self._readable)

    # The agent's socket

    async def ask(self, request: Request, descriptors: Sequence[int] = ()) -> Any:
        """Its result. Raises AgentError or LabGoneError."""
        result, received = await self._ask(request, descriptors)
        protocol.close(received)
        return result

    async def _ask(self, request: Request, descriptors: Sequence[int] = ()) -> tuple[Any, list[int]]:
        answer = self._post(request, descriptors)
        try:
            return await self._await(answer)
        finally:
            answer.cancel()  # nobody waits for it any more

    def _post(self, request: Request, descriptors: Sequence[int] = ()) -> asyncio.Future[tuple[Any, list[int]]]:
        """Send a request, before this returns if the socket takes it; its answer."""
        if self.closed.is_set():
            raise _gone()
        self._number += 1
        data = protocol.encode_request(self._number, request)
        if len(data) > protocol.MAX_PACKET:
            raise AgentError(f"A request of {len(data)} bytes is longer than {protocol.MAX_PACKET}")
        answer: asyncio.Future[tuple[Any, list[int]]] = self._loop.create_future()
        self._waiting[self._number] = answer
        self._unsent.append((data, descriptors))
        self._send()
        return answer

    async def _await(self, answer: asyncio.Future[tuple[Any, list[int]]]) -> tuple[Any, list[int]]:
        """An answer, or LabGoneError: an agent that is stuck is killed, and its lab ends with it."""
        while not answer.done():
            since = self._loop.time()
            await asyncio.wait([answer], timeout=_SILENT_FOR)
            if not answer.done() and self._heard < since:
                self._kill()
        return answer.result()

    def _kill(self) -> None:
        if not self._visiting:
            with suppress(ProcessLookupError):  # it has ended meanwhile
                os.kill(self.pid, signal.SIGKILL)
        self._end()

    def _send(self) -> None:
        while self._unsent:
            try:
                protocol.send(self._socket, *self._unsent[0])
            except BlockingIOError:
                self._loop.add_writer(self._socket, self._send)
                return
            except OSError:
                self._end()
                return
            self._unsent.popleft()
        self._loop.remove_writer(self._socket)

    def _readable(self) -> None:
        self._heard = self._loop.time()
        for _ in range(16):  # then let others have the loop
            try:
                data, descriptors, truncated = protocol.receive(self._socket)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                self._end()
                return
            self._handle(json.loads(data), descriptors, truncated=truncated)

    def _handle(self, packet: Packet, descriptors: list[int], *, truncated: bool) -> None:
        self._handle_netns(packet, descriptors, truncated=truncated)
        if "sysctls" in packet:
            self._on_sysctls()
        if "exited" in packet:
            self._command_exited(*packet["exited"])
        if "closed" in packet:
            self.on_terminal_closed(packet["closed"])
        if "ready" in packet and not self.ready.done():
            self.limits, self.pid = packet["ready"], packet["pid"]
            self.is_of_this_version = packet.get("version") == protocol.VERSION
            self.ready.set_result(None)
        error = _DescriptorsLostError() if truncated else _refused(packet)
        if "id" in packet:
            self._answered(packet, descriptors, error)
        else:
            protocol.close(descriptors)
            if error and not self.ready.done():
                self.ready.set_exception(error)

    def _handle_netns(self, packet: Packet, descriptors: list[int], *, truncated: bool) -> None:
        added, gone = ([Netns(*netns) for netns in names] for names in (packet.get("netns", ()), packet.get("gone", ())))
        for netns in () if truncated else added:
            self._add_handle(netns, *descriptors[: protocol.DESCRIPTORS_EACH])
            del descriptors[: protocol.DESCRIPTORS_EACH]
        for netns in gone:
            self._drop_handle(netns)
        for netns in (*added, *gone):
            for listener in tuple(self.netns_listeners):
                listener(netns)

    def _answered(self, packet: Packet, descriptors: list[int], error: AgentError | None) -> None:
        answer = self._waiting.get(packet["id"])
        if not packet.get("more"):
            self._waiting.pop(packet["id"], None)
        if answer is None or answer.done():  # who asked has been cancelled
            protocol.close(descriptors)
        elif error:
            protocol.close(descriptors)
            answer.set_exception(error)
        elif not packet.get("more"):
            answer.set_result((packet.get("result"), descriptors))

    def _end(self) -> None:
        """The agent is gone, or this side leaves it."""
        if self.closed.is_set():
            return
        self.closed.set()
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        self._socket.close()
        error = _gone()
        waiting: list[asyncio.Future[Any]] = [*self._waiting.values(), self.ready]
        for future in waiting:
            if not future.done():
                future.set_exception(error)
                future.exception()  # those who wait see it all the same
        for command in self._commands.values():
            command.lost(error)
        for netns in list(self.handles):
            self._drop_handle(netns)

    # Namespaces

    def _add_handle(self, netns: Netns, fd: int, rtnl: int) -> None:
        self._drop_handle(netns)
        self.handles[netns] = NetnsHandle(netns, fd, socket.socket(socket.AF_NETLINK, _NONBLOCKING_RAW, socket.NETLINK_ROUTE, rtnl))

    def _drop_handle(self, netns: Netns) -> None:
        handle = self.handles.pop(netns, None)
        if handle is not None:
            handle.close()

    async def take_over(self, *, force: bool) -> None:
        """Control the lab. Raises LabBusyError where somebody else does, unless `force` cuts him off."""
        try:
            await self.ask(protocol.TakeOver(force))
        except AgentError as refused:
            if refused.errno != errno.EBUSY:
                raise
            raise LabBusyError("Somebody else changes this lab at this moment", hint="Try again when that is done") from None

    async def attach(self) -> None:
        """Take descriptors of all namespaces that there are."""
        await self.ask(protocol.Attach())

    async def add_hosts(self, hosts: Sequence[str]) -> None:
        await self._in_packets(lambda packet: self._make(protocol.AddHosts(packet), protocol.RemoveHosts(packet)), hosts)

    async def remove_hosts(self, hosts: Sequence[str]) -> None:
        await self._in_packets(lambda packet: self.ask(protocol.RemoveHosts(packet)), hosts)

    async def add_netns(self, names: Sequence[Netns]) -> None:
        await self._in_packets(lambda packet: self._make(protocol.AddNetns(packet), protocol.RemoveNetns(packet)), names)

    async def remove_netns(self, names: Sequence[Netns]) -> None:
        await self._in_packets(lambda packet: self.ask(protocol.RemoveNetns(packet)), names)

    async def _make(self, request: Request, undo: Request) -> None:
        try:
            await self.ask(request)
        except _DescriptorsLostError:
            await self.ask(undo)
            raise

    async def read_sysctls(self, names: Sequence[Netns], keys: Sequence[str] = tuple(SYSCTLS)) -> dict[Netns, dict[str, int]]:
        answers = await self._in_packets(lambda packet: self.ask(protocol.ReadSysctls(packet, keys)), names)
        rows = [row for answer in answers for row in answer]
        return {netns: dict(zip(keys, row, strict=True)) for netns, row in zip(names, rows, strict=True)}

    async def watch_sysctls(self, keys: Sequence[str], changed: Callable[[], None]) -> None:
        self._on_sysctls = changed
        try:
            await self.ask(protocol.WatchSysctls(keys))
            await self.closed.wait()
            raise _gone()
        finally:
            self._on_sysctls = _nothing
            with suppress(LabGoneError):
                self._post(protocol.WatchSysctls(())).cancel()  # nobody waits for the answer

    async def write_sysctls(self, values: Sequence[tuple[Netns, str, int]]) -> None:
        await self._in_packets(lambda packet: self.ask(protocol.WriteSysctls(packet)), values, protocol.VALUES_A_PACKET)

    async def _in_packets(
        self, ask: Callable[[Sequence[Any]], Awaitable[Any]], items: Sequence[Any], size: int = protocol.NETNS_A_PACKET
    ) -> list[Any]:
        """Ask for all items in requests that each fit a packet, without waiting between them. After all answers, raises the first error."""
        if self.closed.is_set():  # a lab that has ended has no namespaces: there may be nothing to ask for
            raise _gone()
        packets = [items[start : start + size] for start in range(0, len(items), size)]
        answers = await asyncio.gather(*map(ask, packets), return_exceptions=True)
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer
        return answers

    async def open_socket(self, netns: Netns, family: int, kind: int, protocol_number: int) -> socket.socket:
        """A socket that was made in that namespace, not blocking."""
        _, descriptors = await self._ask(protocol.OpenSocket(netns, family, kind, protocol_number))
        opened = socket.socket(family, kind, protocol_number, descriptors[0])
        opened.setblocking(False)
        return opened

    # Commands

    async def execute(
        self, netns: Netns, argv: Sequence[str], *, stdin: int, stdout: int, stderr: int, environment: Mapping[str, str] | None = None
    ) -> Command:
        """Start a command as the lab's root, with these descriptors. One that cannot be executed says so on its `stderr` and exits with
        126 or 127, as in a shell."""
        return self._command(await self.ask(protocol.Execute(netns, argv, dict(environment or {})), [stdin, stdout, stderr]))

    async def execute_in_terminal(
        self, netns: Netns, argv: Sequence[str], *, rows: int, columns: int, environment: Mapping[str, str] | None = None
    ) -> tuple[Command, int]:
        """Start a command in a terminal of its own in the lab. The caller owns the descriptor of the terminal's master: to close it hangs
        up."""
        request = protocol.Execute(netns, argv, dict(environment or {}), (rows, columns))
        pid, (master,) = await self._ask(request)
        return self._command(pid), master

    def _command(self, pid: int) -> Command:
        command = self._commands[pid] = Command(self, pid)
        if pid in self._early_exits:
            self._command_exited(pid, self._early_exits.pop(pid))
        return command

    def _command_exited(self, pid: int, code: int) -> None:
        command = self._commands.pop(pid, None)
        if command:
            command.exited(code)
        else:
            self._early_exits[pid] = code

    # Terminals

    async def open_terminal(self, netns: Netns, rows: int, columns: int) -> OpenTerminal:
        """Start a shell in the place of a node, as the lab's root."""
        key, scrollback = secrets.token_hex(8), Scrollback.create()
        try:
            _, descriptors = await self._ask(protocol.OpenTerminal(key, netns, rows, columns), [scrollback.fd])
        except BaseException as error:
            scrollback.close()
            if isinstance(error, _DescriptorsLostError):
                await self.close_terminal(key)
            raise
        return OpenTerminal(key, netns, descriptors[0], scrollback)

    async def list_terminals(self) -> list[OpenTerminal]:
        """Those that are there, with descriptors."""
        listed, descriptors = await self._ask(protocol.ListTerminals())
        pairs = zip(descriptors[::2], descriptors[1::2], strict=True)
        return [
            OpenTerminal(key, Netns(*netns), master, Scrollback(scrollback))
            for (key, netns), (master, scrollback) in zip(listed, pairs, strict=True)
        ]

    async def close_terminal(self, key: str) -> None:
        """Its shell is hung up on once this process has closed its descriptors too."""
        await self.ask(protocol.CloseTerminal(key))

    # The record

    async def set_record(self, record: bytes) -> None:
        """Leave this with the lab, for as long as it lives."""
        fd = os.memfd_create("record", os.MFD_CLOEXEC)
        try:
            with os.fdopen(fd, "wb", closefd=False) as file:
                file.write(record)
            await self.ask(protocol.SetRecord(), [fd])
        finally:
            os.close(fd)

    async def get_record(self) -> bytes | None:
        """What was left last."""
        _, descriptors = await self._ask(protocol.GetRecord())
        if not descriptors:
            return None
        try:
            return os.pread(descriptors[0], os.fstat(descriptors[0]).st_size, 0)
        finally:
            protocol.close(descriptors)

    # The end

    async def end(self) -> None:
        """End the lab, with all that is in it. Returns when its agent is gone; the kernel frees the rest in the background."""
        if not self.is_of_this_version:
            self._kill()
            return
        try:
            async with asyncio.timeout(_END_WITHIN):  # wait_for may swallow that this is cancelled
                await self.ask(protocol.End())
        except LabGoneError:
            self._end()
        except TimeoutError:  # it is stopped, or stuck
            self._kill()

    def leave(self) -> None:
        """Close the connection and all descriptors. A lab that is kept goes on; another ends."""
        self._end()


def _nothing() -> None:
    pass


def _gone() -> LabGoneError:
    return LabGoneError("The lab has ended", hint="Start it again")


_RAISE_LIMIT: Final = "Raise the limit of open files: ulimit -n"


class _DescriptorsLostError(AgentError):
    """An answer came without all of its descriptors: this process may open no more."""

    def __init__(self) -> None:
        super().__init__("Too many files are open in this process", errno=errno.EMFILE, hint=_RAISE_LIMIT)


def _refused(packet: Packet) -> AgentError | None:
    failure = packet.get("failure")
    if failure is None:
        return None
    subject, number = failure["subject"], failure["errno"]
    message = f"{subject}: {failure['message']}" if subject else failure["message"]
    return AgentError(message, errno=number, subject=subject, hint=_RAISE_LIMIT if number == errno.EMFILE else "")
