"""Ping and traceroute in real networks: every outcome, IPv4 and IPv6, told as ping(8) tells it.

  ns1 ─────── r1 ─────── r2 ─────── ns2
10.0.1.1  .2  10.0.2.1  .2  10.0.3.1  .2
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path

import pytest

from labs.kernel import dumps, echo, probes, rtnl
from labs.kernel.batch import dump
from labs.kernel.probes import NamespaceGoneError
from labs.kernel.settle import settle
from labs.kernel.watch import Watch
from labs.network.state import Netns

HOST, NS1, NS2, R1, R2 = (Netns("", name) for name in ("", "ns1", "ns2", "r1", "r2"))
NETWORK = """
link() {
    ip link add name $1-$2 netns $1 type veth peer name $2-$1 netns $2
    for end in "$1 $2 1" "$2 $1 2"; do
        set -- $end $4
        ip -n $1 addr add 10.0.$4.$3/24 dev $1-$2
        ip -n $1 addr add fd0$4::$3/64 dev $1-$2 nodad
        ip -n $1 link set $1-$2 up
    done
}
link ns1 r1 - 1; link r1 r2 - 2; link r2 ns2 - 3
ip -n ns1 route add default via 10.0.1.2;       ip -n ns1 route add default via fd01::2
ip -n r1 route add 10.0.3.0/24 via 10.0.2.2;    ip -n r1 route add fd03::/64 via fd02::2
ip -n r2 route add 10.0.1.0/24 via 10.0.2.1;    ip -n r2 route add fd01::/64 via fd02::1
ip -n ns2 route add default via 10.0.3.1;       ip -n ns2 route add default via fd03::1
"""
REPLY = r"64 bytes from {}: icmp_seq=1 ttl={} time=[0-9.]+ ms"


async def shell(lab, command, netns=HOST):
    done = await lab.run(netns, ["sh", "-ec", command])
    assert done.code == 0, done
    return done.stdout.decode()


@pytest.fixture
async def network(lab):
    await lab.keeper.add_hosts([""])
    await lab.keeper.add_netns([NS1, NS2, R1, R2])
    forwarding = ("net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding")
    await lab.keeper.write_sysctls([(router, key, 1) for router in (R1, R2) for key in forwarding])
    await shell(lab, "for n in ns1 ns2 r1 r2; do ip netns exec $n sysctl -qw net.ipv6.conf.default.accept_dad=0; done" + NETWORK)
    async with Watch(lab.keeper) as watch:
        await settle(watch, ipv6=True)
    return lab


async def ping(lab, target, netns=NS1, **options):
    return await lab.prober.ping(netns, ip_address(target), **options)


async def trace(lab, target, netns=NS1):
    result = await lab.prober.trace(netns, ip_address(target))
    return [hop.address for hop in result.hops], result.reached, result.error


# Ping


async def test_a_reply(network):
    ttls = {"10.0.1.1": 64, "10.0.1.2": 64, "10.0.3.2": 62, "127.0.0.1": 64, "fd01::1": 64, "fd01::2": 64, "fd03::2": 62}
    for target, ttl in ttls.items():
        result = await ping(network, target)
        assert result.got == "reply", result
        assert (result.source, result.target, result.sent, result.received) == ("ns1", target, 1, 1)
        assert re.fullmatch(REPLY.format(target, ttl), result.text)
        assert 0 < result.rtt_ms < 1000


async def test_what_the_own_routing_table_refuses(network):
    texts = {
        "blackhole": "Invalid argument",
        "prohibit": "Permission denied",
        "unreachable": "No route to host",
        "throw": "Network is unreachable",
    }
    await shell(network, "ip -n ns1 route del default; ip -n ns1 -6 route del default")
    for kind, text in texts.items():
        for target in ("10.9.9.9", "fd09::9"):
            await shell(network, f"ip -n ns1 route add {kind} {target}")
            result = await ping(network, target)
            assert (result.got, result.text, result.reporter, result.rtt_ms) == ("unreachable", text, None, None)
            await shell(network, f"ip -n ns1 route del {kind} {target}")


async def test_no_route_at_all(network):
    for target in ("10.9.9.9", "fd09::9"):
        assert (await ping(network, target, R2)).text == "Network is unreachable"


async def test_a_router_without_a_route_says_so(network):
    texts = {
        "10.9.9.9": "From 10.0.1.2 icmp_seq=1 Destination Net Unreachable",
        "fd09::9": "From fd01::2 icmp_seq=1 Destination unreachable: No route",
    }
    for target, text in texts.items():
        result = await ping(network, target)
        assert (result.got, result.text) == ("unreachable", text)
        assert result.reporter == text.split()[1]


async def test_a_router_that_prohibits_says_so(network):
    await shell(network, "ip -n r1 route add prohibit 10.9.9.0/24")
    assert (await ping(network, "10.9.9.9")).text == "From 10.0.1.2 icmp_seq=1 Packet filtered"


async def test_an_absent_neighbour_is_told_after_three_seconds(network):
    texts = {
        "10.0.1.77": "From 10.0.1.1 icmp_seq=1 Destination Host Unreachable",
        "10.0.3.77": "From 10.0.2.2 icmp_seq=1 Destination Host Unreachable",
        "fd01::77": "From fd01::1 icmp_seq=1 Destination unreachable: Address unreachable",
        "fd03::77": "From fd02::2 icmp_seq=1 Destination unreachable: Address unreachable",
    }
    began = time.monotonic()
    results = await asyncio.gather(*(ping(network, target) for target in texts))
    assert {result.target: result.text for result in results} == texts
    assert {(result.got, result.rtt_ms) for result in results} == {("unreachable", None)}, "three seconds of asking are no round trip"
    assert 3 < time.monotonic() - began < 4


async def test_silence_is_a_timeout(network):
    await shell(network, "ip -n r1 route add blackhole 10.0.3.0/24 metric 0 || ip -n r1 route replace blackhole 10.0.3.0/24")
    began = time.monotonic()
    result = await ping(network, "10.0.3.2", timeout=0.3)
    assert (result.got, result.received, result.rtt_ms) == ("timeout", 0, None)
    assert 0.29 < time.monotonic() - began < 1


async def test_a_hop_count_that_runs_out_names_the_router(network):
    await shell(network, "ip -n r2 route replace 10.0.3.0/24 via 10.0.2.1 metric 0; ip -n r2 addr del 10.0.3.1/24 dev r2-ns2")
    result = await ping(network, "10.0.3.2")
    assert result.got == "unreachable"
    assert result.text.endswith("icmp_seq=1 Time to live exceeded")


async def test_a_namespace_that_is_not_there(network):
    with pytest.raises(NamespaceGoneError, match="Namespace ns9 does not exist"):
        await ping(network, "10.0.1.1", Netns("", "ns9"))


async def test_a_namespace_made_anew_under_the_same_name(network):
    assert (await ping(network, "10.0.3.1", NS2)).got == "reply"
    await network.keeper.remove_netns([NS2])
    await network.keeper.add_netns([NS2])
    assert (await ping(network, "10.0.3.1", NS2)).text == "Network is unreachable"
    assert (await ping(network, "127.0.0.1", NS2)).got == "reply"


async def test_it_says_what_ping_says(network):
    for target in ("10.9.9.9", "fd09::9"):
        words = await network.run(NS1, ["ping", "-c1", "-W4", target])
        assert (await ping(network, target)).text in words.stdout.decode()


async def test_a_hundred_at_once_from_one_namespace_with_a_person_pinging_beside(network):
    person = asyncio.create_task(network.run(NS1, ["ping", "-q", "-f", "-c", "500", "10.0.3.2"]))
    results = await asyncio.gather(*(ping(network, target) for target in ("10.0.3.2", "fd03::2") for _ in range(50)))
    assert {result.got for result in results} == {"reply"}
    assert b" 0% packet loss" in (await person).stdout


async def test_nothing_stays_open_when_nothing_is_under_way(network, monkeypatch):
    monkeypatch.setattr(probes, "IDLE", 0.2)
    asked = [asyncio.create_task(ping(network, "10.0.1.77")) for _ in range(5)]
    await asyncio.sleep(0.1)
    for task in asked:
        task.cancel()
    await asyncio.gather(*asked, return_exceptions=True)
    await ping(network, "10.0.3.2")
    assert icmp_sockets() > 0
    assert await soon(lambda: icmp_sockets() == 0)


async def soon(holds: Callable[[], bool]) -> bool:
    """What is freed is freed in the background."""
    for _ in range(100):
        if holds():
            return True
        await asyncio.sleep(0.1)
    return False


def icmp_sockets() -> int:
    """Raw sockets of this process."""
    count = 0
    for fd in Path("/proc/self/fd").iterdir():
        with suppress(OSError), socket.socket(fileno=os.dup(int(fd.name))) as sock:
            count += sock.type == socket.SOCK_RAW and sock.family in (socket.AF_INET, socket.AF_INET6)
    return count


async def test_a_namespace_that_goes_while_it_is_probed_from_takes_its_links_along(network):
    """A socket that stays would keep the namespace, and so its end of the link."""
    await ping(network, "10.0.3.2")
    await network.keeper.remove_netns([NS1])
    r1 = network.handles[R1].rtnl
    assert await soon(lambda: "r1-ns1" not in {dumps.link(body).name for body in dump(r1, rtnl.dump_links())})


@pytest.mark.parametrize("v4", [True, False])
def test_of_echo_replies_only_ours_reach_this_process(v4):
    """Somebody may flood a namespace from which we ping."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with ours, theirs:
        ours.setblocking(False)
        echo.attach(ours, echo.filter_of(0x1234, v4=v4))
        reply, error = (0, 3) if v4 else (129, 1)
        for kind, identifier in ((reply, 0x1234), (reply, 0x4321), (error, 0x4321)):
            header = bytes([0x46, *range(1, 24)]) if v4 else b""  # with options: 24 bytes
            theirs.send(header + struct.pack("!BBHHH", kind, 0, 0, identifier, 1))
        assert [ours.recv(64)[-8] for _ in range(2)] == [reply, error]
        with pytest.raises(BlockingIOError):
            ours.recv(64)


