"""What the rest of the kernel room needs of a lab's agent: the namespaces by name, with descriptors opened in each."""

from __future__ import annotations

import fcntl
import os
import socket
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from labs.network.state import Netns

SOL_NETLINK: Final = 270
_NETLINK_CAP_ACK, _NETLINK_EXT_ACK, _NETLINK_GET_STRICT_CHK = 10, 11, 12
RTNL_OPTIONS: Final = (_NETLINK_CAP_ACK, _NETLINK_EXT_ACK, _NETLINK_GET_STRICT_CHK)
"""Of a namespace's rtnetlink socket (netlink(7)). Without the last, the kernel overlooks much of what a dump is asked to leave out."""
_SIOCGIFINDEX: Final = 0x8933
_IFREQ_INDEX: Final = struct.Struct("16si20x")  # struct ifreq with ifr_ifindex
LANS = Netns("", "\0lans")
"""The hidden namespace of a lab that holds a bridge for each LAN; no document can name it."""


@dataclass(slots=True)
class NetnsHandle:
    """A network namespace of a lab, held by descriptors that were opened in it. A socket stays in the namespace it was made in."""

    netns: Netns
    fd: int
    """The namespace itself (`/run/netns/NAME`): IFLA_NET_NS_FD is resolved in the sender."""
    rtnl: socket.socket
    """NETLINK_ROUTE, blocking mode off, RTNL_OPTIONS set."""
    nsid: int | None = None
    """Its id in LANS, once that was asked for; it keeps it (see `labs.kernel.nsids`)."""
    closers: list[Callable[[], None]] = field(default_factory=list)
    """To close what else was opened in it: a socket that is left keeps the namespace, and the links in it."""

    def index_of(self, link: str) -> int:
        """The index of a link (SIOCGIFINDEX of netdevice(7)), for which the kernel takes no lock. Raises OSError, ENODEV where it is not.

        To ask rtnetlink for it would wait for all CPUs where the link is up and its peer is not (linkwatch_sync_dev, net/core).
        """
        index: int = _IFREQ_INDEX.unpack(fcntl.ioctl(self.rtnl, _SIOCGIFINDEX, _IFREQ_INDEX.pack(link.encode(), 0)))[1]
        return index

    def close(self) -> None:
        for close in tuple(self.closers):
            close()
        self.rtnl.close()
        os.close(self.fd)


class NetnsReader(Protocol):
    """What it takes to look at namespaces."""

    @property
    def handles(self) -> Mapping[Netns, NetnsHandle]:
        """All namespaces that there are at this moment."""

    async def read_sysctls(self, names: Sequence[Netns], keys: Sequence[str]) -> dict[Netns, dict[str, int]]:
        """The values in each namespace of these sysctls, which are of SYSCTLS."""


class NetnsKeeper(NetnsReader, Protocol):
    """The agent as the executor sees it: it makes and ends namespaces, and reads and writes what only a process inside can."""

    @property
    def mark(self) -> str:
        """The `ifalias` of every link that is made here; empty: none."""

    @property
    def netns_listeners(self) -> list[Callable[[Netns], None]]:
        """Called with each namespace that has come or gone, by whoever made it."""

    async def add_hosts(self, hosts: Sequence[str]) -> None:
        """Make hosts: each a default namespace with `lo` up, a mount namespace with its own /run/netns, a hostname."""

    async def remove_hosts(self, hosts: Sequence[str]) -> None: ...

    async def add_netns(self, names: Sequence[Netns]) -> None:
        """Make namespaces, `lo` up, sysctls at the defaults of `labs.document.sysctls`."""

    async def remove_netns(self, names: Sequence[Netns]) -> None: ...

    async def watch_sysctls(self, keys: Sequence[str], changed: Callable[[], None]) -> None:
        """Until cancelled, call `changed` within a second after one of these has changed in any namespace but LANS; one at a time may."""

    async def write_sysctls(self, values: Sequence[tuple[Netns, str, int]]) -> None: ...

    async def open_socket(self, netns: Netns, family: int, kind: int, protocol_number: int) -> socket.socket:
        """A socket that was made in that namespace, not blocking; it is the caller's to close."""
