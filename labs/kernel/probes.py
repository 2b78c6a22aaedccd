"""Ping and traceroute from any namespace of a lab, as many side by side as one likes."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from collections.abc import Callable
from functools import partial

from labs.kernel.echo import Answer, EchoSocket, OnAnswer, family_of
from labs.kernel.errors import AgentError, KernelError
from labs.kernel.netns import NetnsHandle, NetnsKeeper
from labs.kernel.traceroute import Traceroute
from labs.messages.status import PingResult, TraceResult
from labs.network.state import Gateway, Netns

PING_TIMEOUT = 4.0
"""Seconds: longer than the 3 that the kernel looks for an absent neighbour before it says so."""


NO_REPLY = "Request timed out"
IDLE = 10.0
"""Seconds after which a socket that nobody probes with is closed: longer than any monitor rests."""


_Place = tuple[Netns, socket.AddressFamily]


class NamespaceGoneError(KernelError):
    """A probe from a namespace that is not there, or no longer."""

    code = "namespace_gone"


class Prober:
    """Probes over raw ICMP sockets in a lab's namespaces. Its methods raise NamespaceGoneError for one that is not there."""

    def __init__(self, keeper: NetnsKeeper) -> None:
        self._keeper = keeper
        self._sockets: dict[_Place, EchoSocket] = {}
        self._opening: dict[_Place, asyncio.Task[EchoSocket]] = {}
        self._failures: dict[_Place, OSError] = {}
        """Why there is no socket, for who could not wait for it."""
        self._sweep: asyncio.TimerHandle | None = None

    async def ping(self, netns: Netns, address: Gateway, *, sequence: int = 1, timeout: float = PING_TIMEOUT) -> PingResult:  # noqa: ASYNC109 - ping -W
        """One echo request; `sequence` is the `icmp_seq` that the text names."""
        try:
            echo = await self._open(netns, address)
            answer = await echo.request(address, timeout)
        except OSError as error:
            return refused(netns, address, error)
        if answer is None:
            return silence(netns, address)
        return answered(str(netns), str(address), sequence, answer, sent=1, received=0 if answer.error else 1)

    def begin(self, netns: Netns, address: Gateway, on_answer: OnAnswer) -> Callable[[], None]:
        """One echo request, for who waits for many: returns what has to be called in the end, answered or not.

        Raises OSError as `EchoSocket.begin`; EAGAIN also where there is no socket yet, which there soon will be, or why there is none.
        """
        echo = self._known(self._handle(netns), family_of(address))
        if echo is None:
            if failure := self._failures.pop((netns, family_of(address)), None):
                raise failure
            self._begin_to_open(netns, family_of(address))
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        return partial(echo.forget, echo.begin(address, on_answer))

    async def trace(self, netns: Netns, address: Gateway) -> TraceResult:
        """The hops on the way to an address; it takes up to 5 s where something stays silent."""
        try:
            echo = await self._open(netns, address)
        except OSError as error:
            return not_traced(netns, address, os.strerror(error.errno or errno.EIO))
        traceroute = Traceroute(lambda ttl, timeout: echo.request(address, timeout, ttl))
        await traceroute.run()
        return TraceResult(
            source=str(netns),
            target=str(address),
            hops=traceroute.hops(),
            reached=traceroute.reached,
            error=traceroute.error,
        )

    # Sockets

    def _handle(self, netns: Netns) -> NetnsHandle:
        handle = self._keeper.handles.get(netns)
        if handle is None:
            raise _gone(netns)
        return handle

    def _known(self, handle: NetnsHandle, family: socket.AddressFamily) -> EchoSocket | None:
        """A namespace may have gone, and another of its name come."""
        echo = self._sockets.get((handle.netns, family))
        return echo if echo and echo.handle is handle and not echo.is_closed else None

    async def _open(self, netns: Netns, address: Gateway) -> EchoSocket:
        family = family_of(address)
        known = self._known(self._handle(netns), family)
        return known if known else await asyncio.shield(self._begin_to_open(netns, family))

    def _begin_to_open(self, netns: Netns, family: socket.AddressFamily) -> asyncio.Task[EchoSocket]:
        """Once for all who want it, and whether they still wait for it or not."""
        place = netns, family
        if place not in self._opening:
            task = self._opening[place] = asyncio.get_running_loop().create_task(self._open_new(netns, family))
            task.add_done_callback(lambda task: self._opened(place, task))
        return self._opening[place]

    def _opened(self, place: _Place, task: asyncio.Task[EchoSocket]) -> None:
        del self._opening[place]
        failure = None if task.cancelled() else task.exception()
        self._failures.pop(place, None)
        if isinstance(failure, OSError):
            self._failures[place] = failure

    async def _open_new(self, netns: Netns, family: socket.AddressFamily) -> EchoSocket:
        handle = self._handle(netns)
        protocol = socket.IPPROTO_ICMP if family == socket.AF_INET else socket.IPPROTO_ICMPV6
        try:
            sock = await self._keeper.open_socket(netns, family, socket.SOCK_RAW, protocol)
        except AgentError as error:
            raise _gone(netns) if error.errno == errno.ENOENT else OSError(error.errno or errno.EIO, error.message) from error
        if self._keeper.handles.get(netns) is not handle:
            sock.close()
            raise _gone(netns)
        echo = self._sockets[netns, family] = EchoSocket(handle, sock, family)
        echo.idle_since = asyncio.get_running_loop().time()
        self._sweep_later()
        return echo

    def _sweep_later(self) -> None:
        if self._sweep is None and self._sockets:
            self._sweep = asyncio.get_running_loop().call_later(IDLE, self._close_idle)

    def _close_idle(self) -> None:
        self._sweep = None
        idle = asyncio.get_running_loop().time() - IDLE
        for place, echo in list(self._sockets.items()):
            if echo.idle_since is not None and echo.idle_since <= idle:
                echo.close()
            if echo.is_closed:
                del self._sockets[place]
        self._sweep_later()


