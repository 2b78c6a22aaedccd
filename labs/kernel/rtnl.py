"""Requests to rtnetlink, packed by `struct`: pyroute2's classes need 140 µs for a veth, where the kernel needs 700 for the whole namespace.

Each function gives one `Request`; `labs.kernel.batch` numbers and sends them. The tests decode every one with pyroute2's message classes.
Names and numbers are those of include/uapi/linux/{rtnetlink,if_link,if_addr,veth,net_namespace}.h.
"""

from __future__ import annotations

import struct
from collections.abc import Container, Iterable
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Interface, IPv4Network
from socket import AF_INET, AF_INET6, AF_UNSPEC
from typing import NamedTuple

from labs.network.state import Address, Netem, Route, RouteType

RTM_NEWLINK, RTM_DELLINK, RTM_GETLINK = 16, 17, 18
RTM_NEWADDR, RTM_DELADDR, RTM_GETADDR = 20, 21, 22
RTM_NEWROUTE, RTM_DELROUTE, RTM_GETROUTE = 24, 25, 26
RTM_NEWNEIGH, RTM_DELNEIGH, RTM_GETNEIGH = 28, 29, 30
RTM_NEWQDISC, RTM_DELQDISC, RTM_GETQDISC = 36, 37, 38
RTM_NEWNETCONF, RTM_GETNETCONF = 80, 82
RTM_NEWNSID, RTM_DELNSID, RTM_GETNSID = 88, 89, 90

NLM_F_REPLACE = 0x100
NLM_F_DUMP = 0x300
NLM_F_EXCL = 0x200
NLM_F_CREATE = 0x400
CREATE = NLM_F_CREATE | NLM_F_EXCL

IFLA_ADDRESS, IFLA_IFNAME, IFLA_MTU, IFLA_LINK, IFLA_QDISC, IFLA_MASTER = 1, 3, 4, 5, 6, 10
IFLA_STATS, IFLA_PROTINFO, IFLA_STATS64 = 7, 12, 23
IFLA_LINKINFO, IFLA_IFALIAS, IFLA_AF_SPEC, IFLA_GROUP, IFLA_NET_NS_FD, IFLA_EXT_MASK, IFLA_LINK_NETNSID = 18, 20, 26, 27, 28, 29, 37
IFLA_INET_CONF, IPV4_DEVCONF_PROMOTE_SECONDARIES = 1, 20
IFLA_INFO_KIND, IFLA_INFO_DATA = 1, 2
IFLA_BR_STP_STATE, IFLA_BR_MCAST_SNOOPING = 5, 23
VETH_INFO_PEER = 1
IFLA_NUM_TX_QUEUES, IFLA_NUM_RX_QUEUES = 31, 32
RTEXT_FILTER_SKIP_STATS = 1 << 3
IFLA_OPERSTATE = 16
IFLA_INFO_SLAVE_KIND, IFLA_INFO_SLAVE_DATA = 4, 5
IFLA_BRPORT_STATE, IFLA_BRPORT_MESSAGE_AGE_TIMER, IFLA_BRPORT_FORWARD_DELAY_TIMER, IFLA_BRPORT_HOLD_TIMER = 1, 21, 22, 23
IFF_UP = 1
IFF_LOWER_UP = 1 << 16
IF_OPER_UNKNOWN, IF_OPER_UP = 0, 6
IFA_ADDRESS, IFA_LOCAL, IFA_FLAGS, IFA_PROTO = 1, 2, 8, 11
RTA_DST, RTA_OIF, RTA_GATEWAY, RTA_PRIORITY, RTA_MULTIPATH, RTA_TABLE, RTA_VIA = 1, 4, 5, 6, 9, 15, 18
RT_TABLE_UNSPEC, RT_TABLE_MAIN = 0, 254
RT_SCOPE_UNIVERSE, RT_SCOPE_LINK, RT_SCOPE_NOWHERE = 0, 253, 255
RTPROT_BOOT, RTPROT_STATIC = 3, 4
ROUTE_TYPES: dict[RouteType, int] = {"unicast": 1, "blackhole": 6, "unreachable": 7, "prohibit": 8}
TCA_KIND, TCA_OPTIONS = 1, 2
TC_H_ROOT = 0xFFFFFFFF
TCA_NETEM_RATE, TCA_NETEM_RATE64, TCA_NETEM_LATENCY64, TCA_NETEM_JITTER64 = 6, 8, 10, 11
NDA_DST = 1
NUD_INCOMPLETE, NUD_NOARP, NUD_PERMANENT = 0x01, 0x40, 0x80
NETEM_LIMIT = 1000  # packets, the default of tc-netem(8)
NETNSA_NSID, NETNSA_FD, NETNSA_TARGET_NSID, NETNSA_CURRENT_NSID = 1, 3, 4, 5
NSID_OF_KERNELS_CHOICE = -1
NETCONFA_IFINDEX, NETCONFA_FORWARDING, NETCONFA_RP_FILTER, NETCONFA_PROXY_NEIGH = 1, 2, 3, 5
NETCONFA_IFINDEX_ALL = 0xFFFFFFFF  # -1

