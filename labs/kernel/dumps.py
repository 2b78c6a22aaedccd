"""What rtnetlink lists and tells, read by `struct` into records: pyroute2's classes need 300 µs for a link, and a lab may have thousands.

The tests hold each record equal to what pyroute2 reads in the same bytes.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network
from socket import AF_INET, AF_INET6
from typing import NamedTuple

from labs.kernel import rtnl
from labs.network.state import Address, Gateway, Netem, Prefix, RouteType

_RTM_F_CLONED = 0x200
_IFA_F_PERMANENT = 0x80
_ARPHRD_ETHER = 1
_IFAPROT_UNSPEC = 0  # include/uapi/linux/if_addr.h: what is not by the kernel itself or a router advertisement
_RTNEXTHOP = struct.Struct("=HBBi")  # length, flags, hops, interface
_ROUTE_TYPES: dict[int, RouteType] = {number: name for name, number in rtnl.ROUTE_TYPES.items()}
_STATIC = (rtnl.RTPROT_BOOT, rtnl.RTPROT_STATIC)


_NETEM = b"netem\0"
_NUMBERS = {rtnl.IFLA_MTU: "mtu", rtnl.IFLA_MASTER: "master", rtnl.IFLA_LINK: "peer", rtnl.IFLA_GROUP: "group"}


_OF_A_LINK = frozenset(
    {
        *_NUMBERS,
        rtnl.IFLA_IFNAME,
        rtnl.IFLA_ADDRESS,
        rtnl.IFLA_LINK_NETNSID,
        rtnl.IFLA_OPERSTATE,
        rtnl.IFLA_IFALIAS,
        rtnl.IFLA_QDISC,
        rtnl.IFLA_LINKINFO,
    }
)


_STATS64_LENGTH, _STATS_LENGTH = 4 + 25 * 8, 4 + 24 * 4  # with struct rtnl_link_stats64 as it is since Linux 5.19
_STATS64 = rtnl.RTATTR.pack(_STATS64_LENGTH, rtnl.IFLA_STATS64)
_STATS = rtnl.RTATTR.pack(_STATS_LENGTH, rtnl.IFLA_STATS)
_TIMERS = (rtnl.IFLA_BRPORT_MESSAGE_AGE_TIMER, rtnl.IFLA_BRPORT_FORWARD_DELAY_TIMER, rtnl.IFLA_BRPORT_HOLD_TIMER)
_TIMERS_OF_A_PORT = re.compile(b"".join(re.escape(rtnl.RTATTR.pack(12, timer)) + b".{8}" for timer in _TIMERS), re.DOTALL)
_NO_TIMERS = b"".join(rtnl.RTATTR.pack(12, timer) + bytes(8) for timer in _TIMERS)
_SEEN_BEFORE = 8192
"""Messages whose reading is remembered: of most links and addresses the kernel says the same again."""


@dataclass(slots=True)
class LinkRecord:
    """Not to be changed: it may be somebody else's too."""

    index: int
    up: bool
    is_ethernet: bool = True
    """False: it carries something else, as `lo` does."""
    name: str = ""
    kind: str = ""
    """`veth`, `bridge`, …; empty for `lo`."""
    mtu: int = 0
    mac: str | None = None
    master: int = 0
    """The index of what it is a port of; 0: nothing."""
    peer: int = 0
    """Of a veth: the index of its other end."""
    peer_nsid: int | None = None
    """The id of the namespace of its other end; None: the same."""
    alias: str = ""
    group: int = 0
    has_netem: bool = False
    """Whether netem is its root queueing discipline."""
    stp: bool = False
    carrier: bool = False
    operstate: int = 0
    """IF_OPER_* of include/uapi/linux/if.h."""
    port_state: int | None = None
    """Of a bridge's port: BR_STATE_* of include/uapi/linux/if_bridge.h."""


class AddressRecord(NamedTuple):
    link: int
    """Its index."""
    address: Address
    flags: int
    """IFA_F_* of include/uapi/linux/if_addr.h."""
    protocol: int
    """IFAPROT_*: who gave it."""


class RouteRecord(NamedTuple):
    to: Prefix
    via: Gateway | None
    device: int
    """The index of the link that it leaves by; 0: none."""
    metric: int
    type: RouteType


def link(body: bytes) -> LinkRecord:
    return _link(_lasting(body))


