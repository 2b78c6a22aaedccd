"""What a worker tells of a lab that somebody watches."""

from __future__ import annotations

import asyncio
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.messages.worker import Status
from labs.network.state import Netns
from labs.worker import status as feed
from labs.worker.rates import Rates
from tests.worker.documents import PAIR_LINK, pair, routed, star

HOST = Netns("", "")
NS1 = Netns("", "ns1")


async def shell(worker, netns, command, name="one"):
    done = await worker.reconciler.runner(name).lab.run(netns, ["sh", "-c", command])
    assert done.code == 0, done
    return done.stdout.decode()


async def watch(server, name="one"):
    """Watch a lab; returns the first status, which is all of it."""
    since = len(server.received)
    await server.watch(name)
    return await server.status(name, lambda status: True, since=since)


async def test_all_of_it_comes_first(server, worker):
    await server.run("one", 1, pair())
    status = await watch(server)
    assert status.links[PAIR_LINK].state == "up"
    assert status.addresses == {"ns1:veth-ns1": ("192.168.1.1/24",), "ns2:veth-ns2": ("192.168.1.2/24",)}


async def test_a_link_set_down_in_the_lab_is_told_at_once(server, worker):
    await server.run("one", 1, pair())
    await watch(server)
    down = asyncio.create_task(server.status("one", lambda s: PAIR_LINK in s.links and s.links[PAIR_LINK].state == "down"))
    set_down_at = float(await shell(worker, Netns("", "ns2"), "ip link set veth-ns2 down; date +%s.%N"))
    status = await down
    assert time.time() - set_down_at < 0.1
    assert status.links[PAIR_LINK].ends == ("up", "down")
    await shell(worker, Netns("", "ns2"), "ip link set veth-ns2 up")
    await server.status("one", lambda s: PAIR_LINK in s.links and s.links[PAIR_LINK].ends == ("up", "up"))


async def test_a_link_deleted_by_hand_is_down(server, worker):
    await server.run("one", 1, pair())
    await watch(server)
    since = len(server.received)
    await shell(worker, NS1, "ip link del veth-ns1")
    await server.status("one", lambda s: PAIR_LINK in s.links and s.links[PAIR_LINK].ends == ("down", "down"), since=since)
    await server.status("one", lambda s: s.addresses.get("ns1:veth-ns1") == (), since=since)


async def test_a_fault_is_logged_and_what_is_seen_is_told_further(server, worker, monkeypatch, caplog):
    monkeypatch.setattr(feed, "AGAIN", 0.2)
    await server.run("one", 1, pair())
    await watch(server)
    failed = asyncio.Event()

    def fail(rates):
        failed.set()
        raise ZeroDivisionError

    with monkeypatch.context() as faulty:
        faulty.setattr(Rates, "read", fail)
        await asyncio.wait_for(failed.wait(), 5)
    await shell(worker, NS1, "ip link set veth-ns1 down")
    await server.status("one", lambda s: PAIR_LINK in s.links and s.links[PAIR_LINK].state == "down")
    assert "lab one" in caplog.text
    assert "ZeroDivisionError" in caplog.text


async def test_addresses_are_those_that_are_really_there(server, worker):
    await server.run("one", 1, pair())
    await watch(server)
    await shell(worker, NS1, "ip addr add 10.9.9.9/24 dev veth-ns1")
    await server.status("one", lambda s: s.addresses.get("ns1:veth-ns1") == ("10.9.9.9/24", "192.168.1.1/24"))
    await shell(worker, HOST, "ip netns add byhand; ip -n byhand addr add 10.8.8.8/32 dev lo")
    await server.status("one", lambda s: s.addresses.get("byhand:lo") == ("10.8.8.8/32",))


async def test_checks_give_their_verdicts_and_then_rtt_and_loss(server, worker):
    await server.run("one", 1, routed())
    await watch(server)
    for index in ("0", "1", "2"):
        status = await server.status("one", lambda s, i=index: i in s.checks and s.checks[i].ok is not None)
        assert status.checks[index].ok, status.checks[index]
    trace = (await server.status("one", lambda s: "1" in s.checks and s.checks["1"].trace is not None)).checks["1"].trace
    assert [hop.node for hop in trace.hops] == ["r", "ns2"]
    await server.status("one", lambda s: "0" in s.checks and s.checks["0"].ping and s.checks["0"].ping.received >= 3)
    since = len(server.received)
    await shell(worker, Netns("", "r"), "ip link set veth-ns2-router down")
    broken = await server.status("one", lambda s: "0" in s.checks and s.checks["0"].ok is False, since=since)
    assert broken.checks["0"].ping.received < broken.checks["0"].ping.sent


