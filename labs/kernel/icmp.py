"""ICMP and ICMPv6 as bytes: echo requests out, replies and errors in. No sockets, no clock.

Formats: RFC 792 and RFC 4443. The words for errors are those of ping(8) (`pr_icmph` in iputils' ping/ping.c and ping/ping6_common.c).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from labs.network.state import Gateway

# include/uapi/linux/icmp.h and icmpv6.h
ECHO_REPLY = 0
DEST_UNREACH = 3
ECHO_REQUEST = 8
TIME_EXCEEDED = 11
PARAMETER_PROBLEM = 12
V6_DEST_UNREACH = 1
V6_PACKET_TOO_BIG = 2
V6_TIME_EXCEEDED = 3
V6_PARAMETER_PROBLEM = 4
V6_ECHO_REQUEST = 128
V6_ECHO_REPLY = 129

_PROTOCOL_ICMP = 1
_PROTOCOL_ICMPV6 = 58
_HEADER = struct.Struct("!BBHHH")  # type, code, checksum, then identifier and sequence of an echo
_IPV6_HEADER_BYTES = 40

_UNREACHABLE = (
    "Destination Net Unreachable",
    "Destination Host Unreachable",
    "Destination Protocol Unreachable",
    "Destination Port Unreachable",
    "Frag needed and DF set",
    "Source Route Failed",
    "Destination Net Unknown",
    "Destination Host Unknown",
    "Source Host Isolated",
    "Destination Net Prohibited",
    "Destination Host Prohibited",
    "Destination Net Unreachable for Type of Service",
    "Destination Host Unreachable for Type of Service",
    "Packet filtered",
    "Precedence Violation",
    "Precedence Cutoff",
)
_V6_UNREACHABLE = (
    "No route",
    "Administratively prohibited",
    "Beyond scope of source address",
    "Address unreachable",
    "Port unreachable",
    "Source address failed ingress/egress policy",
    "Reject route",
)


@dataclass(frozen=True, slots=True)
class EchoReply:
    identifier: int
    sequence: int
    ttl: int | None
    """None where the packet does not carry it (ICMPv6: it comes beside the packet)."""


@dataclass(frozen=True, slots=True)
class IcmpError:
    """An ICMP error and the echo request of ours that it quotes."""

    identifier: int
    sequence: int
    target: Gateway
    """Where the quoted request was sent."""
    time_exceeded: bool
    """The TTL or hop limit ran out on the way: a hop of a traceroute."""
    text: str
    """As ping says it: `Destination Host Unreachable`."""


def echo_request(identifier: int, sequence: int, payload: bytes) -> bytes:
    header = _HEADER.pack(ECHO_REQUEST, 0, 0, identifier, sequence)
    return _HEADER.pack(ECHO_REQUEST, 0, checksum(header + payload), identifier, sequence) + payload


def echo_request6(identifier: int, sequence: int, payload: bytes) -> bytes:
    """The kernel fills in the checksum, which covers addresses that only it knows (RFC 3542, section 3.1)."""
    return _HEADER.pack(V6_ECHO_REQUEST, 0, 0, identifier, sequence) + payload


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071) of what is not all zeros: a ones' complement sum of 16-bit words is a remainder by 0xFFFF."""
    if len(data) % 2:
        data += b"\0"
    return -int.from_bytes(data, "big") % 0xFFFF


def parse(packet: bytes) -> EchoReply | IcmpError | None:
    """What a raw ICMP socket received, IPv4 header included; None where it is neither a reply nor an error about an echo request."""
    ip = _ipv4(packet)
    if ip is None:
        return None
    message, ttl, _ = ip
    if len(message) < _HEADER.size:
        return None
    kind, code, _, identifier, sequence = _HEADER.unpack_from(message)
    if kind == ECHO_REPLY:
        return EchoReply(identifier, sequence, ttl)
    if kind not in (DEST_UNREACH, TIME_EXCEEDED, PARAMETER_PROBLEM):
        return None
    quoted = _ipv4(message[_HEADER.size :])
    if quoted is None:
        return None
    request, _, target = quoted
    echo = _request(request, ECHO_REQUEST)
    return echo and IcmpError(*echo, target, kind == TIME_EXCEEDED and code == 0, _error_text(kind, code, message))


def parse6(packet: bytes) -> EchoReply | IcmpError | None:
    """What a raw ICMPv6 socket received: the kernel has taken the IPv6 header off and checked the checksum."""
    if len(packet) < _HEADER.size:
        return None
    kind, code, _, identifier, sequence = _HEADER.unpack_from(packet)
    if kind == V6_ECHO_REPLY:
        return EchoReply(identifier, sequence, None)
    if kind not in (V6_DEST_UNREACH, V6_PACKET_TOO_BIG, V6_TIME_EXCEEDED, V6_PARAMETER_PROBLEM):
        return None
    quoted = packet[_HEADER.size :]
    if len(quoted) < _IPV6_HEADER_BYTES or quoted[0] >> 4 != 6 or quoted[6] != _PROTOCOL_ICMPV6:
        return None
    echo = _request(quoted[_IPV6_HEADER_BYTES:], V6_ECHO_REQUEST)
    target = IPv6Address(quoted[24:40])
    return echo and IcmpError(*echo, target, kind == V6_TIME_EXCEEDED and code == 0, _error6_text(kind, code, packet))


def _ipv4(packet: bytes) -> tuple[bytes, int, IPv4Address] | None:
    """The ICMP message in an IPv4 packet, the TTL and the destination of the packet."""
    if len(packet) < 20 or packet[0] >> 4 != 4 or packet[9] != _PROTOCOL_ICMP:
        return None
    header_bytes = (packet[0] & 0xF) * 4
    return packet[header_bytes:], packet[8], IPv4Address(packet[16:20])


def _request(message: bytes, kind: int) -> tuple[int, int] | None:
    """Identifier and sequence of a quoted echo request."""
    if len(message) < _HEADER.size or message[0] != kind:
        return None
    _, _, _, identifier, sequence = _HEADER.unpack_from(message)
    return identifier, sequence


def _error_text(kind: int, code: int, message: bytes) -> str:
    match kind:
        case 3 if code == 4:
            return f"{_UNREACHABLE[code]} (mtu = {int.from_bytes(message[6:8], 'big')})"
        case 3:
            return _UNREACHABLE[code] if code < len(_UNREACHABLE) else f"Dest Unreachable, Bad Code: {code}"
        case 11:
            return "Time to live exceeded" if code == 0 else "Frag reassembly time exceeded"
        case _:
            return f"Parameter problem: pointer = {message[4]}"


def _error6_text(kind: int, code: int, message: bytes) -> str:
    match kind:
        case 1:
            reason = _V6_UNREACHABLE[code] if code < len(_V6_UNREACHABLE) else f"Unknown code {code}"
            return f"Destination unreachable: {reason}"
        case 2:
            return f"Packet too big: mtu={int.from_bytes(message[4:8], 'big')}"
        case 3:
            return "Time exceeded: Hop limit" if code == 0 else "Time exceeded: Defragmentation failure"
        case _:
            return f"Parameter problem: pointer = {int.from_bytes(message[4:8], 'big')}"
