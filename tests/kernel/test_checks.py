"""Checks begin when the network has settled, run side by side, and give their verdicts within five seconds."""

from __future__ import annotations

import asyncio
import time

import pytest

from labs.document.parse import parse
from labs.kernel.checks import run_checks
from labs.kernel.executor import apply
from labs.kernel.settle import Unsettled, settle
from labs.kernel.watch import Watch
from labs.network.compile import compile
from labs.network.diff import diff
from labs.network.state import EMPTY, Interface, Netns

NS1 = Netns("", "ns1")


def document(checks, *, stp=False, prefix="192.168.1.", length=24):
    """ns1, ns2 and a router on a bridge; ns1's way out is the router."""
    return parse(
        {
            "topoweb": 1,
            "name": "test",
            "nodes": [
                {"name": "br0", "kind": "bridge", "stp": stp},
                {
                    "name": "ns1",
                    "kind": "namespace",
                    "interfaces": [{"name": "veth-ns1", "addresses": [f"{prefix}1/{length}"]}],
                    "routes": [{"to": "default", "via": f"{prefix}9"}],
                },
                {"name": "ns2", "kind": "namespace", "interfaces": [{"name": "veth-ns2", "addresses": [f"{prefix}2/{length}"]}]},
                {
                    "name": "r",
                    "kind": "router",
                    "interfaces": [{"name": "veth-r", "addresses": [f"{prefix}9/{length}"]}],
                    "routes": [{"to": "10.2.0.0/16", "type": "blackhole"}] if length == 24 else [],
                },
            ],
            "links": [{"ends": [f"{name}:veth-{name}", f"br0:veth-{name}-br"]} for name in ("ns1", "ns2", "r")],
            "checks": checks,
        }
    )


async def build(lab, wanted):
    await apply(diff(EMPTY, compile(wanted)), lab.keeper)


def outcomes(results):
    return [(result.ok, result.ping.got if result.ping else [hop.address or "*" for hop in result.trace.hops]) for result in results]


async def test_every_outcome_side_by_side(lab):
    wanted = document(
        [
            {"from": "ns1", "ping": "192.168.1.2", "expect": "reply"},
            {"from": "ns1", "ping": "192.168.1.2", "expect": "unreachable"},
            {"from": "ns1", "ping": "192.168.1.77", "expect": "unreachable"},
            {"from": "ns1", "ping": "10.1.1.1", "expect": "unreachable"},
            {"from": "ns2", "ping": "10.1.1.1", "expect": "unreachable"},
            {"from": "ns1", "ping": "10.2.1.1", "expect": "timeout"},
            {"from": "ns1", "ping": "10.2.1.1", "expect": "reply"},
            {"from": "ns2", "ping": "10.1.1.1", "expect": "reply"},
            {"from": "ns1", "trace": "192.168.1.2", "expect": ["192.168.1.2"]},
            {"from": "ns1", "trace": "10.1.1.1", "expect": ["192.168.1.9"]},
            {"from": "ns1", "trace": "192.168.1.2", "expect": ["192.168.1.9", "192.168.1.2"]},
        ]
    )
    await build(lab, wanted)
    told = []
    began = time.monotonic()
    results = await run_checks(lab, wanted, told.append)
    assert time.monotonic() - began < 6
    assert outcomes(results) == [
        (True, "reply"),
        (False, "reply"),
        (True, "unreachable"),
        (True, "unreachable"),
        (True, "unreachable"),
        (True, "timeout"),
        (False, "timeout"),
        (False, "unreachable"),
        (True, ["192.168.1.2"]),
        (True, ["192.168.1.9"]),
        (False, ["192.168.1.2"]),
    ]
    assert [result.index for result in results] == list(range(11))
    assert sorted(told, key=lambda result: result.index) == results
    assert told.index(results[0]) < told.index(results[5]), "who is quick is told first"


async def test_a_reply_that_comes_late_is_a_reply(lab):
    wanted = document([{"from": "ns1", "ping": "192.168.1.2", "expect": "reply"}])
    await build(lab, wanted)
    await lab.run(Netns("", "ns2"), ["ip", "link", "set", "veth-ns2", "down"])
    running = asyncio.create_task(run_checks(lab, wanted))
    await asyncio.sleep(1.5)
    await lab.run(Netns("", "ns2"), ["ip", "link", "set", "veth-ns2", "up"])
    (result,) = await running
    assert result.ok, result
    assert result.ping.sent > 1


async def test_where_what_is_expected_comes_nobody_waits(lab):
    wanted = document([{"from": "ns1", "ping": "192.168.1.2"}, {"from": "ns2", "ping": "10.1.1.1", "expect": "unreachable"}])
    await build(lab, wanted)
    began = time.monotonic()
    assert all(result.ok for result in await run_checks(lab, wanted))
    assert time.monotonic() - began < 1.5


async def test_a_namespace_that_has_gone_is_a_failed_check(lab):
    wanted = document([{"from": "ns1", "ping": "192.168.1.2"}, {"from": "ns1", "trace": "192.168.1.2", "expect": ["192.168.1.2"]}])
    await build(lab, wanted)
    gone = asyncio.Event()
    lab.keeper.netns_listeners.append(lambda netns: gone.set())
    await lab.run(Netns("", ""), ["ip", "netns", "del", "ns1"])
    await gone.wait()
    ping, trace = await run_checks(lab, wanted)
    assert (ping.ok, ping.ping.text) == (False, "Namespace ns1 does not exist in the running lab")
    assert (trace.ok, trace.trace.hops) == (False, ())


async def test_ipv6_begins_when_duplicate_address_detection_is_done(lab):
    wanted = document([{"from": "ns1", "ping": "fd00::2"}], prefix="fd00::", length=64)
    await build(lab, wanted)
    waits = []
    (result,) = await run_checks(lab, wanted, on_wait=waits.append)
    assert result.ok
    assert result.ping.rtt_ms < 500, "the first probe was sent before an address could be used"
    assert "duplicate address detection on " in str(waits[-1])


@pytest.mark.slow
async def test_checks_begin_when_stp_has_let_all_ports_forward(lab):
    wanted = document([{"from": "ns1", "ping": "192.168.1.2"}], stp=True)
    await build(lab, wanted)
    waits: list[Unsettled] = []
    began = time.monotonic()
    (result,) = await run_checks(lab, wanted, on_wait=waits.append)
    assert result.ok
    assert result.ping.sent == 1
    assert 29 < time.monotonic() - began < 40
    ports = {Interface(Netns("", ""), f"veth-{name}-br") for name in ("ns1", "ns2", "r")}
    assert ports in [set(wait.ports) for wait in waits]


async def test_ports_without_a_carrier_are_not_waited_for(lab):
    await build(lab, document([]))
    shell = "ip -n ns1 link set veth-ns1 down; ip link set br0 type bridge stp_state 1"
    await lab.run(Netns("", ""), ["sh", "-c", "for n in ns1 ns2 r; do ip -n $n link set veth-$n down; done; " + shell])
    async with Watch(lab.keeper) as watch:
        began = time.monotonic()
        assert not await settle(watch, ipv6=False, bound=5)
        assert time.monotonic() - began < 2


async def test_what_does_not_settle_is_said_at_the_bound(lab):
    await build(lab, document([], stp=True))
    async with Watch(lab.keeper) as watch:
        left = await settle(watch, ipv6=False, bound=0.5)
    assert Interface(Netns("", ""), "veth-ns1-br") in left.ports
    assert "spanning tree on host:veth-ns1-br" in str(left)
