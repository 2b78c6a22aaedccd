"""`Lab`: a running lab as the command line and the worker use it."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import socket
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, NamedTuple

from labs.kernel import sandbox
from labs.kernel.errors import AgentRefused, LabExists, LabGone, SandboxUnavailable
from labs.kernel.forkserver import ForkServer, Start
from labs.kernel.keeper import Command, Keeper
from labs.kernel.limits import Limits
from labs.kernel.netns import NetnsHandle
from labs.network.state import Netns

_forkserver = ForkServer()


class Completed(NamedTuple):
    code: int
    stdout: bytes
    stderr: bytes


class Lab:
    """A sandbox with a network in it, by way of its agent. Made by `start` or `attach`."""

    def __init__(self, name: str, keeper: Keeper) -> None:
        self.name = name
        self.keeper = keeper

    @classmethod
    async def start(cls, name: str, *, directory: Path | None = None, keep: bool = False, limits: Limits = Limits()) -> Lab:
        """Make a sandbox; there is no host in it yet.

        `name`: at most 60 bytes that may stand in a file name. `directory`: where its socket `NAME.sock` goes, for `attach`; made if it is
        not there, for the owner alone. `keep`: whether it outlives this process.
        Raises SandboxUnavailable, saying how to allow it, and LabExists.
        """
        _raise_descriptor_limit()
        if directory is not None:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            _forkserver.start(Start(name, str(directory) if directory else None, keep, limits), theirs)
        lab = cls(name, Keeper(ours))
        try:
            await lab.keeper.ready
            await lab.keeper.attach()
        except AgentRefused as refused:
            lab.leave()
            raise _explained(name, refused) from refused
        except LabGone as gone:
            raise SandboxUnavailable("The lab's agent ended while it made the sandbox", hint="See the log of the program") from gone
        except BaseException:
            lab.leave()
            raise
        return lab

    @classmethod
    async def attach(cls, path: Path) -> Lab:
        """Take over a lab that is kept, by its socket; whoever had it before is cut off. Raises LabGone."""
        _raise_descriptor_limit()
        keeper = Keeper(await _connect(path))
        lab = cls(path.stem, keeper)
        try:
            await keeper.ready
            await keeper.attach()
        except BaseException:
            lab.leave()
            raise
        return lab

    @property
    def handles(self) -> Mapping[Netns, NetnsHandle]:
        return self.keeper.handles

    async def execute(
        self, netns: Netns, argv: Sequence[str], *, stdin: int, stdout: int, stderr: int, environment: Mapping[str, str] | None = None
    ) -> Command:
        """Start a command as the lab's root in a namespace of one of its hosts, with these descriptors as its standard streams."""
        return await self.keeper.execute(netns, argv, stdin=stdin, stdout=stdout, stderr=stderr, environment=environment)

    async def run(self, netns: Netns, argv: Sequence[str], *, timeout: float | None = None) -> Completed:
        """Run a command to its end, without input, and return what it wrote. Raises TimeoutError after `timeout` seconds, having killed it."""
        with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr, Path(os.devnull).open("rb") as stdin:
            command = await self.execute(netns, argv, stdin=stdin.fileno(), stdout=stdout.fileno(), stderr=stderr.fileno())
            try:
                code = await asyncio.wait_for(command.wait(), timeout)
            except BaseException:
                with suppress(LabGone):
                    await command.send_signal(signal.SIGKILL)
                raise
            return Completed(code, _contents(stdout), _contents(stderr))

    async def end(self) -> None:
        """Returns when all processes are gone; the kernel frees the rest in the background."""
        await self.keeper.end()

    def leave(self) -> None:
        """Let go of it. A lab that is kept goes on; another ends."""
        self.keeper.leave()


def _contents(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()


async def _connect(path: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    connection.setblocking(False)
    try:
        await asyncio.get_running_loop().sock_connect(connection, str(path))
    except OSError as error:
        connection.close()
        raise LabGone(f"No lab answers at {path}: {error.strerror}") from error
    return connection


def _explained(name: str, refused: AgentRefused) -> SandboxUnavailable | LabExists:
    if "make the lab's socket" in str(refused) and refused.errno == 98:
        return LabExists(f"A lab {name} runs already")
    return sandbox.explain(refused.message, OSError(refused.errno, refused.params["errno"], refused.subject or None))


def _raise_descriptor_limit() -> None:
    """Four descriptors a namespace: more than the usual soft limit allows."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