def _gone(netns: Netns) -> NamespaceGoneError:
    return NamespaceGoneError(f"Namespace {netns} does not exist in the running lab", params={"node": str(netns)})


def answered(source: str, target: str, sequence: int, answer: Answer, *, sent: int, received: int) -> PingResult:
    """An answer in ping's words, one of so many."""
    if answer.error:
        text = f"From {answer.source} icmp_seq={sequence} {answer.error.text}"
        return PingResult(source=source, target=target, got="unreachable", text=text, reporter=answer.source, sent=sent, received=received)
    text = f"64 bytes from {answer.source}: icmp_seq={sequence} ttl={answer.ttl} time={_ping_time(answer.rtt_ms)} ms"
    return PingResult(source=source, target=target, got="reply", rtt_ms=answer.rtt_ms, text=text, sent=sent, received=received)


def refused(netns: Netns, address: Gateway, error: OSError) -> PingResult:
    """What the kernel did not even send."""
    return not_sent(netns, address, os.strerror(error.errno or errno.EIO))


def not_sent(netns: Netns, address: Gateway, reason: str) -> PingResult:
    return PingResult(source=str(netns), target=str(address), got="unreachable", text=reason)


def not_traced(netns: Netns, address: Gateway, reason: str) -> TraceResult:
    return TraceResult(source=str(netns), target=str(address), hops=(), reached=False, error=reason)


def silence(netns: Netns, address: Gateway) -> PingResult:
    return PingResult(source=str(netns), target=str(address), got="timeout", text=NO_REPLY)


def _ping_time(milliseconds: float) -> str:
    """Milliseconds with ping's number of digits (`gather_statistics` in iputils' ping/ping_common.c)."""
    for limit, digits in ((1, 3), (10, 2), (100, 1)):
        if milliseconds < limit:
            return f"{milliseconds:.{digits}f}"
    return f"{milliseconds:.0f}"
