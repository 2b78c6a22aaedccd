"""The agent: PID 1 of a lab. It does what only a process inside can do, and hands the descriptors to its controller.

Single-threaded, as setns(2) to a mount namespace demands, and synchronous: requests are served in order. It is forked from
`labs.kernel.forkserver` and imports nothing later, since the machine's files are gone from its sight.
It may not be traced or read by the lab's root (PR_SET_DUMPABLE; its memory belongs to the machine's user namespace), who thus cannot
reach the record either.
"""

from __future__ import annotations

import errno
import os
import select
import selectors
import signal
import socket
import struct
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from functools import partial, singledispatchmethod
from typing import Any, Never

from labs.kernel import commands, isolation, protocol, sandbox, syscalls
from labs.kernel.agent_hosts import Hosts
from labs.kernel.limits import Enforcement
from labs.kernel.protocol import Packet
from labs.kernel.sysctl_watch import SysctlWatch
from labs.kernel.terminals import Terminals
from labs.network.state import Netns

_SEND_TIMEOUT = struct.pack("ll", 30, 0)
"""struct timeval: whoever does not read for so long is no longer the controller."""
_VISITOR_SEND_TIMEOUT = struct.pack("ll", 5, 0)
"""Shorter than what the controller waits for the agent: no visitor can make that one take the agent for stuck."""

_SCARCE = 0.1
"""Seconds before the agent looks again who connects, when it had no descriptor for it."""