_NLA_TYPE_MASK = 0x3FFF
RTATTR = struct.Struct("=HH")
U32 = struct.Struct("=I")
S32 = struct.Struct("=i")
S64 = struct.Struct("=q")
IFINFOMSG = struct.Struct("=BxHiII")  # family, type, index, flags, change
IFADDRMSG = struct.Struct("=BBBBI")  # family, prefix length, flags, scope, index
RTMSG = struct.Struct("=BBBBBBBBI")  # family, dst length, src length, tos, table, protocol, scope, type, flags
TCMSG = struct.Struct("=BxxxiIII")  # family, index, handle, parent, info
NDMSG = struct.Struct("=BxxxiHBB")  # family, index, state, flags, type
RTGENMSG = struct.Struct("=Bxxx")  # family
TC_NETEM_QOPT = struct.Struct("=IIIIII")  # latency and jitter in ticks, limit, loss of 2**32, gap, duplicate, jitter
TC_NETEM_RATE = struct.Struct("=IiIi")  # bytes a second, packet overhead, cell size, cell overhead
_PADDING = (b"", b"\0\0\0", b"\0\0", b"\0")


class Request(NamedTuple):
    """A message without its header: that carries the sequence number, which `labs.kernel.batch` chooses."""

    type: int
    flags: int
    body: bytes


@dataclass(slots=True)
class End:
    """One end of a link to be made: its name, and what it has from the start."""

    name: str
    mtu: int | None = None
    mac: str | None = None
    master: int | None = None
    """The index of the bridge; not for the peer of a veth."""
    up: bool = False
    """Not for the peer of a veth: the kernel refuses it (ENOTCONN)."""
    group: int = 0

    def pack(self) -> bytes:
        flag = IFF_UP if self.up else 0
        parts = [IFINFOMSG.pack(AF_UNSPEC, 0, 0, flag, flag), text(IFLA_IFNAME, self.name)]
        if self.mtu is not None:
            parts.append(u32(IFLA_MTU, self.mtu))
        if self.mac is not None:
            parts.append(attribute(IFLA_ADDRESS, mac_bytes(self.mac)))
        if self.master is not None:
            parts.append(u32(IFLA_MASTER, self.master))
        if self.group:
            parts.append(u32(IFLA_GROUP, self.group))
        return b"".join(parts)


def attribute(kind: int, payload: bytes) -> bytes:
    length = 4 + len(payload)
    return RTATTR.pack(length, kind) + payload + _PADDING[length & 3]


def u32(kind: int, value: int) -> bytes:
    return attribute(kind, U32.pack(value))


def text(kind: int, value: str) -> bytes:
    return attribute(kind, value.encode() + b"\0")


def nested(kind: int, *attributes: bytes) -> bytes:
    return attribute(kind, b"".join(attributes))


