"""Namespace ids: how the kernel names one namespace in another (RTM_NEWNSID). All of a lab's get one in LANS."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable

from labs.kernel import rtnl
from labs.kernel.batch import dump, transact
from labs.kernel.netns import SOL_NETLINK, NetnsHandle

_NETLINK_LISTEN_ALL_NSID = 8
_NSID = struct.Struct("=i")


def identify(home: socket.socket, handles: Iterable[NetnsHandle]) -> dict[int, NetnsHandle]:
    """These namespaces by their ids in the one of the socket `home`, which is that of LANS. Those that have none get one."""
    handles = list(handles)
    new = [handle for handle in handles if handle.nsid is None]
    transact(home, [rtnl.add_nsid(handle.fd) for handle in new])  # EEXIST: it has one
    for handle, answer in zip(new, transact(home, [rtnl.get_nsid(handle.fd) for handle in new]), strict=True):
        handle.nsid = _nsids(answer).get(rtnl.NETNSA_NSID) if isinstance(answer, bytes) else None
    return {handle.nsid: handle for handle in handles if handle.nsid is not None}


def known_in(home: socket.socket, nsid: int) -> dict[int, int]:
    """The ids that the namespace `nsid` has for others, each with the id that `home` has for the same.

    Raises OSError where there is no such namespace any more.
    """
    known = {}
    for body in dump(home, rtnl.dump_nsids(nsid)):
        nsids = _nsids(body)
        if rtnl.NETNSA_NSID in nsids and rtnl.NETNSA_CURRENT_NSID in nsids:
            known[nsids[rtnl.NETNSA_NSID]] = nsids[rtnl.NETNSA_CURRENT_NSID]
    return known


def _nsids(body: bytes) -> dict[int, int]:
    """Those in a message, by their attributes."""
    numbers = {kind: int(_NSID.unpack(value)[0]) for kind, value in rtnl.attributes(body, rtnl.RTGENMSG.size)}
    return {kind: nsid for kind, nsid in numbers.items() if nsid >= 0}


def listen_to_all(sock: socket.socket) -> None:
    """Have a netlink socket hear of every namespace that has an id in its own (netlink(7))."""
    sock.setsockopt(SOL_NETLINK, _NETLINK_LISTEN_ALL_NSID, 1)


def nsid_of(control: list[tuple[int, int, bytes]]) -> int | None:
    for level, kind, data in control:
        if (level, kind) == (SOL_NETLINK, _NETLINK_LISTEN_ALL_NSID):
            (nsid,) = struct.unpack("=i", data[:4])
            return int(nsid)
    return None