class Agent:
    def __init__(self, pid: int, control: socket.socket, listener: socket.socket | None, *, keep: bool, enforcement: Enforcement) -> None:
        self._pid = pid
        self._control: socket.socket | None = control
        self._listener = listener
        self._keep = keep
        """Whether the lab outlives its controller."""
        self._enforcement = enforcement
        self._record: int | None = None
        self._asking = control
        """Whose request is being served."""
        self._commands: dict[int, socket.socket] = {}
        """Who started each command that runs, by process id."""
        self._selector = selectors.DefaultSelector()
        self._hosts = Hosts()
        self._terminals = Terminals(enforcement)
        self._watched: Sequence[str] = ()
        """The sysctls whose changes the controller is told of."""
        self._watch = SysctlWatch()
        self._look_at = 0.0
        """When they are looked at next, on the clock of `time.monotonic`."""
        self._looked_since = 0.0
        """`Hosts.sysctls_since` at the last look: where that is another, somebody else has read them since."""
        self._selector.register(self._hosts.mounts, selectors.EVENT_READ, self._look_at_hosts)
        self._listen_to(control, _SEND_TIMEOUT)

    def serve(self) -> Never:
        """Until the lab ends."""
        wakeup, wakeup_write = socket.socketpair()
        wakeup.setblocking(False)
        wakeup_write.setblocking(False)
        signal.set_wakeup_fd(wakeup_write.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the lab's root may send it; other signals do not reach a PID 1 without handlers
        self._selector.register(wakeup, selectors.EVENT_READ, lambda: self._reap(wakeup))
        if self._listener is not None:
            self._listener.listen()  # again, in this process: its id is what who connects is told (SO_PEERCRED)
            self._selector.register(self._listener, selectors.EVENT_READ, self._accept)
        if self._control is not None:
            self._greet(self._control)
        while True:
            for key, _ in self._selector.select(self._look_at - time.monotonic() if self._watched else None):
                key.data()
            if self._watched and time.monotonic() >= self._look_at:
                self._look_at_sysctls()

    def _accept(self) -> None:
        """A visitor, or a worker that came back and will ask to take over."""
        assert self._listener is not None
        try:
            connection, _ = self._listener.accept()
        except OSError:  # descriptors are scarce: who connects waits, and the lab lives on
            time.sleep(_SCARCE)
            return
        self._listen_to(connection, _VISITOR_SEND_TIMEOUT)
        self._greet(connection)

    def _listen_to(self, connection: socket.socket, send_timeout: bytes) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, send_timeout)
        self._selector.register(connection, selectors.EVENT_READ, partial(self._serve_request, connection))

    def _greet(self, connection: socket.socket) -> None:
        self._send(connection, {"ready": dict(self._enforcement.by), "pid": self._pid, "version": protocol.VERSION})

    def _drop(self, connection: socket.socket) -> None:
        if connection.fileno() >= 0:
            self._selector.unregister(connection)
            connection.close()
        for pid in [pid for pid, starter in self._commands.items() if starter is connection]:
            del self._commands[pid]
            if connection is not self._control:
                _hang_up(pid)

    def _lose(self, connection: socket.socket) -> None:
        self._drop(connection)
        if connection is self._control:
            self._control, self._watched = None, ()
            if not self._keep:
                self._end()

    def _tell(self, packet: Packet, descriptors: Sequence[int] = ()) -> None:
        """Tell the controller, if there is one."""
        if self._control is not None:
            self._send(self._control, packet, descriptors)

    def _send(self, connection: socket.socket, packet: Packet, descriptors: Sequence[int] = ()) -> None:
        """Raises OSError where the descriptors are the reason."""
        try:
            protocol.send(connection, protocol.encode_packet(packet), descriptors)
        except OSError as error:
            if error.errno == errno.ETOOMANYREFS:  # too many descriptors are on their way in this user's sockets
                raise
            self._lose(connection)  # gone, or does not read

    def _serve_request(self, connection: socket.socket) -> None:
        try:
            data, descriptors, _ = protocol.receive(connection)
            number, request = protocol.decode_request(data)
        except (OSError, ValueError, KeyError, TypeError):  # gone, or no controller of ours
            self._lose(connection)
            return
        self._asking = connection
        try:
            if connection is not self._control and isinstance(request, protocol.CONTROL):
                raise PermissionError(errno.EPERM, "Only who controls the lab may do that")  # noqa: TRY301
            self._serve(request, number, descriptors)
        except OSError as error:
            self._refuse(number, error.strerror or str(error), error.errno or 0, str(error.filename or ""))
        except Exception as error:  # noqa: BLE001  # the lab must live on; who asked raises it
            self._refuse(number, f"{type(error).__name__}: {error}")
        finally:
            protocol.close(descriptors)

    @singledispatchmethod
    def _serve(self, request: protocol.Request, number: int, descriptors: list[int]) -> None:
        raise NotImplementedError(request)

    @_serve.register
    def _(self, request: protocol.AddHosts, number: int, _: list[int]) -> None:
        with ExitStack() as undo:
            self._hosts.add(request.hosts)
            undo.callback(self._hosts.remove, request.hosts)
            self._answer_netns(number, [Netns(host, "") for host in request.hosts])
            undo.pop_all()

    @_serve.register
    def _(self, request: protocol.RemoveHosts, number: int, _: list[int]) -> None:
        self._reply({"id": number, "gone": self._hosts.remove(request.hosts)})

    @_serve.register
    def _(self, request: protocol.AddNetns, number: int, _: list[int]) -> None:
        with ExitStack() as undo:
            self._hosts.add_netns(request.names)
            undo.callback(self._hosts.remove_netns, request.names)
            self._answer_netns(number, request.names)
            undo.pop_all()

    @_serve.register
    def _(self, request: protocol.RemoveNetns, number: int, _: list[int]) -> None:
        self._hosts.remove_netns(request.names)
        self._reply({"id": number, "gone": request.names})

    @_serve.register
    def _(self, request: protocol.ReadSysctls, number: int, _: list[int]) -> None:
        self._answer(number, self._hosts.read_sysctls(request.names, request.keys))

    @_serve.register
    def _(self, request: protocol.WatchSysctls, number: int, _: list[int]) -> None:
        self._watched, self._watch = (), SysctlWatch()
        self._watch.note(self._hosts.read_all_sysctls(request.keys), 0.0)
        self._looked_since = self._hosts.sysctls_since
        self._watched = request.keys
        self._look_at = time.monotonic() + self._watch.rest
        self._answer(number)

    def _look_at_sysctls(self) -> None:
        begun = time.monotonic()
        if self._hosts.sysctls_may_differ() or self._hosts.sysctls_since != self._looked_since:
            try:
                values: object = self._hosts.read_all_sysctls(self._watched)
            except OSError as error:  # descriptors are scarce; no error equals another, so who is told looks by himself
                values = error
            self._looked_since = self._hosts.sysctls_since
            if self._watch.note(values, time.monotonic() - begun):
                self._tell({"sysctls": True})
        self._look_at = time.monotonic() + self._watch.rest

    @_serve.register
    def _(self, request: protocol.WriteSysctls, number: int, _: list[int]) -> None:
        self._hosts.write_sysctls(request.values)
        self._answer(number)

    @_serve.register
    def _(self, request: protocol.OpenSocket, number: int, _: list[int]) -> None:
        with self._hosts.open_socket(request.netns, request.family, request.type, request.protocol) as opened:
            self._answer(number, descriptors=[opened.fileno()])

    @_serve.register
    def _(self, request: protocol.Execute, number: int, descriptors: list[int]) -> None:
        if request.terminal is None:
            self._answer(number, self._spawn(request, descriptors))
            return
        with commands.terminal(*request.terminal) as (master, slave):
            self._answer(number, self._spawn(request, [slave] * 3), [master])

    def _spawn(self, request: protocol.Execute, streams: Sequence[int]) -> int:
        place, owns_terminal = self._hosts.place(request.netns), request.terminal is not None
        environment = {"NODE": str(request.netns)} | request.environment
        pid = commands.spawn(place, request.argv, environment, streams, self._enforcement, owns_terminal=owns_terminal)
        self._commands[pid] = self._asking
        return pid

    @_serve.register
    def _(self, request: protocol.Signal, number: int, _: list[int]) -> None:
        os.killpg(request.pid, request.signal)
        self._answer(number)

    @_serve.register
    def _(self, request: protocol.OpenTerminal, number: int, descriptors: list[int]) -> None:
        (scrollback,) = descriptors
        place = self._hosts.place(request.netns)
        master = self._terminals.open(request.key, request.netns, place, request.rows, request.columns, scrollback)
        self._answer(number, descriptors=[master])

    @_serve.register
    def _(self, request: protocol.CloseTerminal, number: int, _: list[int]) -> None:
        self._terminals.close(request.key)
        self._answer(number)

    @_serve.register
    def _(self, _request: protocol.ListTerminals, number: int, _: list[int]) -> None:
        self._answer(number, *self._terminals.list())

    @_serve.register
    def _(self, _request: protocol.Attach, number: int, _: list[int]) -> None:
        self._answer_netns(number, self._hosts.names())

    @_serve.register
    def _(self, _request: protocol.SetRecord, number: int, descriptors: list[int]) -> None:
        (record,) = descriptors
        if self._record is not None:
            os.close(self._record)
        self._record = os.dup(record)
        self._answer(number)

    @_serve.register
    def _(self, _request: protocol.GetRecord, number: int, _: list[int]) -> None:
        self._answer(number, descriptors=[] if self._record is None else [self._record])

    @_serve.register
    def _(self, request: protocol.TakeOver, number: int, _: list[int]) -> None:
        if self._control is not None and self._control is not self._asking:
            if not request.force and not _has_hung_up(self._control):
                raise OSError(errno.EBUSY, "Somebody else controls this lab")
            self._drop(self._control)
            self._watched = ()
        self._control = self._asking
        self._control.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _SEND_TIMEOUT)
        self._answer(number)

    @_serve.register
    def _(self, _request: protocol.End, _number: int, _: list[int]) -> None:
        self._end()

    def _reply(self, packet: Packet, descriptors: Sequence[int] = ()) -> None:
        self._send(self._asking, packet, descriptors)

    def _answer(self, number: int, result: Any = None, descriptors: Sequence[int] = ()) -> None:
        self._reply({"id": number, "result": result}, descriptors)

    def _refuse(self, number: int, message: str, errno: int = 0, subject: str = "") -> None:
        self._reply({"id": number, "failure": {"message": message, "errno": errno, "subject": subject}})

    def _answer_netns(self, number: int, names: Sequence[Netns]) -> None:
        """Hand over these namespaces, in as many packets as it takes."""
        for start in range(0, len(names), protocol.NETNS_A_PACKET):
            chunk = names[start : start + protocol.NETNS_A_PACKET]
            with self._hosts.descriptors(chunk) as descriptors:
                self._reply({"id": number, "netns": chunk, "more": True}, descriptors)
        self._answer(number)

    def _look_at_hosts(self) -> None:
        """Somebody may have added or deleted a namespace by hand."""
        with suppress(OSError):  # descriptors are scarce: the lab lives on, and it is seen at the next change, or at the next `Attach`
            self._tell_of_hosts()

    def _tell_of_hosts(self) -> None:
        added, gone = self._hosts.look()
        if gone:
            self._tell({"gone": gone})
        for start in range(0, len(added), protocol.NETNS_A_PACKET):
            chunk = added[start : start + protocol.NETNS_A_PACKET]
            with self._hosts.descriptors(chunk) as descriptors:
                self._tell({"netns": chunk}, descriptors)

    def _reap(self, wakeup: socket.socket) -> None:
        with suppress(BlockingIOError):
            while wakeup.recv(512):
                pass
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self._hosts.somebody_ran = True
            terminal = self._terminals.shell_exited(pid)
            if terminal is not None:
                self._tell({"closed": terminal})
                continue
            starter = self._commands.pop(pid, None)
            if starter is not None:  # else it was left behind by a command
                code = os.waitstatus_to_exitcode(status)
                self._send(starter, {"exited": (pid, code if code >= 0 else 128 - code)})

    def _end(self) -> None:
        """With PID 1, the kernel kills every process of the lab, and with them go the namespaces and mounts."""
        os._exit(0)


