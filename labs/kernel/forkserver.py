"""A small process, with all that an agent needs already imported, from which agents are forked: they start at once and share memory.

Why not multiprocessing's: its children belong to the process that asked for them. It imports that one's `__main__` in each child, and
kills or waits for them at that one's exit; an agent must know nothing of its starter, and outlive it. This one also cleans up after labs
that die, however they die, and stays for that until the last is gone.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import resource
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final, NamedTuple

from labs.kernel import agent, isolation, limits, protocol, rendezvous, sandbox, syscalls
from labs.kernel.birth import Birth, become_lab
from labs.kernel.rendezvous import Rendezvous

_CLEAN_UP_EVERY: Final = 0.02
_CLEAN_UP_FOR: Final = 10.0
_LOOK_AROUND_EVERY: Final = 60.0
_END_WITHIN: Final = 0.5
"""Seconds. A lab's processes end shortly after its agent."""


class Start(NamedTuple):
    """Start a lab. Beside this goes the agent's end of its control connection, over which all answers come."""

    lab: str
    directory: str | None
    """Where its socket is made, `<lab>.sock`; None: nobody can attach to it."""
    keep: bool
    limits: limits.Limits


# The side of who asks


class ForkServer:
    """Starts the process when it is first needed. It ends by itself: after this process, and after the last lab of its own."""

    def __init__(self) -> None:
        self._socket: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._stays = False
        """Some lab of its own is kept: it does not end soon."""
        atexit.register(self.close)

    def launch(self) -> None:
        """Ahead of need, so that it is ready by then. Raises OSError if there is no starting it."""
        if self._socket is None:
            self._socket = self._launch()

    def start(self, request: Start, control: socket.socket) -> None:
        """Raises OSError if there is no starting it."""
        data = json.dumps(request).encode()
        self._stays = self._stays or request.keep
        if self._socket is not None:
            with suppress(OSError):
                protocol.send(self._socket, data, [control.fileno()])
                return
            self.close()  # it has died; its labs live on
        self.launch()
        assert self._socket is not None
        protocol.send(self._socket, data, [control.fileno()])

    def close(self) -> None:
        """Let it end: at once, or after the last lab that is kept."""
        if self._socket is not None and self._process is not None:
            self._socket.close()
            self._socket = None
            if not self._stays:
                with suppress(subprocess.TimeoutExpired):
                    self._process.wait(_END_WITHIN)

    def _launch(self) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-S", "-s", "-P", "-m", "labs.kernel.forkserver", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # Ctrl-C on the terminal is not for it
                env={"PYTHONPATH": str(Path(__file__).parents[2]), "LANG": "C.UTF-8"} | isolation.waiver(),
            )
        return ours


# The process itself


class _Remains(NamedTuple):
    """What is left to clean up after a lab."""

    meeting: Rendezvous | None
    cgroups: Sequence[Path]

    def removed(self) -> bool:
        """Whether they are gone. A cgroup can go only after the lab's processes, which end shortly after the agent."""
        if self.meeting is not None:
            self.meeting.remove()
        return limits.remove(self.cgroups)


class _Server:
    def __init__(self, requests: socket.socket) -> None:
        self._requests: socket.socket | None = requests
        self._selector = selectors.DefaultSelector()
        self._selector.register(requests, selectors.EVENT_READ)
        self._labs: dict[int, _Remains] = {}
        """By the end of a pipe that closes with the agent."""
        self._remains: list[tuple[float, _Remains]] = []
        """Each with when to give up."""
        self._look_around_at = 0.0
        """For what others left who died."""

    def serve(self) -> None:
        while self._requests is not None or self._labs or self._remains:
            for key, _ in self._selector.select(_CLEAN_UP_EVERY if self._remains else _LOOK_AROUND_EVERY):
                if key.fileobj is self._requests:
                    self._serve_request()
                else:
                    self._lab_ended(key.fd)
            now = time.monotonic()
            if now > self._look_around_at:
                self._look_around_at = now + _LOOK_AROUND_EVERY
                limits.remove_abandoned()
            self._remains = [(until, lab) for until, lab in self._remains if not lab.removed() and now < until]

    def _serve_request(self) -> None:
        assert self._requests is not None
        try:
            data, descriptors, _ = protocol.receive(self._requests)
        except ConnectionResetError:
            data, descriptors = b"", []
        if not data:
            self._selector.unregister(self._requests)
            self._requests.close()
            self._requests = None
            os.dup2(0, 2)  # whoever reads our standard error waits for its end
            return
        lab, directory, keep, limits_asked = json.loads(data)
        request = Start(lab, directory, keep, limits.Limits(*limits_asked))
        with socket.socket(fileno=descriptors[0]) as control:
            try:
                self._start(request, control)
            except sandbox.SetupError as failed:
                agent.fail(control, failed)

    def _start(self, request: Start, control: socket.socket) -> None:
        with ExitStack() as undo, ExitStack() as given_away:
            enforcement = limits.limit(request.lab, request.limits)
            undo.callback(limits.remove, enforcement.cgroups)
            listener, meeting = None, None
            if request.directory:
                with sandbox.step("make the lab's socket"):
                    listener, meeting = rendezvous.listen(request.directory, request.lab)
                given_away.callback(listener.close)
                undo.callback(meeting.remove)
            slot, slot_holder = _take_slot() if sandbox.may_map_ranges() else (None, None)
            if slot_holder:
                given_away.callback(slot_holder.close)
            alive, alive_in_agent = os.pipe()
            given_away.callback(os.close, alive_in_agent)
            undo.callback(os.close, alive)
            held = {alive_in_agent, *(sock.fileno() for sock in (control, listener, slot_holder) if sock)}
            birth = Birth(control, listener, request.keep, sandbox.id_map(slot), enforcement, frozenset(held))
            with sandbox.step("start a process"):
                pid = os.fork()
            if pid == 0:
                become_lab(birth)
            undo.pop_all()
        self._labs[alive] = _Remains(meeting, enforcement.cgroups)
        self._selector.register(alive, selectors.EVENT_READ)

    def _lab_ended(self, alive: int) -> None:
        self._selector.unregister(alive)
        os.close(alive)
        self._remains.append((time.monotonic() + _CLEAN_UP_FOR, self._labs.pop(alive)))


def _take_slot() -> tuple[int, socket.socket]:
    """A range of ids that no other lab on this machine has. An abstract socket marks it taken, and is gone with the agent that holds it."""
    for slot in range(sandbox.ID_SLOTS):
        holder = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            holder.bind(f"\0topoweb-ids-{slot}")
        except OSError:
            holder.close()
        else:
            return slot, holder
    raise sandbox.SetupError("find a free range of user ids", OSError(f"all {sandbox.ID_SLOTS} are taken"))


def main() -> None:
    requests = socket.socket(fileno=int(sys.argv[1]))
    requests.set_inheritable(False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # children are reaped by the kernel
    syscalls.prctl(syscalls.PR_SET_CHILD_SUBREAPER, 1)  # agents too, where the machine's PID 1 does not reap
    syscalls.prctl(syscalls.PR_SET_NAME, limits.MAKER.encode())
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    os.umask(0o077)
    gc.freeze()
    _Server(requests).serve()


if __name__ == "__main__":
    main()