def _lasting(body: bytes) -> bytes:
    """A link's message without what passes: its counters (rtnl_fill_stats, net/core/rtnetlink.c), and the timers of a bridge's port, which
    run for seconds after it is up, without STP too (br_port_fill_attrs, net/bridge/br_netlink.c). What a name holds looks like none of
    them: it has no zero byte."""
    begin = body.find(_STATS64)
    if begin >= 0 and body.startswith(_STATS, begin + _STATS64_LENGTH):
        body = body[:begin] + body[begin + _STATS64_LENGTH + _STATS_LENGTH :]
    return _TIMERS_OF_A_PORT.sub(_NO_TIMERS, body)


@lru_cache(_SEEN_BEFORE)
def _link(body: bytes) -> LinkRecord:
    _, hardware, index, flags, _ = rtnl.IFINFOMSG.unpack_from(body)
    record = LinkRecord(index, bool(flags & rtnl.IFF_UP), hardware == _ARPHRD_ETHER, carrier=bool(flags & rtnl.IFF_LOWER_UP))
    for kind, value in rtnl.attributes(body, rtnl.IFINFOMSG.size, _OF_A_LINK):
        match kind:
            case rtnl.IFLA_IFNAME:
                record.name = _text(value)
            case rtnl.IFLA_MTU | rtnl.IFLA_MASTER | rtnl.IFLA_LINK | rtnl.IFLA_GROUP:
                setattr(record, _NUMBERS[kind], _u32(value))
            case rtnl.IFLA_ADDRESS:
                record.mac = value.hex(":")
            case rtnl.IFLA_LINK_NETNSID:
                (record.peer_nsid,) = struct.unpack("=i", value)
            case rtnl.IFLA_OPERSTATE:
                record.operstate = value[0]
            case rtnl.IFLA_IFALIAS:
                record.alias = _text(value)
            case rtnl.IFLA_QDISC:
                record.has_netem = value == _NETEM
            case rtnl.IFLA_LINKINFO:
                _read_link_info(record, value)
    return record


def _read_link_info(record: LinkRecord, info: memoryview) -> None:
    parts = dict(rtnl.attributes(info, 0))
    record.kind = _text(parts[rtnl.IFLA_INFO_KIND]) if rtnl.IFLA_INFO_KIND in parts else ""
    if record.kind == "bridge" and rtnl.IFLA_INFO_DATA in parts:
        data = dict(rtnl.attributes(parts[rtnl.IFLA_INFO_DATA], 0, (rtnl.IFLA_BR_STP_STATE,)))
        record.stp = rtnl.U32.unpack(data[rtnl.IFLA_BR_STP_STATE]) != (0,)
    if rtnl.IFLA_INFO_SLAVE_KIND in parts and _text(parts[rtnl.IFLA_INFO_SLAVE_KIND]) == "bridge":
        port = dict(rtnl.attributes(parts[rtnl.IFLA_INFO_SLAVE_DATA], 0, (rtnl.IFLA_BRPORT_STATE,)))
        record.port_state = port[rtnl.IFLA_BRPORT_STATE][0]


def port_state(body: bytes) -> int | None:
    """Of a port, where a bridge tells of it (AF_BRIDGE; br_fill_ifinfo, net/bridge/br_netlink.c): BR_STATE_*."""
    for _, port in rtnl.attributes(body, rtnl.IFINFOMSG.size, (rtnl.IFLA_PROTINFO,)):
        for _, state in rtnl.attributes(port, 0, (rtnl.IFLA_BRPORT_STATE,)):
            return state[0]
    return None


def address(body: bytes) -> AddressRecord | None:
    """None for one of another family than IPv4 and IPv6."""
    family, prefix_length, flags, _, index = rtnl.IFADDRMSG.unpack_from(body)
    packed, protocol = b"", _IFAPROT_UNSPEC
    for kind, value in rtnl.attributes(body, rtnl.IFADDRMSG.size):
        if kind == rtnl.IFA_LOCAL or (kind == rtnl.IFA_ADDRESS and not packed):
            packed = bytes(value)
        elif kind == rtnl.IFA_FLAGS:
            (flags,) = rtnl.U32.unpack(value)
        elif kind == rtnl.IFA_PROTO:
            protocol = value[0]
    if family == AF_INET:
        return AddressRecord(index, IPv4Interface((packed, prefix_length)), flags, protocol)
    if family == AF_INET6:
        return AddressRecord(index, IPv6Interface((packed, prefix_length)), flags, protocol)
    return None


@lru_cache(_SEEN_BEFORE)
def static_address(body: bytes) -> tuple[int, Address] | None:
    """The index of its link and the address, if somebody gave it: not the kernel (link-local) nor a router advertisement.

    Before Linux 5.18 the kernel does not mark its own; `labs.network.normal` leaves out those that nobody gave.
    """
    record = address(body)
    if record is None or record.protocol != _IFAPROT_UNSPEC or not record.flags & _IFA_F_PERMANENT:
        return None
    return record.link, record.address