# Trace


async def test_the_hops_to_the_target(network):
    paths = [
        ["10.0.1.2", "10.0.2.2", "10.0.3.2"],
        ["fd01::2", "fd02::2", "fd03::2"],
        ["10.0.1.2"],
        ["127.0.0.1"],
    ]
    for hops in paths:
        assert await trace(network, hops[-1]) == (hops, True, None)


async def test_it_shows_what_traceroute_shows(network):
    words = (await network.run(NS1, ["traceroute", "-I", "-n", "-q1", "10.0.3.2"])).stdout.decode()
    hops, _, _ = await trace(network, "10.0.3.2")
    assert [line.split()[1] for line in words.splitlines()[1:]] == hops


async def test_a_silent_hop_in_between(network):
    await shell(
        network, "nft 'add table t; add chain t o { type filter hook output priority 0; }; add rule t o icmp type time-exceeded drop'", R1
    )
    began = time.monotonic()
    assert await trace(network, "10.0.3.2") == ([None, "10.0.2.2", "10.0.3.2"], True, None)
    assert time.monotonic() - began < 2.5


async def test_a_target_that_is_silent_ends_in_one_star(network):
    await network.keeper.write_sysctls([(NS2, "net.ipv4.icmp_echo_ignore_all", 1)])
    began = time.monotonic()
    assert await trace(network, "10.0.3.2") == (["10.0.1.2", "10.0.2.2", None], False, None)
    assert time.monotonic() - began < 5


async def test_an_unreachable_target_ends_at_who_says_so(network):
    paths = {
        "10.9.9.9": (["10.0.1.2"], "Destination Net Unreachable"),
        "fd09::9": (["fd01::2"], "Destination unreachable: No route"),
        "10.0.3.77": (["10.0.1.2", "10.0.2.2", "10.0.2.2"], "Destination Host Unreachable"),
    }
    for target, (hops, error) in paths.items():
        assert await trace(network, target) == (hops, False, error)


async def test_what_cannot_be_sent_has_no_hops(network):
    result = await network.prober.trace(R2, ip_address("10.9.9.9"))
    assert (result.hops, result.reached, result.error) == ((), False, "Network is unreachable")


async def test_a_loop_is_followed_to_thirty_hops(network):
    await shell(network, "ip -n r1 route add 10.9.0.0/16 via 10.0.2.2; ip -n r2 route add 10.9.0.0/16 via 10.0.2.1")
    hops, reached, _ = await trace(network, "10.9.9.9")
    assert not reached
    assert hops[:4] == ["10.0.1.2", "10.0.2.2", "10.0.1.2", "10.0.2.2"]
