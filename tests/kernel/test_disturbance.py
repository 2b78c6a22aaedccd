"""Who is not touched by a change does not feel it: pings between bystanders, a hundred a second, while a running network is changed."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address

import pytest
import yaml

from labs.document.parse import parse
from labs.kernel.executor import apply
from labs.kernel.lab import Lab
from labs.kernel.settle import settle
from labs.kernel.watch import Watch
from labs.messages.status import PingResult
from labs.network.compile import compile
from labs.network.diff import diff
from labs.network.state import EMPTY, Netns, NetworkState
from tests.kernel.networks import observed

PINGS_A_SECOND = 100
AFTERWARDS = 5
"""Pings of each after a change, before the next."""
PATIENCE = 2.0
"""Seconds after which a ping is lost; a loaded machine answers late."""
NETWORK = """
nodes:
  - {name: ns1, kind: namespace, interfaces: [{name: eth0, addresses: [10.0.0.1/24]}], routes: [{to: default, via: 10.0.0.254}]}
  - {name: ns2, kind: namespace, interfaces: [{name: eth0, addresses: [10.0.0.2/24]}]}
  - {name: ns3, kind: namespace, interfaces: [{name: eth0, addresses: [10.0.0.3/24]}]}
  - {name: r, kind: router, interfaces: [{name: a, addresses: [10.0.0.254/24]}, {name: b, addresses: [10.0.1.254/24]}]}
  - {name: r2, kind: router, interfaces: [{name: a, addresses: [10.0.0.253/24]}, {name: b, addresses: [10.0.1.253/24]}]}
  - {name: far, kind: namespace, interfaces: [{name: eth0, addresses: [10.0.1.1/24]}], routes: [{to: default, via: 10.0.1.254}]}
  - {name: br0, kind: bridge}
  - {name: br1, kind: bridge, addresses: [10.0.1.250/24]}
  - {name: host1, kind: host, interfaces: [{name: eth0, addresses: [10.9.0.1/24]}]}
  - {name: host2, kind: host, interfaces: [{name: eth0, addresses: [10.9.0.2/24]}]}
  - {name: host3, kind: host, interfaces: [{name: eth0, addresses: [10.9.0.3/24]}]}
  - {name: wire, kind: lan}
links:
  - {ends: ["ns1:eth0", "br0:p1"]}
  - {ends: ["ns2:eth0", "br0:p2"]}
  - {ends: ["ns3:eth0", "br0:p3"]}
  - {ends: ["r:a", "br0:r-a"]}
  - {ends: ["r:b", "br1:r-b"]}
  - {ends: ["r2:a", "br0:r2-a"]}
  - {ends: ["r2:b", "br1:r2-b"]}
  - {ends: ["far:eth0", "br1:p4"]}
  - {ends: ["host1:eth0", wire]}
  - {ends: ["host2:eth0", wire]}
  - {ends: ["host3:eth0", wire]}
