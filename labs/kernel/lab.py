"""`Lab`: a running lab as the command line and the worker use it."""

from __future__ import annotations

import asyncio
import os
import re
import resource
import signal
import socket
import struct
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import IO, Literal, NamedTuple

from labs.kernel import limits as cgroups
from labs.kernel import sandbox
from labs.kernel.errors import AgentError, LabExistsError, LabGoneError, SandboxError
from labs.kernel.executor import Progress, apply
from labs.kernel.forkserver import ForkServer, Start
from labs.kernel.keeper import Command, Keeper
from labs.kernel.limits import DEFAULT, Limits
from labs.kernel.memory import Memory
from labs.kernel.netns import NetnsHandle
from labs.kernel.observe import Observation, Observer
from labs.kernel.probes import Prober
from labs.kernel.rendezvous import Rendezvous
from labs.kernel.running import Planned
from labs.network.diff import diff
from labs.network.operations import Plan
from labs.network.state import Netns, NetworkState

_forkserver = ForkServer()
_DESCRIPTORS = 1 << 18
_ANSWER_WITHIN = 10.0
_CLEAN_UP_TRIES, _CLEAN_UP_PAUSE = 100, 0.02
"""A lab's processes end shortly after its agent."""


def prepare() -> None:
    """Begin what every lab's start needs, for who has something to do before. Raises OSError."""
    _raise_descriptor_limit()
    _forkserver.launch()


class Completed(NamedTuple):
    code: int
    stdout: bytes
    stderr: bytes


class Lab:
    """A sandbox with a network in it, by way of its agent. Made by `start`, `attach` or `visit`."""

    target: Literal["sandbox"] = "sandbox"

    def __init__(self, name: str, keeper: Keeper, meeting: Rendezvous | None = None) -> None:
        self.name = name
        self.keeper = keeper
        self._meeting = meeting
        self.prober = Prober(keeper)
        self._observer = Observer(keeper, open_memory=partial(Memory.open, keeper))

    @classmethod
    async def start(cls, name: str, *, directory: Path | None = None, keep: bool = False, limits: Limits = DEFAULT) -> Lab:
        """Make a sandbox; there is no host in it yet.

        `name`: at most 60 bytes that may stand in a file name. `directory`: where its socket `NAME.sock` goes, for `attach`; made if it is
        not there, for the owner alone. `keep`: whether it outlives this process.
        Raises SandboxError, saying how to allow it, and LabExistsError.
        """
        _raise_descriptor_limit()
        _check_name(name)
        if directory is not None:
            _make_directory(directory)
        request = Start(name, str(directory) if directory else None, keep, limits)
        try:
            try:
                return await cls._start(request)
            except LabGoneError:  # somebody killed the fork server, with the request in its hands, or the agent
                return await cls._start(request)
        except AgentError as refused:
            raise _explained(name, refused) from refused
        except LabGoneError as gone:
            raise SandboxError("The lab's agent ended while it made the sandbox", hint="See the log of the program") from gone

    @classmethod
    async def _start(cls, request: Start) -> Lab:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            _forkserver.start(request, theirs)
        lab = cls(request.lab, Keeper(ours))
        try:
            await lab.keeper.ready
            if request.directory is not None:
                lab._meeting = _met(Path(request.directory, f"{request.lab}.sock"))
            await lab.keeper.attach()
        except BaseException:
            lab.leave()
            raise
        return lab

    @classmethod
    async def attach(cls, path: Path, *, force: bool = True) -> Lab:
        """Take over a lab that is kept, by its socket. Who has it is cut off or, without `force`, keeps it: then it raises LabBusyError.

        One of another version of this program is asked nothing: see `Keeper.is_of_this_version`.
        Raises LabGoneError; also where the agent hangs, which is then killed.
        """
        _raise_descriptor_limit()
        connection, meeting = await _connect(path)
        agent, _, _ = struct.unpack("iII", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        lab = cls(path.stem, Keeper(connection), meeting)
        try:
            async with asyncio.timeout(_ANSWER_WITHIN):
                await lab.keeper.ready
                if lab.keeper.is_of_this_version:
                    await lab.keeper.take_over(force=force)
                    await lab.keeper.attach()
        except TimeoutError as error:
            if agent:  # 0 where it is in a PID namespace that is out of sight; to kill 0 is to kill oneself
                os.kill(agent, signal.SIGKILL)
            lab.leave()
            raise LabGoneError(f"The agent of lab {lab.name} did not answer and was killed", hint="Start the lab again") from error
        except BaseException:
            lab.leave()
            raise
        return lab

    @classmethod
    async def visit(cls, path: Path) -> Lab:
        """Connect to a lab that is kept beside whoever controls it, to look and to run commands: these end with the visit.

        It has no descriptors of namespaces until `keeper.attach()`; they are of those that there are at that time.
        Raises LabGoneError; TimeoutError where the agent does not answer.
        """
        _raise_descriptor_limit()
        connection, meeting = await _connect(path)
        lab = cls(path.stem, Keeper(connection, visiting=True), meeting)
        try:
            async with asyncio.timeout(_ANSWER_WITHIN):
                await lab.keeper.ready
        except BaseException:
            lab.leave()
            raise
        return lab

    @property
    def handles(self) -> Mapping[Netns, NetnsHandle]:
        return self.keeper.handles

    @property
    def closed(self) -> asyncio.Event:
        return self.keeper.closed

    async def execute(
        self, netns: Netns, argv: Sequence[str], *, stdin: int, stdout: int, stderr: int, environment: Mapping[str, str] | None = None
    ) -> Command:
        """Start a command as the lab's root in a namespace of one of its hosts, with these descriptors as its standard streams."""
        return await self.keeper.execute(netns, argv, stdin=stdin, stdout=stdout, stderr=stderr, environment=environment)

    async def run(self, netns: Netns, argv: Sequence[str], *, environment: Mapping[str, str] | None = None) -> Completed:
        """Run a command to its end, without input, and return what it wrote. Cancelled (`asyncio.timeout`), it kills the command."""
        with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr, tempfile.TemporaryFile() as stdin:
            streams = {"stdin": stdin.fileno(), "stdout": stdout.fileno(), "stderr": stderr.fileno()}
            command = await self.execute(netns, argv, **streams, environment=environment)
            try:
                code = await command.wait()
            except asyncio.CancelledError:
                with suppress(LabGoneError):
                    await command.send_signal(signal.SIGKILL)
                raise
            return Completed(code, _contents(stdout), _contents(stderr))

    async def observe(self) -> NetworkState:
        """What there is now, by whomever, as far as a state can hold it."""
        return (await self.look()).state

    async def look(self) -> Observation:
        """What there is now, by whomever; only what changed since the last look is read."""
        return await self._observer.look()

    async def plan(self, desired: NetworkState, base: NetworkState) -> Planned:
        """All that is in a sandbox is the lab's own: nothing is in the way."""
        current = (await self.look()).normal(base)
        return Planned(current, diff(current, desired))

    async def apply(self, plan: Plan, progress: Progress, *, before: NetworkState | None) -> None:
        await apply(plan, self.keeper, progress, before=before)

    async def get_record(self) -> bytes | None:
        return await self.keeper.get_record()

    async def set_record(self, record: bytes) -> None:
        await self.keeper.set_record(record)

    async def end(self) -> None:
        """Returns when all processes are gone; the kernel frees the rest in the background."""
        await self.keeper.end()
        if self._meeting:  # its fork server does so too, but that may have died
            self._meeting.remove()

    def leave(self) -> None:
        """Let go of it. A lab that is kept goes on; another ends."""
        self.keeper.leave()


def find_labs(directory: Path) -> list[Path]:
    """The sockets of labs, for `Lab.attach`; some may be of labs that have ended."""
    return sorted(directory.glob("*.sock"), key=lambda path: path.stem)


async def end_labs(directory: Path) -> None:
    """End all labs that have their sockets in this directory, and leave nothing of them."""
    await asyncio.gather(*(end_lab(path) for path in find_labs(directory)))
    for _ in range(_CLEAN_UP_TRIES):
        if cgroups.remove_abandoned():
            break
        await asyncio.sleep(_CLEAN_UP_PAUSE)


async def end_lab(path: Path) -> None:
    """End a lab by its socket, whoever controls it."""
    with suppress(LabGoneError):
        await (await Lab.attach(path)).end()


def _check_name(name: str) -> None:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}", name):
        raise ValueError(f"{name!r} cannot name a lab: at most 60 letters, digits, dots, underscores and hyphens")


