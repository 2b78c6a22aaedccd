"""What changes in the network of a lab, whoever changes it, as the kernel tells: links, bridge ports, addresses, routes, queueing
disciplines and a few sysctls.

One netlink socket per lab hears of every namespace that has an id in the hidden namespace LANS (`NETLINK_LISTEN_ALL_NSID`, netlink(7)):
a notice carries the id of the namespace that it is about as ancillary data.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_interface
from typing import Any

from pyroute2.netlink.rtnl.rtmsg import rtmsg

from labs.kernel import dumps, nsids, rtnl
from labs.kernel.netns import LANS, SOL_NETLINK, NetnsHandle
from labs.network.state import Address, Gateway, Netns

_NETLINK_ADD_MEMBERSHIP, _NETLINK_DROP_MEMBERSHIP = 1, 2
_GROUPS = (1, 4, 5, 7, 9, 11, 24, 25)
"""RTNLGRP_LINK, _TC, _IPV4_IFADDR, _IPV4_ROUTE, _IPV6_IFADDR, _IPV6_ROUTE, _IPV4_NETCONF, _IPV6_NETCONF of
include/uapi/linux/rtnetlink.h"""
_IFA_F_TENTATIVE = 0x40
_IFA_F_DADFAILED = 0x08
_IFA_F_OPTIMISTIC = 0x04
_RT_TABLE_LOCAL = 255
_HEADER = struct.Struct("=IHHII")
_READS_AT_ONCE = 64
_BUFFER_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class LinkEvent:
    netns: Netns
    index: int
    name: str
    up: bool
    carrier: bool
    ready: bool
    """Packets pass: the kernel lets them some time after there is a carrier (IFLA_OPERSTATE, Documentation/networking/operstates.rst)."""
    master: int = 0
    """The index of the bridge that it is a port of; 0: none."""
    port_state: int | None = None
    """BR_STATE_* of include/uapi/linux/if_bridge.h, where it is a port and the notice says so."""
    gone: bool = False


@dataclass(frozen=True, slots=True)
class PortEvent:
    """The STP state of a bridge port; None: it is a port no longer."""

    netns: Netns
    index: int
    port_state: int | None


@dataclass(frozen=True, slots=True)
class AddressEvent:
    netns: Netns
    index: int
    """Of its link."""
    address: Address
    tentative: bool
    """Duplicate address detection is not done: the kernel does not use it yet."""
    gone: bool = False


@dataclass(frozen=True, slots=True)
class RouteEvent:
    """A route of another table than `local`, which the kernel keeps."""

    netns: Netns
    to: Address | None
    """None: the default route."""
    via: Gateway | None
    index: int | None
    gone: bool = False


@dataclass(frozen=True, slots=True)
class QdiscEvent:
    """What a link does to packets was set, as netem does."""

    netns: Netns


@dataclass(frozen=True, slots=True)
class SysctlEvent:
    """Forwarding, or another of the few sysctls whose changes the kernel tells (include/uapi/linux/netconf.h), was set."""

    netns: Netns


Event = LinkEvent | PortEvent | AddressEvent | RouteEvent | QdiscEvent | SysctlEvent


def decode(netns: Netns, kind: int, payload: bytes) -> Event | None:
    """A notice without its header as an event; None for what is not followed."""
    match kind:
        case rtnl.RTM_NEWLINK | rtnl.RTM_DELLINK:
            return _link(netns, payload, gone=kind == rtnl.RTM_DELLINK)
        case rtnl.RTM_NEWADDR | rtnl.RTM_DELADDR:
            return _address(netns, payload, gone=kind == rtnl.RTM_DELADDR)
        case rtnl.RTM_NEWROUTE | rtnl.RTM_DELROUTE:
            return _route(netns, kind, payload)
        case rtnl.RTM_NEWQDISC | rtnl.RTM_DELQDISC:
            return QdiscEvent(netns)
        case rtnl.RTM_NEWNETCONF:
            return SysctlEvent(netns)
    return None


def _link(netns: Netns, payload: bytes, *, gone: bool) -> Event:
    record = dumps.link(payload)
    if payload[0] == socket.AF_BRIDGE:
        return PortEvent(netns, record.index, None if gone else dumps.port_state(payload))
    ready = record.operstate in (rtnl.IF_OPER_UP, rtnl.IF_OPER_UNKNOWN)
    return LinkEvent(netns, record.index, record.name, record.up, record.carrier, ready, record.master, record.port_state, gone)


def _address(netns: Netns, payload: bytes, *, gone: bool) -> AddressEvent | None:
    record = dumps.address(payload)
    return record and AddressEvent(netns, record.link, record.address, is_tentative(record.flags), gone)


def is_tentative(flags: int) -> bool:
    """Whether duplicate address detection of an address with these IFA_F_* flags goes on."""
    return bool(flags & _IFA_F_TENTATIVE) and not flags & (_IFA_F_DADFAILED | _IFA_F_OPTIMISTIC)


def _route(netns: Netns, kind: int, payload: bytes) -> RouteEvent | None:
    family, _, _, _, table, *_ = rtnl.RTMSG.unpack_from(payload)
    if table == _RT_TABLE_LOCAL or family not in (socket.AF_INET, socket.AF_INET6):
        return None
    message: Any = rtmsg(_HEADER.pack(_HEADER.size + len(payload), kind, 0, 0, 0) + payload)
    message.decode()
    to, via = message.get_attr("RTA_DST"), message.get_attr("RTA_GATEWAY")
    return RouteEvent(
        netns,
        ip_interface(f"{to}/{message['dst_len']}") if to else None,
        ip_address(via) if via else None,
        message.get_attr("RTA_OIF"),
        kind == rtnl.RTM_DELROUTE,
    )


class Events:
    """The notices of one lab, read from the running loop while it is open.

    `on_event` is called for each change. `on_lost` is called where some were lost because the kernel's buffer was full (ENOBUFS): then all
    that was learned from events is void and must be read again.
    """

    def __init__(self, sock: socket.socket, handles: Mapping[Netns, NetnsHandle]) -> None:
        """`sock`: NETLINK_ROUTE, made in LANS by the agent; `close` closes it."""
        self._socket = sock
        self._handles = handles
        self._by_nsid: dict[int, NetnsHandle] = {}

    def open(self, on_event: Callable[[Event], None], on_lost: Callable[[], None]) -> None:
        self._on_event, self._on_lost = on_event, on_lost
        self._socket.bind((0, 0))  # without a port of its own it would be taken for who caused the notices, and spared them
        nsids.listen_to_all(self._socket)
        self.identify()
        for group in _GROUPS:
            self._socket.setsockopt(SOL_NETLINK, _NETLINK_ADD_MEMBERSHIP, group)
        asyncio.get_running_loop().add_reader(self._socket, self._read)

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._socket)
        self._socket.close()

    def identify(self) -> None:
        """Give every namespace of the lab an id in LANS: without one its notices do not come."""
        self._by_nsid = nsids.identify(self._handles[LANS].rtnl, (each for each in self._handles.values() if each.netns != LANS))

    def _netns(self, nsid: int | None) -> Netns | None:
        if nsid is None:
            return LANS
        handle = self._by_nsid.get(nsid)
        if handle is None or self._handles.get(handle.netns) is not handle:
            self.identify()
            handle = self._by_nsid.get(nsid)
        return handle.netns if handle else None

    def _read(self) -> None:
        for _ in range(_READS_AT_ONCE):
            try:
                data, control, _, _ = self._socket.recvmsg(_BUFFER_BYTES, socket.CMSG_SPACE(4))
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise
                self._drain()
                self._on_lost()
                return
            netns = self._netns(nsids.nsid_of(control))
            if netns is not None:
                self._dispatch(netns, data)

    def _drain(self) -> None:
        """Until its queue is empty, the kernel drops what is new without another word (netlink_overrun, net/netlink/af_netlink.c)."""
        while True:
            try:
                self._socket.recv(1)
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise

    def _dispatch(self, netns: Netns, data: bytes) -> None:
        offset = 0
        while offset + _HEADER.size <= len(data):
            length, kind, *_ = _HEADER.unpack_from(data, offset)
            event = decode(netns, kind, data[offset + _HEADER.size : offset + length])
            if event is not None:
                self._on_event(event)
            offset += (length + 3) & ~3
