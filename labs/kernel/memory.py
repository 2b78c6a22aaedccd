"""What was read of each namespace of a lab, as long as the kernel has told of no change there.

One netlink socket hears of the whole lab (see `labs.kernel.events`). A notice is queued before the call that changes something returns, so
that whoever takes the notices first and recalls then, misses nothing, whoever did it. Where notices were lost, nothing is remembered.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Mapping
from contextlib import suppress
from typing import Generic, TypeVar

from labs.kernel import nsids
from labs.kernel.netns import LANS, SOL_NETLINK, NetnsHandle, NetnsKeeper
from labs.network.state import Netns

T = TypeVar("T")

_NETLINK_ADD_MEMBERSHIP, _SO_RCVBUFFORCE = 1, 33
_GROUPS = (1, 4, 5, 7, 8, 9, 11, 24)
"""RTNLGRP_LINK, _TC, _IPV4_IFADDR, _IPV4_ROUTE, _IPV4_RULE, _IPV6_IFADDR, _IPV6_ROUTE, _IPV4_NETCONF of
include/uapi/linux/rtnetlink.h."""
_BUFFER_BYTES = 8 << 20


class Memory(Generic[T]):
    """Readings by namespace. `open` it once for a lab; before each use, `forget_changed`."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self.by_nsid: dict[int, NetnsHandle] = {}
        """All namespaces, by their ids in LANS."""
        self._readings: dict[Netns, tuple[NetnsHandle, T]] = {}
        self._fresh: set[Netns] = set()
        """Where nothing has changed since."""

    @classmethod
    async def open(cls, keeper: NetnsKeeper) -> Memory[T]:
        sock = await keeper.open_socket(LANS, socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        sock.bind((0, 0))
        nsids.listen_to_all(sock)
        with suppress(PermissionError):  # then more is lost, and read again
            sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER_BYTES)
        for group in _GROUPS:
            sock.setsockopt(SOL_NETLINK, _NETLINK_ADD_MEMBERSHIP, group)
        return cls(sock)

    def forget_changed(self, handles: Mapping[Netns, NetnsHandle]) -> None:
        """Forget what is not so any more, or may not be. `handles` are all namespaces that there are."""
        self.by_nsid = nsids.identify(handles[LANS].rtnl, handles.values())
        self._take_notices(handles[LANS])
        audible = {id(handle) for handle in (handles[LANS], *self.by_nsid.values())}
        self._readings = {
            netns: reading for netns, reading in self._readings.items() if handles.get(netns) is reading[0] and id(reading[0]) in audible
        }
        self._fresh &= self._readings.keys()

    def _take_notices(self, lans: NetnsHandle) -> None:
        """A notice from LANS itself, where the socket is, comes without an id."""
        while True:
            try:
                _, control, _, _ = self._socket.recvmsg(1, socket.CMSG_SPACE(4))
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise
                self._fresh.clear()
                continue
            nsid = nsids.nsid_of(control)
            handle = lans if nsid is None else self.by_nsid.get(nsid)
            if handle is not None:
                self._fresh.discard(handle.netns)

    def recall(self, netns: Netns) -> T | None:
        return self._readings[netns][1] if netns in self._fresh else None

    def keep(self, handle: NetnsHandle, reading: T) -> T:
        """Returns the reading before, where this is the same: much that the kernel tells of is no change of what was read."""
        before = self._readings.get(handle.netns)
        if before is None or before[0] is not handle or before[1] != reading:
            before = self._readings[handle.netns] = handle, reading
        self._fresh.add(handle.netns)
        return before[1]

    def close(self) -> None:
        self._socket.close()