def _make_directory(directory: Path) -> None:
    """For the owner alone: who may connect to a lab's socket may do anything in it."""
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(0o700)


def _contents(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()


def _met(path: Path) -> Rendezvous:
    """Where a lab that has just begun is met. Raises LabGoneError where its agent has been killed since, and its socket been removed."""
    try:
        return Rendezvous.at(path)
    except FileNotFoundError as error:
        raise LabGoneError(f"The lab at {path} has ended already", hint="Start it again") from error


async def _connect(path: Path) -> tuple[socket.socket, Rendezvous]:
    """By way of a descriptor: the address of a UNIX socket has at most 107 bytes.

    Raises OSError; LabGoneError, and then takes away the socket of a lab that ended when its fork server was dead already.
    """
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    connection.setblocking(False)
    try:
        held = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            meeting = Rendezvous.at(path, held)
            await _connect_or_remove(connection, held, meeting)
        finally:
            os.close(held)
    except (FileNotFoundError, ConnectionRefusedError) as error:
        connection.close()
        raise LabGoneError(f"No lab answers at {path}", hint="It has ended: start it again") from error
    except BaseException:
        connection.close()
        raise
    return connection, meeting


async def _connect_or_remove(connection: socket.socket, held: int, meeting: Rendezvous) -> None:
    try:
        await asyncio.get_running_loop().sock_connect(connection, f"/proc/self/fd/{held}")
    except ConnectionRefusedError:
        meeting.remove()
        raise


def _explained(name: str, refused: AgentError) -> SandboxError | LabExistsError:
    if "make the lab's socket" in str(refused) and refused.errno == 98:
        return LabExistsError(f"A lab {name} runs already", hint="Stop it, or give this one another name")
    return sandbox.explain(refused.message, OSError(refused.errno, refused.params["errno"], refused.subject or None))


def _raise_descriptor_limit() -> None:
    """Two descriptors a namespace, three where it is pinged from: more than the usual limit allows. Root may raise the hard limit too."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = max(hard, _DESCRIPTORS)
    if soft < most:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        except (OSError, ValueError):  # not ours to raise
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
