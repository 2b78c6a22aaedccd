"""Echo requests from one namespace, over a raw ICMP socket in it: no fork, any number under way at once."""

from __future__ import annotations

import asyncio
import ctypes
import errno
import random
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address

from labs.kernel import icmp
from labs.kernel.netns import NetnsHandle
from labs.network.state import Gateway

_PAYLOAD = bytes(range(56))  # as ping(8): "56(84) bytes of data"
_SO_ATTACH_FILTER = 26  # include/uapi/asm-generic/socket.h
_SO_TIMESTAMPNS = 35  # include/uapi/asm-generic/socket.h; its control message has the same number
_IPV6_RECVHOPLIMIT = 51  # include/uapi/linux/in6.h
_IPV6_HOPLIMIT = 52
_SOL_RAW = 255
_ICMP_FILTER = 1  # include/uapi/linux/icmp.h; a set bit blocks a type
_ICMPV6_FILTER = 1
_WANTED = (icmp.ECHO_REPLY, icmp.DEST_UNREACH, icmp.TIME_EXCEEDED, icmp.PARAMETER_PROBLEM)
_WANTED6 = (
    icmp.V6_ECHO_REPLY,
    icmp.V6_DEST_UNREACH,
    icmp.V6_PACKET_TOO_BIG,
    icmp.V6_TIME_EXCEEDED,
    icmp.V6_PARAMETER_PROBLEM,
)
_READS_AT_ONCE = 256
_FULL_BUFFER_PAUSE = 0.02  # seconds
BUFFER_FULL = (errno.EAGAIN, errno.ENOBUFS)
"""While a neighbour is being looked for, what is sent to it waits in the send buffer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for one echo request."""

    source: str
    """Who answered: an address."""
    rtt_ms: float
    error: icmp.IcmpError | None = None
    """None: it is the reply."""
    ttl: int | None = None


OnAnswer = Callable[[Answer], None]


@dataclass(slots=True)
class _Pending:
    on_answer: OnAnswer
    target: Gateway
    sent_ns: int = 0
    is_answered: bool = False


