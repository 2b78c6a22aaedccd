"""ICMP as bytes, held against packets as they were on the wire."""

from __future__ import annotations

import struct
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.kernel import icmp

IDENTIFIER, SEQUENCE = 0x1234, 7


def ipv4(source: str, target: str, payload: bytes, ttl: int = 64, options: bytes = b"") -> bytes:
    words = 5 + len(options) // 4
    addresses = ip_address(source).packed + ip_address(target).packed
    return struct.pack("!BBHHHBBH", 0x40 | words, 0, words * 4 + len(payload), 0, 0, ttl, 1, 0) + addresses + options + payload


def ipv6(source: str, target: str, payload: bytes) -> bytes:
    return struct.pack("!IHBB", 6 << 28, len(payload), 58, 64) + ip_address(source).packed + ip_address(target).packed + payload


def error(kind: int, code: int, rest: bytes = bytes(4)) -> bytes:
    request = icmp.echo_request(IDENTIFIER, SEQUENCE, bytes(56))
    return ipv4("10.0.0.1", "10.0.0.2", struct.pack("!BBH", kind, code, 0) + rest + ipv4("10.0.0.2", "10.9.9.9", request))


def error6(kind: int, code: int, rest: bytes = bytes(4)) -> bytes:
    request = icmp.echo_request6(IDENTIFIER, SEQUENCE, bytes(56))
    return struct.pack("!BBH", kind, code, 0) + rest + ipv6("fd00::2", "fd09::9", request)


@given(st.binary(max_size=200))
def test_a_message_with_its_checksum_sums_to_zero(payload):
    assert icmp.checksum(icmp.echo_request(IDENTIFIER, SEQUENCE, payload + bytes(len(payload) % 2))) == 0


def test_a_request_as_tcpdump_shows_it():
    assert icmp.echo_request(0x1234, 7, b"ab").hex() == "0800" + "8462" + "1234" + "0007" + "6162"


@pytest.mark.parametrize("options", [b"", bytes(4), bytes(40)])
def test_a_reply(options):
    message = struct.pack("!BBHHH", icmp.ECHO_REPLY, 0, 0, IDENTIFIER, SEQUENCE) + bytes(56)
    reply = icmp.parse(ipv4("10.0.0.2", "10.0.0.1", message, ttl=61, options=options))
    assert reply == icmp.EchoReply(IDENTIFIER, SEQUENCE, 61)


def test_a_reply6():
    message = struct.pack("!BBHHH", icmp.V6_ECHO_REPLY, 0, 0, IDENTIFIER, SEQUENCE) + bytes(56)
    assert icmp.parse6(message) == icmp.EchoReply(IDENTIFIER, SEQUENCE, None)


@pytest.mark.parametrize(
    ("packet", "text"),
    [
        (error(3, 0), "Destination Net Unreachable"),
        (error(3, 1), "Destination Host Unreachable"),
        (error(3, 13), "Packet filtered"),
        (error(3, 4, struct.pack("!HH", 0, 1400)), "Frag needed and DF set (mtu = 1400)"),
        (error(3, 77), "Dest Unreachable, Bad Code: 77"),
        (error(11, 0), "Time to live exceeded"),
        (error(11, 1), "Frag reassembly time exceeded"),
        (error(12, 0, b"\x14\0\0\0"), "Parameter problem: pointer = 20"),
    ],
)
def test_an_error_in_the_words_of_ping(packet, text):
    parsed = icmp.parse(packet)
    assert (parsed.identifier, parsed.sequence, parsed.text) == (IDENTIFIER, SEQUENCE, text)
    assert parsed.target == ip_address("10.9.9.9")
    assert parsed.time_exceeded == (text == "Time to live exceeded")


@pytest.mark.parametrize(
    ("packet", "text"),
    [
        (error6(1, 0), "Destination unreachable: No route"),
        (error6(1, 1), "Destination unreachable: Administratively prohibited"),
        (error6(1, 3), "Destination unreachable: Address unreachable"),
        (error6(1, 99), "Destination unreachable: Unknown code 99"),
        (error6(2, 0, struct.pack("!I", 1280)), "Packet too big: mtu=1280"),
        (error6(3, 0), "Time exceeded: Hop limit"),
        (error6(4, 0, struct.pack("!I", 40)), "Parameter problem: pointer = 40"),
    ],
)
def test_an_error6_in_the_words_of_ping(packet, text):
    parsed = icmp.parse6(packet)
    assert (parsed.identifier, parsed.sequence, parsed.text) == (IDENTIFIER, SEQUENCE, text)
    assert parsed.target == ip_address("fd09::9")
    assert parsed.time_exceeded == (text == "Time exceeded: Hop limit")


def test_what_is_about_something_else_is_overlooked():
    udp = ipv4("10.0.0.2", "10.9.9.9", bytes(20)).replace(b"\x40\x01", b"\x40\x11", 1)
    assert icmp.parse(ipv4("10.0.0.1", "10.0.0.2", struct.pack("!BBHI", 3, 3, 0, 0) + udp)) is None
    assert icmp.parse(ipv4("10.0.0.1", "10.0.0.2", icmp.echo_request(1, 1, b""))) is None
    assert icmp.parse6(icmp.echo_request6(1, 1, b"")) is None


@given(st.one_of(st.binary(max_size=120), st.builds(lambda n: error(3, 1)[:n], st.integers(0, 120))))
def test_cut_or_foreign_bytes_do_no_harm(data):
    for parse in (icmp.parse, icmp.parse6):
        assert parse(data) is None or isinstance(parse(data), icmp.EchoReply | icmp.IcmpError)
