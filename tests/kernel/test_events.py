"""Changes in the network of a lab, whoever makes them, as they are told."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from ipaddress import ip_interface
from socket import AF_NETLINK, NETLINK_ROUTE, SOCK_RAW

import pytest

from labs.kernel import rtnl
from labs.kernel.batch import transact
from labs.kernel.counters import read_counters
from labs.kernel.events import AddressEvent, Events, LinkEvent, PortEvent, QdiscEvent, RouteEvent
from labs.kernel.netns import LANS
from labs.kernel.watch import Watch
from labs.network.state import Interface, Netns

HOST, NS1, NS2 = (Netns("", name) for name in ("", "ns1", "ns2"))
PAIR = """
ip link add name veth-ns1 netns ns1 type veth peer name veth-ns2 netns ns2
ip -n ns1 link set veth-ns1 up; ip -n ns2 link set veth-ns2 up
ip -n ns1 addr add 192.168.1.1/24 dev veth-ns1
"""
BRIDGE = """
ip link add br0 type bridge {options}; ip link set br0 up
ip link add name veth-ns1-br type veth peer name veth-ns1 netns ns1
ip link set veth-ns1-br master br0 up; ip -n ns1 link set veth-ns1 up
"""


async def shell(lab, command, netns=HOST):
    done = await lab.run(netns, ["sh", "-ec", command])
    assert done.code == 0, done
    return done.stdout.decode()


@pytest.fixture
async def lab(lab):
    await lab.keeper.add_hosts([""])
    await lab.keeper.add_netns([NS1, NS2])
    return lab


@asynccontextmanager
async def events_of(lab):
    """A queue of what is told, each with when it came (time.time)."""
    import socket

    queue: asyncio.Queue[tuple[float, object]] = asyncio.Queue()
    events = Events(await lab.keeper.open_socket(LANS, socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE), lab.handles)
    events.open(lambda event: queue.put_nowait((time.time(), event)), lambda: queue.put_nowait((time.time(), "lost")))
    try:
        yield queue
    finally:
        events.close()


async def find(queue, what, seconds=3.0):
    """The first event that `what` is true of, and when it came."""
    async with asyncio.timeout(seconds):
        while True:
            at, event = await queue.get()
            if what(event):
                return at, event


async def until(watch, condition, seconds=5.0):
    changed = asyncio.Event()
    stop = watch.listen(lambda _: changed.set())
    async with asyncio.timeout(seconds):
        while not condition():
            changed.clear()
            await changed.wait()
    stop()


# Events


async def test_a_link_set_down_by_hand_is_told_within_milliseconds(lab):
    """By a socket of its own, as `ip` has one, whose start would be measured too."""
    await shell(lab, PAIR)
    delays = []
    with await lab.keeper.open_socket(NS2, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE) as hand:
        async with events_of(lab) as events:
            for _ in range(5):
                await shell(lab, "ip -n ns2 link set veth-ns2 up")
                await asyncio.sleep(0.05)
                began = time.time()
                assert transact(hand, [rtnl.set_link("veth-ns2", up=False)]) == [None]
                at, event = await find(events, lambda e: isinstance(e, LinkEvent) and e.netns == NS2 and not e.up)
                assert (event.name, event.carrier) == ("veth-ns2", False)
                delays.append(at - began)
    assert min(delays) < 0.01, delays


async def test_addresses_and_routes_are_told(lab):
    await shell(lab, PAIR)
    async with events_of(lab) as events:
        await shell(lab, "ip -n ns1 addr add 10.1.1.1/24 dev veth-ns1; ip -n ns1 addr add fd00::1/64 dev veth-ns1 nodad")
        for text in ("10.1.1.1/24", "fd00::1/64"):
            _, event = await find(events, lambda e, text=text: isinstance(e, AddressEvent) and e.address == ip_interface(text))
            assert (event.netns, event.tentative, event.gone) == (NS1, False, False)
        await shell(lab, "ip -n ns1 route add 10.2.0.0/16 via 192.168.1.9; ip -n ns1 route add default via 192.168.1.8")
        _, route = await find(events, lambda e: isinstance(e, RouteEvent) and str(e.to) == "10.2.0.0/16")
        assert (route.netns, str(route.via), route.gone) == (NS1, "192.168.1.9", False)
        await find(events, lambda e: isinstance(e, RouteEvent) and e.to is None and str(e.via) == "192.168.1.8")
        await shell(lab, "ip -n ns1 route del default; ip -n ns1 addr del 10.1.1.1/24 dev veth-ns1; ip -n ns1 link del veth-ns1")
        await find(events, lambda e: isinstance(e, RouteEvent) and e.to is None and e.gone)
        await find(events, lambda e: isinstance(e, AddressEvent) and e.address == ip_interface("10.1.1.1/24") and e.gone)
        await find(events, lambda e: isinstance(e, LinkEvent) and e.netns == NS2 and e.gone)


async def test_queueing_disciplines_are_told(lab):
    await shell(lab, PAIR)
    async with events_of(lab) as events:
        for command in ("add dev veth-ns1 root pfifo", "del dev veth-ns1 root"):
            await shell(lab, f"tc -n ns1 qdisc {command}")
            _, event = await find(events, lambda e: isinstance(e, QdiscEvent))
            assert event.netns == NS1


async def test_a_port_on_its_way_through_stp_is_told(lab):
    async with events_of(lab) as events:
        await shell(lab, BRIDGE.format(options="stp_state 1 forward_delay 200"))
        for state in (1, 2, 3):  # listening, learning, forwarding
            await find(events, lambda e, state=state: isinstance(e, PortEvent) and e.port_state == state, seconds=8)


async def test_what_happens_in_a_namespace_made_by_hand_is_told(lab):
    async with Watch(lab.keeper) as watch:
        await shell(lab, "ip netns add byhand; ip -n byhand link set lo up")
        await until(watch, lambda: watch.link(Interface(Netns("", "byhand"), "lo")) is not None)
        await shell(lab, "ip -n byhand addr add 10.9.9.9/32 dev lo")
        await until(watch, lambda: ip_interface("10.9.9.9/32") in watch.link(Interface(Netns("", "byhand"), "lo")).addresses)
        await shell(lab, "ip netns del byhand")
        await until(watch, lambda: watch.link(Interface(Netns("", "byhand"), "lo")) is None)


# Watch


async def test_a_watch_has_what_ip_shows(lab):
    await shell(lab, PAIR + BRIDGE.format(options="").replace("veth-ns1", "veth-ns1b"))
    async with Watch(lab.keeper) as watch:
        link = watch.link(Interface(NS1, "veth-ns1"))
        assert (link.up, link.carrier, link.master) == (True, True, 0)
        assert ip_interface("192.168.1.1/24") in link.addresses
        port = watch.link(Interface(HOST, "veth-ns1b-br"))
        assert watch.by_index(HOST, port.master).name == "br0"
        assert watch.link(Interface(NS1, "nothing")) is None


async def test_a_link_that_is_renamed_is_known_by_its_new_name(lab):
    await shell(lab, PAIR)
    async with Watch(lab.keeper) as watch:
        told = []
        watch.listen(told.append)
        await shell(lab, "ip -n ns1 link set veth-ns1 down; ip -n ns1 link set veth-ns1 name other")
        await until(watch, lambda: watch.link(Interface(NS1, "other")) is not None)
        assert watch.link(Interface(NS1, "veth-ns1")) is None
        assert {Interface(NS1, "veth-ns1"), Interface(NS1, "other")} <= set(told)


async def test_after_more_changes_than_the_kernel_keeps_everything_is_read_anew(lab):
    await shell(lab, PAIR)
    async with Watch(lab.keeper) as watch:
        told = []
        watch.listen(told.append)
        link = Interface(NS1, "veth-ns1")
        index = watch.link(link).index
        burst = [rtnl.add_address(index, ip_interface(f"10.7.{n // 250}.{n % 250}/32")) for n in range(3000)]
        assert not any(transact(lab.handles[NS1].rtnl, burst))  # in one turn of the loop: nobody reads meanwhile, so that the buffer fills
        await until(watch, lambda: sum(a.version == 4 for a in watch.link(link).addresses) == 3001, seconds=10)
        assert None in told, "nothing was lost: the burst is too small for this test"


async def test_counters_count_what_each_end_sends(lab):
    await shell(lab, PAIR + "ip -n ns2 addr add 192.168.1.2/24 dev veth-ns2; sleep 0.1")
    async with Watch(lab.keeper) as watch:
        index = watch.link(Interface(NS1, "veth-ns1")).index
        before = read_counters(lab.handles[NS1])[index]
        await shell(lab, "ping -q -c 10 -i 0.01 -s 1000 192.168.1.2", NS1)
        after = read_counters(lab.handles[NS1])[index]
    frames = 10 * (1000 + 8 + 20 + 14)
    assert frames <= after.sent - before.sent < frames + 1000
    assert frames <= after.received - before.received < frames + 1000
