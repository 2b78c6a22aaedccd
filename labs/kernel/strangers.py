"""What a machine's network has that no drawing holds, in a line each: other kinds of links, rules, tables, filters, nameless namespaces."""

from __future__ import annotations

import socket
import struct
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Final

from labs.kernel import dumps, rtnl
from labs.kernel.batch import dump
from labs.kernel.machine import Machine
from labs.kernel.netns import LANS, NetnsHandle
from labs.kernel.rtnl import Request
from labs.network.state import Netns, NetworkState

_RTM_GETRULE: Final = 34
_FRA_PRIORITY: Final = 6
_OWN_RULES: Final = {0, 32766, 32767}  # local, main, default: each namespace has them
_OWN_TABLES: Final = {253, rtnl.RT_TABLE_MAIN, 255}  # default, main, local
_OF_THE_KERNEL: Final = {1, 2, 9}  # RTPROT_REDIRECT, RTPROT_KERNEL, RTPROT_RA
_BY_HAND: Final = {rtnl.RTPROT_BOOT, rtnl.RTPROT_STATIC}
_PROTOCOLS: Final = {3: "boot", 4: "static", 12: "bird", 16: "dhcp", 186: "bgp", 188: "ospf"}  # /etc/iproute2/rt_protos
_IFA_F_PERMANENT: Final = 0x80
_FAMILIES: Final = {socket.AF_INET: "IPv4", socket.AF_INET6: "IPv6"}
_LOOPBACK: Final = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
_NETLINK_NETFILTER: Final = 12
_NFT_GETTABLE: Final = 10 << 8 | 1  # NFNL_SUBSYS_NFTABLES, NFT_MSG_GETTABLE
_NFTA_TABLE_NAME: Final = 1
_NFGENMSG: Final = struct.Struct("=BBH")
_NFT_FAMILIES: Final = {1: "inet", 2: "ip", 3: "arp", 5: "netdev", 7: "bridge", 10: "ip6"}


async def strangers(machine: Machine, state: NetworkState) -> list[str]:
    """`state`: what was observed of the machine. An ordinary user is not told of filters and of nameless namespaces."""
    found = [f"/run/netns/{name} is the same namespace as {netns}" for name, netns in machine.aliases.items()]
    for netns, handle in machine.handles.items():
        if netns == LANS:
            continue
        found += [*_links(netns, handle, state), *_addresses(netns, handle), *_rules(netns, handle), *_routes(netns, handle)]
        found += [*_qdiscs(netns, handle)]
        if machine.is_root:
            found += await _filters(netns, machine)
    if machine.is_root:
        found += _nameless(machine)
    return found


def _links(netns: Netns, handle: NetnsHandle, state: NetworkState) -> Iterator[str]:
    namespace = state.namespace(netns)
    held = namespace.links if namespace else {}
    records = {record.index: record for record in map(dumps.link, dump(handle.rtnl, rtnl.dump_links()))}
    for record in records.values():
        master = records.get(record.master)
        within = f", in {master.name}" if master else ""
        if record.name in held:
            if master and held[record.name].master is None:
                yield f"{netns}:{record.name} belongs to {master.name}, of kind {master.kind}"
        elif record.kind == "veth":
            yield f"{netns}:{record.name}: a veth{within}, whose other end is out of sight"
        elif record.name != "lo":
            what = f"an interface of kind {record.kind}" if record.kind else "a network card"
            yield f"{netns}:{record.name}: {what}{within}"


def _addresses(netns: Netns, handle: NetnsHandle) -> Iterator[str]:
    """Those of `lo`, and those that are leased, as by DHCP: they have an end."""
    names = {record.index: record.name for record in map(dumps.link, dump(handle.rtnl, rtnl.dump_links()))}
    for body in dump(handle.rtnl, rtnl.dump_addresses()):
        record = dumps.address(body)
        if record is None or record.protocol or record.link not in names:
            continue
        if not record.flags & _IFA_F_PERMANENT:
            yield f"{netns}:{names[record.link]}: the address {record.address}, which is leased"
        elif names[record.link] == "lo" and not any(record.address in network for network in _LOOPBACK):
            yield f"{netns}:lo: the address {record.address}"