"""
NS1 = Netns("", "ns1")
BYSTANDERS = ((NS1, "10.0.0.2"), (NS1, "10.0.1.1"), (Netns("host1", ""), "10.9.0.2"), (Netns("", ""), "10.0.1.1"))
"""Who pings whom: over a bridge, through a router, over a LAN, from the host itself."""

Change = tuple[str, str]
"""A text of the drawing, and what it becomes."""


def nodes(text: str) -> Change:
    return "  - {name: wire, kind: lan}\n", f"  - {{name: wire, kind: lan}}\n{text}"


def links(text: str) -> Change:
    return "links:\n", f"links:\n{text}"


BRIDGE, NS3 = "{name: br0, kind: bridge}", "  - {name: ns3, kind: namespace, interfaces: [{name: eth0, addresses: [10.0.0.3/24]}]}\n"
LINK3, CARD3 = '["ns3:eth0", "br0:p3"]', '  - {ends: ["host3:eth0", wire]}\n'
MORE = range(10, 20)
ROUTE1 = "[{name: eth0, addresses: [10.0.0.1/24]}], routes: [{to: default, via: 10.0.0.254}]"
EDITS: dict[str, tuple[Change, ...]] = {
    "an address": (("10.0.0.3/24", "10.0.0.33/24, fd00::3/64"),),
    "an address more, of who pings": (("10.0.0.1/24", "10.0.0.1/24, 10.0.7.1/24"),),
    "an address of a bridge": ((BRIDGE, "{name: br0, kind: bridge, addresses: [10.0.0.250/24]}"),),
    "an MTU": ((LINK3, f"{LINK3}, mtu: 1400"),),
    "an MTU above the others'": ((LINK3, f"{LINK3}, mtu: 9000"),),
    "the MTU of a bridge": ((BRIDGE, "{name: br0, kind: bridge, mtu: 1300}"),),
    "the MAC of a bridge": ((BRIDGE, '{name: br0, kind: bridge, mac: "02:00:00:00:00:b0"}'),),
    "a MAC": (("addresses: [10.0.0.3/24]", 'mac: "02:00:00:00:00:03", addresses: [10.0.0.3/24]'),),
    "STP": ((BRIDGE, "{name: br0, kind: bridge, stp: true}"),),
    "forwarding": (("ns3, kind: namespace", "ns3, kind: router"), ("ns1, kind: namespace", "ns1, kind: router")),
    "a route": (("[10.0.0.3/24]}]", "[10.0.0.3/24]}], routes: [{to: default, via: 10.0.0.254}]"),),
    "the gateway that is pinged through": ((ROUTE1, ROUTE1.replace("254", "253")),),
    "the metric of the route that is pinged over": ((ROUTE1, ROUTE1.replace("254", "254, metric: 7")),),
    "gateway and metric at once": ((ROUTE1, ROUTE1.replace("254", "253, metric: 7")),),
    "a link down": ((LINK3, f"{LINK3}, up: false"),),
    "a link to another bridge": (("br0:p3", "br1:p3"),),
    "a link made anew": (("br0:p3", "br0:p33"),),
    "a link to nowhere": ((f"  - {{ends: {LINK3}}}\n", ""), (NS3, "  - {name: ns3, kind: namespace}\n")),
    "a namespace gone": ((f"  - {{ends: {LINK3}}}\n", ""), (NS3, "")),
    "namespaces more": (
        nodes(
            "".join(
                f"  - {{name: new{i}, kind: namespace, interfaces: [{{name: eth0, addresses: [10.0.0.{i}/24]}}]}}\n" for i in range(10, 20)
            )
        ),
        links("".join(f'  - {{ends: ["new{i}:eth0", "br0:new{i}"]}}\n' for i in range(10, 20))),
    ),
    "a bridge more": (nodes("  - {name: br2, kind: bridge}\n"), links('  - {ends: ["br0:x", "br2:y"]}\n')),
    "a card plugged elsewhere": (nodes("  - {name: wire2, kind: lan}\n"), (CARD3, CARD3.replace("wire", "wire2"))),
    "a host gone": (("  - {name: host3, kind: host, interfaces: [{name: eth0, addresses: [10.9.0.3/24]}]}\n", ""), (CARD3, "")),
}
WITH_NETEM: dict[str, tuple[Change, ...]] = {
    "what a link does to packets": ((LINK3, f"{LINK3}, delay: 5, loss: 1"),),
    "what a cable to a LAN does to them": ((CARD3, CARD3.replace("wire]", "wire], delay: 5")),),
}


async def test_no_ping_between_bystanders_is_lost(lab: Lab) -> None:
    await change_under_a_flood(lab, EDITS)


@pytest.mark.usefixtures("netem")
async def test_no_ping_is_lost_where_those_of_others_are_delayed(lab: Lab) -> None:
    await change_under_a_flood(lab, WITH_NETEM)


async def change_under_a_flood(lab: Lab, edits: dict[str, tuple[Change, ...]]) -> None:
    """Make each edit, and take it back."""
    state = await become(lab, NETWORK, EMPTY)
    async with flood(lab, *BYSTANDERS) as pings:
        lost = {"nothing": await pings.lost()}
        for name, changes in edits.items():
            state = await become(lab, edited(changes), state)
            lost[name] = await pings.lost()
            state = await become(lab, NETWORK, state)
            lost[f"no more {name}"] = await pings.lost()
    assert {name: missing for name, missing in lost.items() if missing} == {}


async def test_who_is_touched_does_feel_it(lab: Lab) -> None:
    state = await become(lab, NETWORK, EMPTY)
    async with flood(lab, (NS1, "10.0.0.3")) as pings:
        assert not await pings.lost()
        await become(lab, edited(EDITS["a link down"]), state)
        assert await pings.lost()


def edited(changes: tuple[Change, ...]) -> str:
    text = NETWORK
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


async def become(lab: Lab, text: str, before: NetworkState) -> NetworkState:
    desired = compile(parse({"topoweb": 1, "name": "Test"} | yaml.safe_load(text)))
    await apply(diff(await observed(lab, before), desired), lab.keeper)
    assert await observed(lab, desired) == desired
    return desired


@asynccontextmanager
async def flood(lab: Lab, *pairs: tuple[Netns, str]) -> AsyncIterator[Flood]:
    """Pings between these, once the network has settled."""
    async with Watch(lab.keeper) as watch:
        await settle(watch, ipv6=False)
    pings = Flood(lab, pairs)
    running = asyncio.create_task(pings.run())
    yield pings
    running.cancel()
    await pings.answers()


class Flood:
    """All sockets in one loop, which the changes share."""

    def __init__(self, lab: Lab, pairs: tuple[tuple[Netns, str], ...]) -> None:
        self._lab = lab
        self._pairs = pairs
        self._sent: list[asyncio.Task[PingResult]] = []
        self._one_more = asyncio.Condition()

    async def run(self) -> None:
        while True:
            for source, target in self._pairs:
                self._sent.append(asyncio.create_task(self._lab.prober.ping(source, ip_address(target), timeout=PATIENCE)))
            async with self._one_more:
                self._one_more.notify_all()
            await asyncio.sleep(len(self._pairs) / PINGS_A_SECOND)

    async def lost(self) -> Counter[str]:
        """What was lost since it was asked last, and of some pings that go out from now on."""
        until = len(self._sent) + AFTERWARDS * len(self._pairs)
        async with self._one_more:
            await self._one_more.wait_for(lambda: len(self._sent) >= until)
        return Counter(f"{each.source} > {each.target}: {each.text}" for each in await self.answers() if each.got != "reply")

    async def answers(self) -> list[PingResult]:
        sent, self._sent = self._sent, []
        return await asyncio.gather(*sent)