def static_routes(body: bytes) -> list[RouteRecord]:
    """The routes in a message: none where it is not of the main table or is the kernel's own, several where it has several next hops."""
    family, length, _, _, table, protocol, _, kind, flags = rtnl.RTMSG.unpack_from(body)
    if table != rtnl.RT_TABLE_MAIN or protocol not in _STATIC or flags & _RTM_F_CLONED or family not in (AF_INET, AF_INET6):
        return []
    if kind not in _ROUTE_TYPES:
        return []
    parts = dict(rtnl.attributes(body, rtnl.RTMSG.size))
    to = _prefix(family, parts.get(rtnl.RTA_DST), length)
    metric = _u32(parts.get(rtnl.RTA_PRIORITY))
    if _ROUTE_TYPES[kind] != "unicast":  # IPv6 shows them at lo
        return [RouteRecord(to, None, 0, metric, _ROUTE_TYPES[kind])]
    if rtnl.RTA_MULTIPATH in parts:
        hops = _next_hops(family, parts[rtnl.RTA_MULTIPATH])
    else:
        hops = [(_gateway(family, parts), _u32(parts.get(rtnl.RTA_OIF)))]
    return [RouteRecord(to, via, device, metric, "unicast") for via, device in hops]


def _prefix(family: int, packed: memoryview | None, length: int) -> Prefix:
    if family == AF_INET:
        return IPv4Network((bytes(packed or bytes(4)), length))
    return IPv6Network((bytes(packed or bytes(16)), length))


def _gateway(family: int, parts: dict[int, memoryview]) -> Gateway | None:
    if rtnl.RTA_GATEWAY in parts:
        return _address(family, parts[rtnl.RTA_GATEWAY])
    if rtnl.RTA_VIA in parts:  # of the other family
        (via_family,) = struct.unpack_from("=H", parts[rtnl.RTA_VIA])
        return _address(via_family, parts[rtnl.RTA_VIA][2:])
    return None


def _address(family: int, packed: memoryview) -> Gateway:
    return IPv4Address(bytes(packed)) if family == AF_INET else IPv6Address(bytes(packed))


def _next_hops(family: int, hops: memoryview) -> list[tuple[Gateway | None, int]]:
    found = []
    offset = 0
    while offset + _RTNEXTHOP.size <= len(hops):
        length, _, _, index = _RTNEXTHOP.unpack_from(hops, offset)
        parts = dict(rtnl.attributes(hops[offset : offset + length], _RTNEXTHOP.size))
        found.append((_gateway(family, parts), index))
        offset += (length + 3) & ~3
    return found


def netem(body: bytes) -> tuple[int, Netem] | None:
    """The index of a link and what netem does there; None for any other queueing discipline."""
    _, index, _, parent, _ = rtnl.TCMSG.unpack_from(body)
    parts = dict(rtnl.attributes(body, rtnl.TCMSG.size))
    if parent != rtnl.TC_H_ROOT or _text(parts[rtnl.TCA_KIND]) != "netem":
        return None
    options = parts[rtnl.TCA_OPTIONS]
    loss = rtnl.TC_NETEM_QOPT.unpack_from(options)[2]
    values = dict(rtnl.attributes(options, rtnl.TC_NETEM_QOPT.size))
    rate = rtnl.TC_NETEM_RATE.unpack(values[rtnl.TCA_NETEM_RATE])[0] if rtnl.TCA_NETEM_RATE in values else 0
    if rtnl.TCA_NETEM_RATE64 in values:
        (rate,) = rtnl.S64.unpack(values[rtnl.TCA_NETEM_RATE64])
    return index, Netem(
        delay=_milliseconds(values.get(rtnl.TCA_NETEM_LATENCY64)),
        jitter=_milliseconds(values.get(rtnl.TCA_NETEM_JITTER64)),
        loss=round(loss * 100 / 0xFFFFFFFF, 6),
        rate=rate * 8,
    )


def _milliseconds(nanoseconds: memoryview | None) -> float:
    """To the microsecond: what tc(8) has set is a few nanoseconds less than was asked for."""
    return round(rtnl.S64.unpack(nanoseconds)[0] / 1_000_000, 3) if nanoseconds else 0.0


def _u32(value: memoryview | None) -> int:
    return int(rtnl.U32.unpack(value)[0]) if value is not None else 0


def _text(value: memoryview) -> str:
    return bytes(value).rstrip(b"\0").decode(errors="replace")