_ONE_QUEUE = u32(IFLA_NUM_TX_QUEUES, 1) + u32(IFLA_NUM_RX_QUEUES, 1)


def mac_bytes(mac: str) -> bytes:
    return bytes.fromhex(mac.replace(":", ""))


# Links, in the namespace of the socket that the request is sent on. They are found by name, which needs no index to be read first.


def add_veth(near: End, far: End, far_netns_fd: int) -> Request:
    """A veth pair with both ends in place: nothing is moved afterwards, a move costs a `synchronize_net`.

    So does each end that is not told how many queues it has: the kernel makes one for each CPU, and puts all but one out of use again
    (veth_init_queues, drivers/net/veth.c).
    """
    peer = nested(VETH_INFO_PEER, far.pack(), _ONE_QUEUE, u32(IFLA_NET_NS_FD, far_netns_fd))
    info = nested(IFLA_LINKINFO, text(IFLA_INFO_KIND, "veth"), nested(IFLA_INFO_DATA, peer))
    return Request(RTM_NEWLINK, CREATE, near.pack() + _ONE_QUEUE + info)


def add_bridge(bridge: End) -> Request:
    """A bridge whose MTU follows its smallest port: an MTU given here is a beginning, one that is set (`set_link`) stays."""
    return Request(RTM_NEWLINK, CREATE, bridge.pack() + nested(IFLA_LINKINFO, text(IFLA_INFO_KIND, "bridge")))


def set_link(
    name: str,
    *,
    up: bool | None = None,
    mtu: int | None = None,
    mac: str | None = None,
    master: int | None = None,
    alias: str | None = None,
    mcast_snooping: bool | None = None,
) -> Request:
    """Change what is given. Master 0 is none; snooping, which is of bridges, is changed before all else (rtnl_changelink)."""
    parts = [IFINFOMSG.pack(AF_UNSPEC, 0, 0, IFF_UP if up else 0, 0 if up is None else IFF_UP), text(IFLA_IFNAME, name)]
    if mtu is not None:
        parts.append(u32(IFLA_MTU, mtu))
    if mac is not None:
        parts.append(attribute(IFLA_ADDRESS, mac_bytes(mac)))
    if master is not None:
        parts.append(u32(IFLA_MASTER, master))
    if alias is not None:
        parts.append(attribute(IFLA_IFALIAS, alias.encode()))
    if mcast_snooping is not None:
        parts.append(_bridge_info(attribute(IFLA_BR_MCAST_SNOOPING, bytes([mcast_snooping]))))
    return Request(RTM_NEWLINK, 0, b"".join(parts))


def _bridge_info(data: bytes) -> bytes:
    return nested(IFLA_LINKINFO, text(IFLA_INFO_KIND, "bridge"), nested(IFLA_INFO_DATA, data))


def promote_secondaries(index: int) -> Request:
    """From now on, removing an IPv4 address takes no other with it (`promote_secondaries`, ip-sysctl.rst).

    For one link: to write the sysctl takes 100 µs in one of 500 namespaces, 500 µs in one of 2,000.
    """
    setting = nested(IFLA_AF_SPEC, nested(AF_INET, nested(IFLA_INET_CONF, u32(IPV4_DEVCONF_PROMOTE_SECONDARIES, 1))))
    return Request(RTM_NEWLINK, 0, IFINFOMSG.pack(AF_UNSPEC, 0, index, 0, 0) + setting)


def set_stp(bridge: str, stp: bool) -> Request:
    info = _bridge_info(u32(IFLA_BR_STP_STATE, int(stp)))
    return Request(RTM_NEWLINK, 0, IFINFOMSG.pack(AF_UNSPEC, 0, 0, 0, 0) + text(IFLA_IFNAME, bridge) + info)


def del_link(name: str) -> Request:
    return Request(RTM_DELLINK, 0, IFINFOMSG.pack(AF_UNSPEC, 0, 0, 0, 0) + text(IFLA_IFNAME, name))


