"""What links do to packets, on a kernel that has netem: as drawn, as measured, as read back, and changed in place."""

from __future__ import annotations

import asyncio
import itertools
import json
from ipaddress import ip_address

import pytest

from labs.document.parse import parse
from labs.formats.iproute2 import commands
from labs.formats.surroundings import Surroundings
from labs.kernel.executor import apply
from labs.kernel.lab import Lab
from labs.kernel.settle import settle
from labs.kernel.watch import Watch
from labs.network.compile import compile
from labs.network.diff import diff
from labs.network.operations import Plan, SetNetem, SetNetemIn
from labs.network.state import EMPTY, Interface, Netem, Netns, NetworkState
from tests.kernel.networks import observed

NS1, HOST1 = Netns("", "ns1"), Netns("host1", "")
VETH1 = Interface(NS1, "veth-ns1")
KINDS = (
    None,
    Netem(delay=20.5),
    Netem(delay=10.0, jitter=2.25),
    Netem(loss=12.5),
    Netem(rate=1_000_000),
    Netem(rate=80_000_000_000),
    Netem(10.0, 5.0, 0.1, 8_000),
    Netem(60_000.0, 2_147.483),
)


pytestmark = pytest.mark.usefixtures("netem")


def pair(**impaired: float) -> NetworkState:
    return compile(
        parse(
            {
                "topoweb": 1,
                "name": "pair",
                "nodes": [
                    {"name": name, "kind": "namespace", "interfaces": [{"name": f"veth-{name}", "addresses": [f"10.0.0.{n}/24"]}]}
                    for n, name in ((1, "ns1"), (2, "ns2"))
                ],
                "links": [{"ends": ["ns1:veth-ns1", "ns2:veth-ns2"], **impaired}],
            }
        )
    )


def two_hosts(**impaired: float) -> NetworkState:
    return compile(
        parse(
            {
                "topoweb": 1,
                "name": "two hosts",
                "nodes": [
                    {"name": name, "kind": "host", "interfaces": [{"name": "eth0", "addresses": [f"10.0.0.{n}/24"]}]}
                    for n, name in ((1, "host1"), (2, "host2"))
                ]
                + [{"name": "wire", "kind": "lan"}],
                "links": [{"ends": ["host1:eth0", "wire"], **impaired}, {"ends": ["host2:eth0", "wire"]}],
            }
        )
    )


async def change(lab: Lab, before: NetworkState, after: NetworkState) -> Plan:
    """Which it then is, as observed."""
    plan = diff(before, after)
    await apply(plan, lab.keeper)
    assert await observed(lab, after) == after
    async with Watch(lab.keeper) as watch:
        await settle(watch, ipv6=False)
    return plan


async def round_trip(lab: Lab, source: Netns = NS1) -> float:
    """In milliseconds, of the second ping: the first asks who has the address."""
    for _ in range(2):
        result = await lab.prober.ping(source, ip_address("10.0.0.2"))
    assert result.rtt_ms is not None, result
    return result.rtt_ms


async def test_a_delay_holds_each_way_and_goes_again(lab: Lab) -> None:
    await change(lab, EMPTY, pair())
    unhindered = await round_trip(lab)
    await change(lab, pair(), pair(delay=100))
    delayed = await round_trip(lab)
    await change(lab, pair(delay=100), pair())
    assert max(unhindered, await round_trip(lab)) < 200 <= delayed < 400


async def test_a_cable_to_a_lan_delays_each_way(lab: Lab) -> None:
    plan = await change(lab, EMPTY, two_hosts(delay=100))
    assert {type(op) for op in plan} >= {SetNetem, SetNetemIn}
    assert 200 <= await round_trip(lab, HOST1) < 400
    await change(lab, two_hosts(delay=100), two_hosts())
    assert await round_trip(lab, HOST1) < 200


async def test_jitter_varies_the_delay(lab: Lab) -> None:
    await change(lab, EMPTY, pair(delay=100, jitter=50))
    times = [await round_trip(lab) for _ in range(8)]
    assert min(times) >= 100
    assert max(times) - min(times) > 20


async def test_what_is_lost_is_not_answered(lab: Lab) -> None:
    await change(lab, EMPTY, pair())
    await round_trip(lab)  # so that each knows the other's MAC address: no ping waits for a question that is lost
    await change(lab, pair(), pair(loss=100))
    assert (await lab.prober.ping(NS1, ip_address("10.0.0.2"), timeout=0.5)).got != "reply"
    await change(lab, pair(loss=100), pair(loss=30))
    pings = [lab.prober.ping(NS1, ip_address("10.0.0.2"), sequence=n, timeout=1) for n in range(1, 51)]
    answered = sum(result.got == "reply" for result in await asyncio.gather(*pings))
    assert 5 < answered < 45  # half of them, that is


async def test_a_rate_holds_large_packets_up(lab: Lab) -> None:
    await change(lab, EMPTY, pair(rate=200_000))
    done = await lab.run(NS1, ["ping", "-c", "2", "-s", "1208", "10.0.0.2"])  # 10,000 bits each, and 14 bytes of Ethernet
    assert done.code == 0, done
    least = float(done.stdout.decode().rsplit(" = ", 1)[1].split("/")[0])
    assert 100 <= least < 200


@pytest.mark.parametrize("by", ["netlink", "tc"])
async def test_any_becomes_any_other_in_place(lab: Lab, by: str) -> None:
    """Nothing of what a link did before stays. The commands are those that plan and script show."""
    await change(lab, EMPTY, pair())
    before = KINDS[0]
    for netem in itertools.chain.from_iterable(itertools.permutations(KINDS, 2)):
        if netem == before:
            continue
        operation = SetNetem(VETH1, netem, before)
        handle = await _handle(lab)
        if by == "netlink":
            await apply((operation,), lab.keeper)
        else:
            for command in commands(operation, Surroundings()):
                done = await lab.run(Netns("", ""), command.words())
                assert done.code == 0, done
        assert (await lab.observe()).link(VETH1).netem == netem
        assert before is None or netem is None or await _handle(lab) == handle
        before = netem


async def _handle(lab: Lab) -> str:
    """Of the queueing discipline at the root of the link, which is another where it was made anew."""
    done = await lab.run(NS1, ["tc", "-j", "qdisc", "show", "dev", VETH1.name, "root"])
    return str(json.loads(done.stdout)[0]["handle"])