def _hang_up(pid: int) -> None:
    """End what a visitor has started, as when somebody closes his terminal: what ignores SIGHUP (nohup) goes on."""
    for number in (signal.SIGHUP, signal.SIGCONT):
        with suppress(ProcessLookupError):
            os.killpg(pid, number)


def _has_hung_up(connection: socket.socket) -> bool:
    """Whether the other side is gone, though something that it sent may be unread."""
    hung_up = select.poll()
    hung_up.register(connection, 0)
    return bool(hung_up.poll(0))


def main(
    pid: int, control: socket.socket, listener: socket.socket | None, *, keep: bool, ids: sandbox.IdMap, enforcement: Enforcement
) -> Never:
    """Become the agent; the calling process is PID 1 of new namespaces, and `pid` outside them. Does not return."""
    try:
        syscalls.prctl(syscalls.PR_SET_NO_NEW_PRIVS, 1)
        syscalls.prctl(syscalls.PR_SET_NAME, b"topoweb-lab")
        sandbox.make_root()
        outer_netns = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        sandbox.lock(ids, enforcement.limits.namespaces)
        syscalls.prctl(syscalls.PR_SET_DUMPABLE, 0)
        _check_isolation(outer_netns)
        os.close(outer_netns)
        with sandbox.step("make a network namespace"):
            agent = Agent(pid, control, listener, keep=keep, enforcement=enforcement)
    except sandbox.SetupError as failed:
        fail(control, failed)
        os._exit(1)
    os.dup2(0, 2)  # whoever reads our standard error waits for its end
    agent.serve()


def _check_isolation(outer_netns: int) -> None:
    """The outer network namespace belongs to the outer user namespace: nothing in the inner one may reach it."""
    if isolation.is_waived():
        return
    with sandbox.step(isolation.HOLE), socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as sock:
        if isolation.reaches(sock, outer_netns):
            raise OSError(errno.EPERM, "update the kernel")


def fail(control: socket.socket, failed: sandbox.SetupError) -> None:
    """Tell the controller that there will be no sandbox, and why."""
    error = failed.error
    failure: protocol.Failure = {"message": failed.step, "errno": error.errno or errno.EIO, "subject": str(error.filename or "")}
    with suppress(OSError):
        protocol.send(control, protocol.encode_packet({"failure": failure}))