def set_group(name: str, group: int) -> Request:
    """Put a link into a group of links, a number that means nothing to the kernel."""
    return Request(RTM_NEWLINK, 0, IFINFOMSG.pack(AF_UNSPEC, 0, 0, 0, 0) + text(IFLA_IFNAME, name) + u32(IFLA_GROUP, group))


def del_group(group: int) -> Request:
    """Delete all links of a group at once: the kernel waits for its readers once, not for each link (rtnl_group_dellink)."""
    return Request(RTM_DELLINK, 0, IFINFOMSG.pack(AF_UNSPEC, 0, 0, 0, 0) + u32(IFLA_GROUP, group))


# Addresses and routes


def _address(kind: int, flags: int, index: int, address: Address) -> Request:
    family = AF_INET if isinstance(address, IPv4Interface) else AF_INET6
    packed = address.ip.packed
    body = IFADDRMSG.pack(family, address.network.prefixlen, 0, RT_SCOPE_UNIVERSE, index)
    return Request(kind, flags, body + attribute(IFA_LOCAL, packed) + attribute(IFA_ADDRESS, packed))


def add_address(index: int, address: Address) -> Request:
    return _address(RTM_NEWADDR, CREATE, index, address)


def del_address(index: int, address: Address) -> Request:
    return _address(RTM_DELADDR, 0, index, address)


def _route(kind: int, flags: int, scope: int, route: Route, index: int | None) -> Request:
    ipv4 = isinstance(route.to, IPv4Network)
    family = AF_INET if ipv4 else AF_INET6
    parts = [RTMSG.pack(family, route.to.prefixlen, 0, 0, RT_TABLE_MAIN, RTPROT_BOOT, scope, ROUTE_TYPES[route.type], 0)]
    if route.to.prefixlen:
        parts.append(attribute(RTA_DST, route.to.network_address.packed))
    if route.via is not None and ipv4 and route.via.version == 6:
        parts.append(attribute(RTA_VIA, struct.pack("=H", AF_INET6) + route.via.packed))
    elif route.via is not None:
        parts.append(attribute(RTA_GATEWAY, route.via.packed))
    if index is not None:
        parts.append(u32(RTA_OIF, index))
    if route.metric:
        parts.append(u32(RTA_PRIORITY, route.metric))
    return Request(kind, flags, b"".join(parts))


def add_route(route: Route, index: int | None) -> Request:
    """As `ip route add` does: protocol boot, main table. `index`: of its `dev`."""
    return _new_route(CREATE, route, index)


def replace_route(route: Route, index: int | None) -> Request:
    """As `ip route replace` does: in place of the one to the same destination and of the same metric."""
    return _new_route(NLM_F_CREATE | NLM_F_REPLACE, route, index)


def _new_route(flags: int, route: Route, index: int | None) -> Request:
    direct = route.type == "unicast" and route.via is None and isinstance(route.to, IPv4Network)
    return _route(RTM_NEWROUTE, flags, RT_SCOPE_LINK if direct else RT_SCOPE_UNIVERSE, route, index)


def del_route(route: Route, index: int | None) -> Request:
    return _route(RTM_DELROUTE, 0, RT_SCOPE_NOWHERE, route, index)


# Neighbours


def dump_neighbours() -> Request:
    return Request(RTM_GETNEIGH, NLM_F_DUMP, NDMSG.pack(AF_UNSPEC, 0, 0, 0, 0))


def del_neighbour(family: int, index: int, address: bytes) -> Request:
    return Request(RTM_DELNEIGH, 0, NDMSG.pack(family, index, 0, 0, 0) + attribute(NDA_DST, address))


# Queueing discipline: see tc-netem(8)


