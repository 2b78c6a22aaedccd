"""Ping and traceroute from any namespace of a lab, as many side by side as one likes."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping
from functools import partial

from labs.kernel.echo import Answer, EchoSocket, OnAnswer, family_of
from labs.kernel.errors import KernelError
from labs.kernel.netns import NetnsHandle
from labs.kernel.traceroute import Traceroute
from labs.messages.status import PingResult, TraceResult
from labs.network.state import Gateway, Netns

PING_TIMEOUT = 4.0
"""Seconds: longer than the 3 that the kernel looks for an absent neighbour before it says so."""


NO_REPLY = "Request timed out"


class NamespaceGoneError(KernelError):
    """A probe from a namespace that is not there, or no longer."""

    code = "namespace_gone"


class Prober:
    """Probes over the ICMP sockets of a lab's namespaces. Its methods raise NamespaceGoneError for one that is not there.

    There is one for each lab (`Lab.prober`): two would take each other's answers, since a kept socket has one queue.
    """

    def __init__(self, handles: Mapping[Netns, NetnsHandle]) -> None:
        self._handles = handles
        self._sockets: dict[tuple[Netns, socket.AddressFamily], tuple[NetnsHandle, EchoSocket]] = {}

    async def ping(self, netns: Netns, address: Gateway, *, sequence: int = 1, timeout: float = PING_TIMEOUT) -> PingResult:  # noqa: ASYNC109 - ping -W
        """One echo request; `sequence` is the `icmp_seq` that the text names."""
        echo = self._socket(netns, address)
        try:
            answer = await echo.request(address, timeout)
        except OSError as error:
            return refused(netns, address, error)
        return answered(netns, address, sequence, answer) if answer else silence(netns, address)

    def begin(self, netns: Netns, address: Gateway, on_answer: OnAnswer) -> Callable[[], None]:
        """One echo request, for who waits for many: returns what has to be called in the end, answered or not. Raises OSError as
        `EchoSocket.begin`."""
        echo = self._socket(netns, address)
        return partial(echo.forget, echo.begin(address, on_answer))

    async def trace(self, netns: Netns, address: Gateway) -> TraceResult:
        """The hops on the way to an address; it takes up to 5 s where something stays silent."""
        echo = self._socket(netns, address)
        traceroute = Traceroute(lambda ttl, timeout: echo.request(address, timeout, ttl))
        await traceroute.run()
        return TraceResult(
            source=str(netns),
            target=str(address),
            hops=traceroute.hops(),
            reached=traceroute.reached,
            error=traceroute.error,
        )

    def _socket(self, netns: Netns, address: Gateway) -> EchoSocket:
        handle = self._handles.get(netns)
        if handle is None:
            raise NamespaceGoneError(f"Namespace {netns} does not exist in the running lab", params={"node": str(netns)})
        key = netns, family_of(address)
        known = self._sockets.get(key)
        if known is None or known[0] is not handle:  # a namespace may have gone and another of its name come
            known = self._sockets[key] = handle, EchoSocket(handle, key[1])
        return known[1]


def answered(netns: Netns, address: Gateway, sequence: int, answer: Answer) -> PingResult:
    """An answer in ping's words."""
    source, target = str(netns), str(address)
    if answer.error:
        text = f"From {answer.source} icmp_seq={sequence} {answer.error.text}"
        return PingResult(source=source, target=target, got="unreachable", rtt_ms=answer.rtt_ms, text=text, reporter=str(answer.source))
    text = f"64 bytes from {answer.source}: icmp_seq={sequence} ttl={answer.ttl} time={_ping_time(answer.rtt_ms)} ms"
    return PingResult(source=source, target=target, got="reply", rtt_ms=answer.rtt_ms, text=text, received=1)


def refused(netns: Netns, address: Gateway, error: OSError) -> PingResult:
    """What the kernel did not even send."""
    return PingResult(source=str(netns), target=str(address), got="unreachable", text=os.strerror(error.errno or 0))


def silence(netns: Netns, address: Gateway) -> PingResult:
    return PingResult(source=str(netns), target=str(address), got="timeout", text=NO_REPLY)


def _ping_time(milliseconds: float) -> str:
    """Milliseconds with ping's number of digits (`gather_statistics` in iputils' ping/ping_common.c)."""
    for limit, digits in ((1, 3), (10, 2), (100, 1)):
        if milliseconds < limit:
            return f"{milliseconds:.{digits}f}"
    return f"{milliseconds:.0f}"