async def test_an_error_that_is_not_repeated_at_once_still_counts(server, worker):
    document = routed()
    no_route, no_neighbour = "192.168.3.3", "192.168.1.77"  # a router refuses few, and an absent neighbour is missed after 3 s
    document["checks"] = [{"from": "ns1", "ping": target, "expect": "unreachable"} for target in (no_route, no_neighbour)]
    await server.run("one", 1, document)
    await watch(server)
    await server.status("one", lambda s: "0" in s.checks and s.checks["0"].ok is not None)
    await asyncio.sleep(8)
    for check in ("0", "1"):
        verdicts = [m.status.checks[check].ok for m in server.received if isinstance(m, Status) and check in m.status.checks]
        assert verdicts[0] is None
        assert set(verdicts[1:]) == {True}


async def test_rates_are_what_each_end_sends(server, worker):
    await server.run("one", 1, pair())
    await watch(server)
    flood = asyncio.create_task(shell(worker, NS1, "ping -q -f -s 1400 -c 3000 192.168.1.2"))
    status = await server.status("one", lambda s: PAIR_LINK in s.links and max(s.links[PAIR_LINK].bps) > 1_000_000)
    await flood
    sent, received = status.links[PAIR_LINK].bps
    assert 0.8 < sent / received < 1.25, "an echo is as large as its reply"
    await server.status("one", lambda s: PAIR_LINK in s.links and max(s.links[PAIR_LINK].bps) < 10_000)


async def test_a_ping_that_a_person_asks_for_goes_on_for_a_while(server, worker):
    await server.run("one", 1, pair())
    await watch(server)
    reply = await server.ask("one", "ping", source="ns1", target="192.168.1.2")
    assert reply.ping.got == "reply"
    status = await server.status("one", lambda s: s.pings.get("ns1>192.168.1.2") is not None and s.pings["ns1>192.168.1.2"].received >= 2)
    assert status.pings["ns1>192.168.1.2"].sent == status.pings["ns1>192.168.1.2"].received


async def test_nothing_is_told_of_a_lab_that_nobody_watches(server, worker):
    await server.run("one", 1, pair())
    await watch(server)
    await server.watch()
    await asyncio.sleep(0.1)
    since = len(server.received)
    await shell(worker, NS1, "ip link set veth-ns1 down")
    await asyncio.sleep(1.2)
    assert not any(isinstance(m, Status) for m in server.received[since:])


@pytest.mark.parametrize("links", [5, 60], ids=["of a few operations, watched meanwhile", "of many"])
async def test_after_an_apply_the_new_links_are_shown(server, worker, links):
    await server.run("one", 1, star(3))
    await watch(server)
    since = len(server.received)
    await server.run("one", 2, star(links))
    status = await server.status("one", lambda s: len(s.links) == links, since=since)
    assert {link.state for link in status.links.values()} == {"up"}
    since = len(server.received)
    await shell(worker, Netns("", "n0"), "ip link set veth-n0 down")
    await server.status("one", lambda s: [link.state for link in s.links.values()] == ["down"], since=since)


async def test_a_thousand_changes_are_told_in_few_messages(server, worker):
    await server.run("one", 1, pair())
    await watch(server)
    since = len(server.received)
    await shell(worker, NS1, "for n in $(seq 500); do echo address add 10.7.$((n/250)).$((n%250))/32 dev veth-ns1; done | ip -batch -")
    await server.status("one", lambda s: len(s.addresses.get("ns1:veth-ns1", ())) == 501, since=since)
    assert len(server.received) - since < 200


@given(st.uuids().map(str), st.floats(0, 1e6), st.floats(0, 1e6))
def test_a_lab_is_looked_at_once_a_second_at_moments_of_its_slot(lab, now, later):
    rest = feed.until_tick(lab, now)
    assert 0.5 <= rest <= 1.5
    assert feed.until_tick(lab, now + rest) == pytest.approx(1, abs=1e-6)
    apart = (later + feed.until_tick(lab, later)) - (now + rest)
    assert apart == pytest.approx(round(apart), abs=1e-6)