class EchoSocket:
    """The echo requests under way from one namespace in one family.

    What the user's own programs receive stays in the kernel (`filter_of`). It goes with the namespace's handle, at the latest.
    """

    def __init__(self, handle: NetnsHandle, sock: socket.socket, family: socket.AddressFamily) -> None:
        """`sock`: a raw ICMP socket of that family that was made in the namespace; it is this object's from now on."""
        self.handle = handle
        self.idle_since: float | None = None
        """By the event loop's clock; None: something is under way."""
        self.is_closed = False
        self._socket = sock
        self._v4 = family == socket.AF_INET
        self._identifier = random.getrandbits(16)
        self._sequence = 0
        self._pending: dict[int, _Pending] = {}
        self._loop, self._thread = asyncio.get_running_loop(), threading.get_ident()
        self._prepare()
        # By its number: given the socket itself, asyncio words a text about it each time.
        self._loop.add_reader(sock.fileno(), self._read)
        handle.closers.append(self.close)

    def _prepare(self) -> None:
        sock = self._socket
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        if self._v4:
            blocked = 0xFFFFFFFF & ~sum(1 << kind for kind in _WANTED)
            sock.setsockopt(_SOL_RAW, _ICMP_FILTER, struct.pack("I", blocked))
        else:
            blocked = ((1 << 256) - 1) & ~sum(1 << kind for kind in _WANTED6)
            words = [blocked >> (32 * n) & 0xFFFFFFFF for n in range(8)]
            sock.setsockopt(socket.IPPROTO_ICMPV6, _ICMPV6_FILTER, struct.pack("8I", *words))
            sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_RECVHOPLIMIT, 1)
        attach(sock, filter_of(self._identifier, v4=self._v4))
        try:
            while sock.recv(1):  # what came before there was a filter
                pass
        except BlockingIOError:
            pass

    def close(self) -> None:
        """Who still waits gets no answer. A machine's namespaces are let go of in a thread that is not the loop's."""
        if self.is_closed:
            return
        self.is_closed = True
        with suppress(ValueError):
            self.handle.closers.remove(self.close)
        if self._loop.is_closed():
            self._socket.close()
        elif threading.get_ident() == self._thread:
            self._shut()
        else:
            self._loop.call_soon_threadsafe(self._shut)

    def _shut(self) -> None:
        self._loop.remove_reader(self._socket.fileno())
        self._socket.close()

    def begin(self, target: Gateway, on_answer: OnAnswer, ttl: int | None = None) -> int:
        """Send one echo request. Returns its number; whoever sent it has to `forget` it, answered or not.

        Raises OSError where the kernel refuses to send it: ENETUNREACH without a route, EINVAL at a blackhole, EACCES at a prohibit, EAGAIN
        or ENOBUFS while its buffer is full of what waits for a neighbour.
        """
        number = self._next_sequence()
        pending = self._pending[number] = _Pending(on_answer, target)
        self.idle_since = None
        try:
            self._send(number, pending, ttl)
        except OSError:
            self.forget(number)
            raise
        return number

    def forget(self, number: int) -> None:
        self._pending.pop(number, None)
        if not self._pending:
            self.idle_since = self._loop.time()

    async def request(self, target: Gateway, timeout: float, ttl: int | None = None) -> Answer | None:  # noqa: ASYNC109 - it ends one wait, not the call
        """Send one echo request once there is room; None if nothing came back within `timeout` seconds. Raises OSError as `begin`."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        answer: asyncio.Future[Answer] = loop.create_future()
        number = await self._begin_when_it_can(target, answer.set_result, ttl, deadline)
        if number is None:
            return None
        try:
            await asyncio.wait((answer,), timeout=deadline - loop.time())
            return answer.result() if answer.done() else None
        finally:
            self.forget(number)

    async def _begin_when_it_can(self, target: Gateway, on_answer: OnAnswer, ttl: int | None, deadline: float) -> int | None:
        """None if the send buffer stayed full until the deadline."""
        while True:
            try:
                return self.begin(target, on_answer, ttl)
            except OSError as error:
                if error.errno not in BUFFER_FULL:
                    raise
            if asyncio.get_running_loop().time() + _FULL_BUFFER_PAUSE >= deadline:
                return None
            await asyncio.sleep(_FULL_BUFFER_PAUSE)

    def _next_sequence(self) -> int:
        while True:
            self._sequence = (self._sequence + 1) & 0xFFFF
            if self._sequence not in self._pending:
                return self._sequence

    def _send(self, sequence: int, pending: _Pending, ttl: int | None) -> None:
        build = icmp.echo_request if self._v4 else icmp.echo_request6
        packet = build(self._identifier, sequence, _PAYLOAD)
        control = []
        if ttl is not None:
            level, kind = (socket.IPPROTO_IP, socket.IP_TTL) if self._v4 else (socket.IPPROTO_IPV6, _IPV6_HOPLIMIT)
            control.append((level, kind, struct.pack("i", ttl)))
        address = (str(pending.target), 0) if self._v4 else (str(pending.target), 0, 0, 0)
        pending.sent_ns = time.time_ns()
        self._socket.sendmsg([packet], control, 0, address)

    def _read(self) -> None:
        """As many as are waited for: to find that there are no more costs as much as one."""
        for _ in range(max(1, min(len(self._pending), _READS_AT_ONCE))):
            if self.is_closed:
                return
            try:
                packet, control, _, address = self._socket.recvmsg(2048, 128)
            except BlockingIOError:
                return
            self._dispatch(packet, control, address[0])

    def _dispatch(self, packet: bytes, control: list[tuple[int, int, bytes]], source: str) -> None:
        message = icmp.parse(packet) if self._v4 else icmp.parse6(packet)
        if message is None or message.identifier != self._identifier:
            return
        pending = self._pending.get(message.sequence)
        if pending is None or pending.is_answered:
            return
        error = message if isinstance(message, icmp.IcmpError) else None
        if error and error.target != pending.target:
            return
        received_ns, hop_limit = _control(control)
        rtt_ms = max(0, received_ns - pending.sent_ns) / 1e6
        ttl = message.ttl or hop_limit if isinstance(message, icmp.EchoReply) else None
        pending.is_answered = True
        pending.on_answer(Answer(source.partition("%")[0], rtt_ms, error, ttl))


def _control(control: list[tuple[int, int, bytes]]) -> tuple[int, int | None]:
    """When the kernel received a packet, in nanoseconds since the epoch, and its hop limit."""
    received_ns, hop_limit = None, None
    for level, kind, data in control:
        if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS):
            seconds, nanoseconds = struct.unpack("qq", data[:16])
            received_ns = seconds * 1_000_000_000 + nanoseconds
        elif (level, kind) == (socket.IPPROTO_IPV6, _IPV6_HOPLIMIT):
            (hop_limit,) = struct.unpack("i", data[:4])
    return received_ns or time.time_ns(), hop_limit


_Filter = list[tuple[int, int, int, int]]
"""Of classic BPF, as struct sock_filter in include/uapi/linux/filter.h: code, jump if true, jump if not, operand."""


def filter_of(identifier: int, *, v4: bool) -> _Filter:
    """No echo reply but ours; errors quote what they are about, and are few."""
    if v4:  # begins with the IP header
        header, kind, number = [(0xB1, 0, 0, 0)], 0x50, 0x48  # ldxb 4*([0]&0xf); ldb [x+k]; ldh [x+k]
    else:
        header, kind, number = [], 0x30, 0x28  # ldb [k]; ldh [k]
    reply = icmp.ECHO_REPLY if v4 else icmp.V6_ECHO_REPLY
    return [
        *header,
        (kind, 0, 0, 0),
        (0x15, 0, 2, reply),  # jeq
        (number, 0, 0, 4),
        (0x15, 0, 1, identifier),
        (0x06, 0, 0, 0xFFFFFFFF),  # ret: take all of it
        (0x06, 0, 0, 0),
    ]


def attach(sock: socket.socket, instructions: _Filter) -> None:
    code = b"".join(struct.pack("=HBBI", *instruction) for instruction in instructions)
    buffer = ctypes.create_string_buffer(code, len(code))
    sock.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HP", len(instructions), ctypes.addressof(buffer)))


def family_of(address: Gateway) -> socket.AddressFamily:
    return socket.AF_INET if isinstance(address, IPv4Address) else socket.AF_INET6