def set_netem(index: int, netem: Netem) -> Request:
    """In place of what is at the link's root. A rate is always said: netem that is changed keeps what is not (netem_change,
    net/sched/sch_netem.c)."""
    delay, jitter = round(netem.delay * 1_000_000), round(netem.jitter * 1_000_000)  # nanoseconds
    loss = round(netem.loss / 100 * 0xFFFFFFFF)
    rate = netem.rate // 8
    options = [
        TC_NETEM_QOPT.pack(0, NETEM_LIMIT, loss, 0, 0, 0),
        attribute(TCA_NETEM_LATENCY64, S64.pack(delay)),
        attribute(TCA_NETEM_JITTER64, S64.pack(jitter)),
        attribute(TCA_NETEM_RATE, TC_NETEM_RATE.pack(min(rate, 0xFFFFFFFF), 0, 0, 0)),
    ]
    if rate >= 1 << 32:
        options.append(attribute(TCA_NETEM_RATE64, S64.pack(rate)))
    body = TCMSG.pack(AF_UNSPEC, index, 0, TC_H_ROOT, 0) + text(TCA_KIND, "netem") + nested(TCA_OPTIONS, *options)
    return Request(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE, body)


def del_netem(index: int) -> Request:
    return Request(RTM_DELQDISC, 0, TCMSG.pack(AF_UNSPEC, index, 0, TC_H_ROOT, 0))


# Namespace ids: how the kernel names one namespace in another


def add_nsid(netns_fd: int) -> Request:
    """Give a namespace an id in the socket's; EEXIST where it has one."""
    anything = attribute(NETNSA_NSID, struct.pack("=i", NSID_OF_KERNELS_CHOICE))
    return Request(RTM_NEWNSID, 0, RTGENMSG.pack(AF_UNSPEC) + anything + u32(NETNSA_FD, netns_fd))


def get_nsid(netns_fd: int) -> Request:
    return Request(RTM_GETNSID, 0, RTGENMSG.pack(AF_UNSPEC) + u32(NETNSA_FD, netns_fd))


@cache
def get_netconf(family: int) -> Request:
    """The sysctls in `conf/all` (struct netconfmsg is a family, as struct rtgenmsg)."""
    return Request(RTM_GETNETCONF, 0, RTGENMSG.pack(family) + u32(NETCONFA_IFINDEX, NETCONFA_IFINDEX_ALL))


# Dumps: all of a kind


@cache
def dump_links() -> Request:
    return Request(RTM_GETLINK, NLM_F_DUMP, IFINFOMSG.pack(AF_UNSPEC, 0, 0, 0, 0) + u32(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS))


@cache
def dump_addresses() -> Request:
    return Request(RTM_GETADDR, NLM_F_DUMP, IFADDRMSG.pack(AF_UNSPEC, 0, 0, 0, 0))


@cache
def dump_routes(table: int = RT_TABLE_UNSPEC) -> Request:
    """Those of a table, or all."""
    return Request(RTM_GETROUTE, NLM_F_DUMP, RTMSG.pack(AF_UNSPEC, 0, 0, 0, table, 0, 0, 0, 0))


@cache
def dump_qdiscs() -> Request:
    return Request(RTM_GETQDISC, NLM_F_DUMP, TCMSG.pack(AF_UNSPEC, 0, 0, 0, 0))


def dump_nsids(target_nsid: int) -> Request:
    """The ids that the namespace with this id has for others, each with its id here."""
    return Request(RTM_GETNSID, NLM_F_DUMP, RTGENMSG.pack(AF_UNSPEC) + u32(NETNSA_TARGET_NSID, target_nsid))


# Reading


def attributes(
    payload: bytes | memoryview, offset: int, wanted: Container[int] = range(_NLA_TYPE_MASK + 1)
) -> Iterable[tuple[int, memoryview]]:
    """The attributes of a message behind its fixed part that are of the kinds `wanted`, which are without NLA_F_NESTED and
    NLA_F_NET_BYTEORDER. Of a link the kernel says fifty: what takes time is to look at those that nobody wants."""
    view, end, unpack = memoryview(payload), len(payload), RTATTR.unpack_from
    while offset + 4 <= end:
        length, kind = unpack(payload, offset)
        if length < 4:
            return
        kind &= _NLA_TYPE_MASK
        if kind in wanted:
            yield kind, view[offset + 4 : offset + length]
        offset += (length + 3) & ~3