def _rules(netns: Netns, handle: NetnsHandle) -> Iterator[str]:
    for family, name in _FAMILIES.items():
        for body in dump(handle.rtnl, Request(_RTM_GETRULE, rtnl.NLM_F_DUMP, rtnl.RTMSG.pack(family, 0, 0, 0, 0, 0, 0, 0, 0))):
            parts = dict(rtnl.attributes(body, rtnl.RTMSG.size))
            priority = rtnl.U32.unpack(parts[_FRA_PRIORITY])[0] if _FRA_PRIORITY in parts else 0
            if priority not in _OWN_RULES:
                yield f"{netns}: the {name} routing rule {priority}"


def _routes(netns: Netns, handle: NetnsHandle) -> Iterator[str]:
    """Those in other tables, counted, and those in `main` that something else than `ip route` made, or of a type that no drawing has."""
    counts: Counter[tuple[str, int]] = Counter()
    for body in dump(handle.rtnl, rtnl.dump_routes()):
        family, length, _, _, table, protocol, _, kind, _ = rtnl.RTMSG.unpack_from(body)
        parts = dict(rtnl.attributes(body, rtnl.RTMSG.size))
        if rtnl.RTA_TABLE in parts:
            (table,) = rtnl.U32.unpack(parts[rtnl.RTA_TABLE])
        if family not in _FAMILIES or protocol in _OF_THE_KERNEL:
            continue
        if table not in _OWN_TABLES:
            counts[_FAMILIES[family], table] += 1
        elif table == rtnl.RT_TABLE_MAIN and not (protocol in _BY_HAND and kind in rtnl.ROUTE_TYPES.values()):
            to = f"{ip_address(bytes(parts[rtnl.RTA_DST]))}/{length}" if rtnl.RTA_DST in parts else "default"
            yield f"{netns}: the {_FAMILIES[family]} route to {to}, of protocol {_PROTOCOLS.get(protocol, protocol)}"
    for (name, table), count in counts.items():
        yield f"{netns}: {count} {name} route{'s' if count > 1 else ''} in table {table}"


def _qdiscs(netns: Netns, handle: NetnsHandle) -> Iterator[str]:
    """Those that somebody set: the kernel's own have no handle."""
    names = {record.index: record.name for record in map(dumps.link, dump(handle.rtnl, rtnl.dump_links()))}
    for body in dump(handle.rtnl, rtnl.dump_qdiscs()):
        _, index, own, _, _ = rtnl.TCMSG.unpack_from(body)
        kind = bytes(dict(rtnl.attributes(body, rtnl.TCMSG.size))[rtnl.TCA_KIND]).rstrip(b"\0").decode()
        if own and kind not in ("netem", "mq") and index in names:
            yield f"{netns}:{names[index]}: the queueing discipline {kind}"


async def _filters(netns: Netns, machine: Machine) -> list[str]:
    """Tables of nftables, also those that iptables-nft makes. A kernel without nftables has none."""
    with await machine.open_socket(netns, socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_NETFILTER) as sock:
        try:
            bodies = dump(sock, Request(_NFT_GETTABLE, rtnl.NLM_F_DUMP, _NFGENMSG.pack(socket.AF_UNSPEC, 0, 0)))
        except OSError:
            return []
    tables = [(body[0], dict(rtnl.attributes(body, _NFGENMSG.size))) for body in bodies]
    return [
        f"{netns}: the nftables table {_NFT_FAMILIES.get(family, family)} {bytes(parts[_NFTA_TABLE_NAME]).rstrip(bytes(1)).decode()}"
        for family, parts in tables
    ]


def _nameless(machine: Machine) -> list[str]:
    """Network namespaces that processes are in and that have no name, each with the first of these processes."""
    known = {machine.inode(netns) for netns in machine.handles}
    found: dict[int, str] = {}
    for process in sorted(Path("/proc").glob("[0-9]*"), key=lambda path: int(path.name)):
        with suppress(OSError):  # it has ended, or is none of ours
            inode = (process / "ns/net").stat().st_ino
            if inode not in known:
                found.setdefault(inode, f"process {process.name}, {(process / 'comm').read_text().strip()}")
    return [f"a network namespace without a name, of {who}" for who in found.values()]
