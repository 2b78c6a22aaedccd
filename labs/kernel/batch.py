"""Many requests to rtnetlink in one `sendmsg`.

The kernel carries a request out within `sendmsg` and in order, and queues its answers before that returns. So only the last request asks
for an ack: a request before it that fails is answered all the same, one that is not answered is done.
"""

from __future__ import annotations

import errno
import os
import select
import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

from labs.kernel.rtnl import Request, attributes

BATCH = 64
"""Requests in one `sendmsg`: as many answers fit the socket's receive buffer, be each a link with all that it has."""
NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP_INTR = 1, 4, 0x10
NLM_F_CAPPED, NLM_F_ACK_TLVS = 0x100, 0x200
NLMSG_ERROR, NLMSG_DONE = 2, 3
NLMSGERR_ATTR_MSG = 1
ANSWER_SECONDS = 30.0
_BUFFER_BYTES = 64 * 1024  # more than the kernel puts in one dump message (NLMSG_GOODSIZE and up to 32 KiB)
_HEADER = struct.Struct("=IHHII")  # length, type, flags, sequence number, port
_ERROR = struct.Struct("=i")
_DUMP_RETRIES = 100

_sequence_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Refusal:
    """The kernel's word on a request that it did not carry out."""

    errno: int
    text: str = ""
    """Extended ack: empty where the kernel gives none."""


Answer = Refusal | bytes | None
"""What the kernel says to a request: a refusal, the message that was asked for, or None: done."""


class NoAnswerError(OSError):
    """The kernel did not answer on a netlink socket, or the answer was lost."""


def transact(sock: socket.socket, requests: Sequence[Request]) -> list[Answer]:
    """Send the requests, BATCH in one message, and read what the kernel says to each. A refusal does not stop those after it.

    Never waits in practice: the answers are there when the sending returns. Raises NoAnswerError where they are not.
    """
    answers: list[Answer] = []
    for start in range(0, len(requests), BATCH):
        answers += _transact_batch(sock, requests[start : start + BATCH])
    return answers


def _transact_batch(sock: socket.socket, requests: Sequence[Request]) -> list[Answer]:
    first = _take_numbers(len(requests))
    last = len(requests) - 1
    parts: list[bytes] = []
    for place, (kind, flags, body) in enumerate(requests):
        flags |= NLM_F_REQUEST | NLM_F_ACK if place == last else NLM_F_REQUEST
        parts += (_HEADER.pack(_HEADER.size + len(body), kind, flags, first + place, 0), body)
    sock.send(b"".join(parts))
    return _read_answers(sock, first, last)


def _take_numbers(amount: int) -> int:
    """Unused sequence numbers in a row; answers of an exchange that was given up are told by theirs."""
    first = next(_sequence_numbers)
    for _ in range(amount - 1):
        next(_sequence_numbers)
    return first


def _read_answers(sock: socket.socket, first: int, last: int) -> list[Answer]:
    answers: list[Answer] = [None] * (last + 1)
    while True:
        data = _receive(sock)
        for kind, flags, place, start, end in _messages(data, first):
            if not 0 <= place <= last:
                continue
            if kind != NLMSG_ERROR:
                answers[place] = data[start:end]
                continue
            error = -_ERROR.unpack_from(data, start)[0]
            if error:
                answers[place] = Refusal(error, _extended_ack(data, kind, flags, start, end))
            if place == last:
                return answers


def dump(sock: socket.socket, request: Request) -> list[bytes]:
    """All messages that answer a dump request, without their headers. Raises OSError if the kernel refuses.

    A dump during which something changed is inconsistent (NLM_F_DUMP_INTR): it is asked for again.
    """
    for _ in range(_DUMP_RETRIES):
        messages, whole = _dump_once(sock, request)
        if whole:
            return messages
    raise NoAnswerError("The network changes faster than the kernel can list it")


def _dump_once(sock: socket.socket, request: Request) -> tuple[list[bytes], bool]:
    first = _take_numbers(1)
    header = _HEADER.pack(_HEADER.size + len(request.body), request.type, request.flags | NLM_F_REQUEST, first, 0)
    sock.send(header + request.body)
    messages: list[bytes] = []
    whole = True
    while True:
        data = _receive(sock)
        for kind, flags, place, start, end in _messages(data, first):
            if place:
                continue
            whole = whole and not flags & NLM_F_DUMP_INTR
            if kind in (NLMSG_DONE, NLMSG_ERROR):
                error = -_ERROR.unpack_from(data, start)[0] if end - start >= _ERROR.size else 0
                if error:
                    raise OSError(error, _extended_ack(data, kind, flags, start, end) or os.strerror(error))
                return messages, whole
            messages.append(data[start:end])


def _receive(sock: socket.socket) -> bytes:
    while True:
        try:
            return sock.recv(_BUFFER_BYTES)
        except BlockingIOError:
            poll = select.poll()
            poll.register(sock, select.POLLIN)
            if not poll.poll(ANSWER_SECONDS * 1000):
                raise NoAnswerError(errno.ETIMEDOUT, "The kernel does not answer on a netlink socket") from None


def _messages(data: bytes, first: int) -> list[tuple[int, int, int, int, int]]:
    """Type, flags, place counted from the sequence number `first`, start and end of the payload of each message."""
    messages = []
    offset, last, unpack = 0, len(data) - _HEADER.size, _HEADER.unpack_from
    while offset <= last:
        length, kind, flags, number, _ = unpack(data, offset)
        messages.append((kind, flags, number - first, offset + _HEADER.size, offset + length))
        offset += (length + 3) & ~3
    return messages


def _extended_ack(data: bytes, kind: int, flags: int, start: int, end: int) -> str:
    """The kernel's text behind an error. Before it, but not at the end of a dump, is the request's header, or all of the request."""
    if not flags & NLM_F_ACK_TLVS:
        return ""
    offset = start + _ERROR.size
    if kind == NLMSG_ERROR:
        (request_length,) = struct.unpack_from("=I", data, offset)
        offset += _HEADER.size if flags & NLM_F_CAPPED else (request_length + 3) & ~3
    for attribute, value in attributes(data[:end], offset):
        if attribute == NLMSGERR_ATTR_MSG:
            return bytes(value).rstrip(b"\0").decode(errors="replace")
    return ""
