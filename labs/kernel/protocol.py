"""What a lab's controller (worker or command line) and its agent say to each other, over a UNIX socket of type SOCK_SEQPACKET.

Whoever connects is a visitor first, of any number: he may look, and run commands. One connection controls the lab: the one that it was
started over, or that asked to (`TakeOver`). It alone may change what the lab is made of (`CONTROL`), and hears what changes by itself.

A packet is JSON: `[id, "AddNetns", [fields]]` from the controller, a `Packet` from the agent. Descriptors go beside it (SCM_RIGHTS).
JSON and not pickle: the agent lives in the lab, and its controller does not trust it with more than data.
"""

from __future__ import annotations

import array
import json
import os
import socket
from collections.abc import Iterable, Sequence
from contextlib import suppress
from hashlib import blake2b
from typing import Any, Final, NamedTuple, TypedDict

from labs.document.sysctls import SYSCTLS
from labs.kernel.netns import RTNL_OPTIONS
from labs.network.state import Netns

MAX_DESCRIPTORS: Final = 253
"""SCM_MAX_FD, include/net/scm.h."""
DESCRIPTORS_EACH: Final = 2
"""Of a namespace: itself, and a NETLINK_ROUTE socket in it; the order of `NetnsHandle`."""
NETNS_A_PACKET: Final = MAX_DESCRIPTORS // DESCRIPTORS_EACH
VALUES_A_PACKET: Final = 500
MAX_PACKET: Final = 128 * 1024
"""Bytes. Below the default of net.core.wmem_default (212,992), which a packet must fit in."""


class AddHosts(NamedTuple):
    hosts: Sequence[str]


class RemoveHosts(NamedTuple):
    hosts: Sequence[str]


class AddNetns(NamedTuple):
    names: Sequence[Netns]


class RemoveNetns(NamedTuple):
    names: Sequence[Netns]


class ReadSysctls(NamedTuple):
    """The answer has, for each namespace, the values in the order of the keys, which are of SYSCTLS."""

    names: Sequence[Netns]
    keys: Sequence[str]


class WatchSysctls(NamedTuple):
    """Tell (`sysctls`) from now on when one of these keys, which are of SYSCTLS, has changed in any namespace but LANS; without keys, no
    more."""

    keys: Sequence[str]


class WriteSysctls(NamedTuple):
    values: Sequence[tuple[Netns, str, int]]


class OpenSocket(NamedTuple):
    """A socket, made in that namespace."""

    netns: Netns
    family: int
    type: int
    protocol: int


class Execute(NamedTuple):
    """Run a command as the lab's root. The three descriptors beside this are its standard streams; the answer is its process id there.

    A visitor's command gets SIGHUP when its connection ends.
    """

    netns: Netns
    argv: Sequence[str]
    environment: dict[str, str]
    terminal: tuple[int, int] | None = None
    """Rows and columns: it runs in a new terminal of the lab instead, whose master descriptor comes with the answer."""


class Signal(NamedTuple):
    """Send a signal to a command and all of its session."""

    pid: int
    signal: int


class OpenTerminal(NamedTuple):
    """A PTY with a shell. The memory file beside this is kept with it; the answer has the PTY's master."""

    key: str
    netns: Netns
    rows: int
    columns: int


class CloseTerminal(NamedTuple):
    key: str


class ListTerminals(NamedTuple):
    """The answer has the key and the namespace of each, and for each two descriptors: the PTY's master and the memory file."""


class SetRecord(NamedTuple):
    """The memory file beside this is kept, as long as the lab lives, for whoever asks with `GetRecord`."""


class GetRecord(NamedTuple):
    pass


class TakeOver(NamedTuple):
    """Control the lab. Who controls it now is cut off with `force`; else this is refused (EBUSY)."""

    force: bool


class Attach(NamedTuple):
    """Hand over descriptors of all namespaces, in as many packets as it takes."""


class End(NamedTuple):
    """Kill every process of the lab, and go. The end of the connection is the answer."""


Request = (
    AddHosts
    | RemoveHosts
    | AddNetns
    | RemoveNetns
    | ReadSysctls
    | WatchSysctls
    | WriteSysctls
    | OpenSocket
    | Execute
    | Signal
    | OpenTerminal
    | CloseTerminal
    | ListTerminals
    | SetRecord
    | GetRecord
    | TakeOver
    | Attach
    | End
)
CONTROL: Final = (
    AddHosts,
    RemoveHosts,
    AddNetns,
    RemoveNetns,
    WatchSysctls,
    WriteSysctls,
    OpenTerminal,
    CloseTerminal,
    ListTerminals,
    SetRecord,
    End,
)
"""Refused to visitors."""
_REQUESTS: Final[dict[str, type[Any]]] = {request.__name__: request for request in Request.__args__}


class Failure(TypedDict):
    """Why a request, or the making of the sandbox, failed."""

    message: str
    errno: int
    subject: str


class Packet(TypedDict, total=False):
    """From the agent: an answer (`id`), news (without), or both. Every key says something of its own."""

    id: int
    more: bool
    """This answer has another packet."""
    result: Any
    failure: Failure
    netns: Sequence[Netns]
    """Namespaces made, DESCRIPTORS_EACH of each beside this."""
    gone: Sequence[Netns]
    """Namespaces that are no more."""
    sysctls: bool
    """One of those that are watched has changed."""
    exited: tuple[int, int]
    """A command's process id and exit code (128 + the signal that killed it)."""
    closed: str
    """The key of a terminal whose shell has ended."""
    ready: dict[str, str]
    """The sandbox is made; which limits hold, and by what. The first packet of a connection, else `failure`."""
    pid: int
    """With `ready`: the agent's process id, as its machine sees it."""
    version: str
    """With `ready`: VERSION, as the agent knows it."""


VERSION: Final = blake2b(
    repr([*((name, each._fields) for name, each in _REQUESTS.items()), *Packet.__annotations__, *SYSCTLS, *RTNL_OPTIONS]).encode(),
    digest_size=4,
).hexdigest()
"""Of what is said here. An agent outlives the program that started it, which may be another by then: that understands its greeting
(`ready`, `pid`, `version`) whatever else it says."""


def encode_request(number: int, request: Request) -> bytes:
    return json.dumps([number, type(request).__name__, request], separators=(",", ":")).encode()


def decode_request(data: bytes) -> tuple[int, Request]:
    """Raises ValueError, KeyError or TypeError where `data` is no request (nothing, at the end of the connection)."""
    number, name, fields = json.loads(data.decode())  # of bytes, loads guesses the encoding, and imports its codec
    request = _REQUESTS[name](*fields)
    if "names" in request._fields:
        request = request._replace(names=[Netns(*netns) for netns in request.names])
    elif "netns" in request._fields:
        request = request._replace(netns=Netns(*request.netns))
    elif "values" in request._fields:
        request = request._replace(values=[(Netns(*netns), key, value) for netns, key, value in request.values])
    return number, request


def encode_packet(packet: Packet) -> bytes:
    return json.dumps(packet, separators=(",", ":")).encode()


def send(sock: socket.socket, data: bytes, descriptors: Sequence[int] = ()) -> None:
    ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []
    sock.sendmsg([data], ancillary)


def receive(sock: socket.socket) -> tuple[bytes, list[int], bool]:
    """A packet (empty at the end), its descriptors, and whether some were lost since this process may open no more."""
    data, ancillary, flags, _ = sock.recvmsg(MAX_PACKET, socket.CMSG_SPACE(MAX_DESCRIPTORS * 4), socket.MSG_CMSG_CLOEXEC)
    descriptors = array.array("i")
    for level, kind, content in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            descriptors.frombytes(content[: len(content) - len(content) % descriptors.itemsize])
    return data, descriptors.tolist(), bool(flags & socket.MSG_CTRUNC)


def close(descriptors: Iterable[int]) -> None:
    for fd in descriptors:
        with suppress(OSError):
            os.close(fd)
