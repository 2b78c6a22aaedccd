"""What is done by hand in a running lab: shown, taken into the drawing, or undone."""

from __future__ import annotations

import asyncio
import time

import pytest

from labs.document.parse import parse
from labs.messages.worker import Report
from labs.network.compile import compile
from labs.network.diff import diff
from labs.network.state import Netns
from labs.worker.drift import TRIES
from labs.worker.observed import observed_state
from tests.worker.documents import pair, routed, star
from tests.worker.server import desired

HOST = Netns("", "")
NS1 = Netns("", "ns1")
NS2 = Netns("", "ns2")


async def shell(worker, netns, command):
    done = await worker.reconciler.runner("one").lab.run(netns, ["sh", "-c", command])
    assert done.code == 0, done


async def by_hand(worker, *commands):
    for netns, command in commands:
        await shell(worker, netns, command)


async def watched(server, document):
    await server.run("one", 1, document)
    await server.watch("one")
    assert await drift(server, lambda found: True) == []


async def drift(server, what, *, since=0):
    status = await server.status("one", lambda s: s.drift is not None and what([entry.summary for entry in s.drift]), since=since)
    return [entry.summary for entry in status.drift]


async def observed(worker, document):
    return await observed_state(worker.reconciler.runner("one").lab, compile(parse(document)))


async def mac_of(worker, name):
    (link,) = [link for interface, link in (await worker.reconciler.runner("one").lab.observe()).links() if interface.name == name]
    return link.mac


def star_with_addresses():
    document = star(2)
    document["nodes"].append({"name": "br1", "kind": "bridge"})
    return document


def alone(node):
    """Where nothing else happens that would have the lab looked at again."""
    return {"topoweb": 1, "name": "alone", "nodes": [node]}


KINDS = {
    "an address": (pair(), (NS1, "ip addr add 10.9.9.9/24 dev veth-ns1"), ["Add address 10.9.9.9/24 to veth-ns1 in ns1"]),
    "an address that is gone": (
        routed(),
        (NS2, "ip addr del 192.168.2.2/24 dev veth-ns2"),
        ["Remove route default via 192.168.2.1 in ns2", "Remove address 192.168.2.2/24 from veth-ns2 in ns2"],
    ),
    "a route": (pair(), (NS1, "ip route add 10.0.0.0/8 via 192.168.1.2"), ["Add route 10.0.0.0/8 via 192.168.1.2 dev veth-ns1 in ns1"]),
    "a route that is gone": (routed(), (NS1, "ip route del default"), ["Remove route default via 192.168.1.1 in ns1"]),
    "a route to nowhere": (pair(), (NS1, "ip route add blackhole 10.0.0.0/8"), ["Add route blackhole 10.0.0.0/8 in ns1"]),
    "a link that is down": (pair(), (NS1, "ip link set veth-ns1 down"), ["Set veth-ns1 down in ns1"]),
    "an MTU": (pair(), (NS1, "ip link set veth-ns1 mtu 1400"), ["Set the MTU of veth-ns1 in ns1 to 1400"]),
    "a namespace": (pair(), (HOST, "ip netns add ns3"), ["Add namespace ns3"]),
    "a namespace that is gone": (
        pair(),
        (HOST, "ip netns del ns2"),
        ["Remove veth pair veth-ns1 in ns1, veth-ns2 in ns2", "Remove namespace ns2"],
    ),
    "a link that is gone": (pair(), (NS1, "ip link del veth-ns1"), ["Remove veth pair veth-ns1 in ns1, veth-ns2 in ns2"]),
    "a bridge": (pair(), (HOST, "ip link add br7 type bridge"), ["Add bridge br7 on host"]),
    "a bridge with another port": (
        star_with_addresses(),
        (HOST, "ip link set veth-n1-br master br1"),
        ["Put veth-n1-br on bridge br1 on host"],
    ),
    "a port that is none any more": (star(2), (HOST, "ip link set veth-n1-br nomaster"), ["Take veth-n1-br off bridge br0 on host"]),
    "STP": (star(2), (HOST, "ip link set br0 type bridge stp_state 1"), ["Turn STP on at bridge br0 on host"]),
    "STP of a bridge that is down, of which the kernel tells nobody": (
        alone({"name": "br1", "kind": "bridge", "up": False}),
        (HOST, "ip link set br1 type bridge stp_state 1"),
        ["Turn STP on at bridge br1 on host"],
    ),
    "forwarding": (pair(), (NS1, "sysctl -qw net.ipv4.ip_forward=1"), ["Set net.ipv4.ip_forward to 1 in ns1"]),
    "a sysctl that the kernel tells nobody about": (
        pair(),
        (NS1, "sysctl -qw net.ipv4.ip_default_ttl=9"),
        ["Set net.ipv4.ip_default_ttl to 9 in ns1"],
    ),
}


@pytest.mark.parametrize("kind", KINDS)
async def test_what_is_done_by_hand_is_shown_and_can_be_repaired_or_adopted(server, worker, kind):
    document, command, entries = KINDS[kind]
    await watched(server, document)
    began = time.monotonic()
    await by_hand(worker, command)
    assert await drift(server, bool) == entries, kind
    assert time.monotonic() - began < 5  # a second where nothing else runs

    adopted = (await server.ask("one", "adopt", document=document)).document
    assert compile(parse(adopted)) == await observed(worker, document)

    since = len(server.received)
    assert (await server.ask("one", "repair")).failure is None
    assert await observed(worker, document) == compile(parse(document))
    assert await drift(server, lambda found: not found, since=since) == []


async def test_what_the_kernel_tells_nobody_about_is_shown_within_a_second_too(server, worker):
    """Also where something was shown just now, and the next look is longest away."""
    await watched(server, alone({"name": "ns1", "kind": "namespace"}))
    late = []
    for value in range(1, 4):
        began = time.monotonic()
        await by_hand(worker, (NS1, f"sysctl -qw net.ipv4.ip_default_ttl={value}"))
        await drift(server, lambda found, value=value: found == [f"Set net.ipv4.ip_default_ttl to {value} in ns1"])
        late.append(time.monotonic() - began)
    assert min(late[1:]) < 1  # each comes at the worst moment, and what else goes on here only makes it later


@pytest.mark.usefixtures("netem")
async def test_what_a_link_is_made_to_do_to_packets_by_hand(server, worker):
    """Of queueing disciplines the kernel tells in a group of their own."""
    document = pair()
    document["links"][0]["delay"] = 20
    await watched(server, document)
    await by_hand(
        worker, (NS1, "tc qdisc change dev veth-ns1 root netem loss 5%"), (NS2, "tc qdisc replace dev veth-ns2 root netem loss 5%")
    )
    entries = [f"Give packets out of veth-{name} in {name} loss 5%" for name in ("ns1", "ns2")]
    assert await drift(server, lambda found: len(found) == 2) == entries
    adopted = (await server.ask("one", "adopt", document=document)).document
    assert compile(parse(adopted)) == await observed(worker, document)

    await by_hand(worker, (NS2, "tc qdisc del dev veth-ns2 root"))
    assert await drift(server, lambda found: "Let packets out of veth-ns2 in ns2 unhindered" in found)
    since = len(server.received)
    assert (await server.ask("one", "repair")).failure is None
    assert await observed(worker, document) == compile(parse(document))
    assert await drift(server, lambda found: not found, since=since) == []


async def test_what_no_drawing_holds_is_named_until_it_is_gone(server, worker):
    """It is neither adopted nor repaired, and Apply leaves it alone."""
    await watched(server, pair())
    await by_hand(worker, (NS1, "ip link add vxlan7 type vxlan id 7 dstport 4789 dev veth-ns1; ip addr add 10.7.0.1/24 dev vxlan7"))
    status = await server.status("one", lambda s: s.strangers)
    assert [(stranger.node, stranger.interface, stranger.kind) for stranger in status.strangers] == [("ns1", "vxlan7", "vxlan")]
    assert status.drift == ()
    assert (await server.ask("one", "plan")).plan == ()
    since = len(server.received)
    await by_hand(worker, (NS1, "ip link del vxlan7"))
    assert (await server.status("one", lambda s: s.strangers == (), since=since)).drift == ()


async def test_an_address_of_lo_is_named(server, worker):
    await watched(server, pair())
    await by_hand(worker, (NS1, "ip addr add 10.7.0.1/32 dev lo; ip addr add fd00::7/128 dev lo"))
    status = await server.status("one", lambda s: len(s.strangers or ()) == 2)
    assert [(stranger.node, stranger.address) for stranger in status.strangers] == [("ns1", "10.7.0.1/32"), ("ns1", "fd00::7/128")]
    since = len(server.received)
    await by_hand(worker, (NS1, "ip addr flush dev lo scope global"))
    assert (await server.status("one", lambda s: s.strangers == (), since=since)).drift == ()


async def test_what_was_done_while_nobody_watched_is_shown_to_who_comes(server, worker):
    await server.run("one", 1, star(40))
    await by_hand(worker, (HOST, "ip netns add ns3; ip link add ifb7 type ifb; ip netns exec n1 sysctl -qw net.ipv4.ip_default_ttl=9"))
    began = time.monotonic()
    await server.watch("one")
    status = await server.status("one", lambda s: s.drift is not None)
    assert time.monotonic() - began < 1
    assert [entry.summary for entry in status.drift] == ["Add namespace ns3", "Set net.ipv4.ip_default_ttl to 9 in n1"]
    assert [stranger.interface for stranger in status.strangers] == ["ifb7"]


A_NAMESPACE = (
    (HOST, "ip netns add ns3"),
    (HOST, "ip link add veth-ns3 netns ns3 type veth peer name veth-ns3-br"),
    (HOST, "ip link set veth-ns3-br master br0 up; ip -n ns3 link set veth-ns3 up; ip -n ns3 addr add 10.0.3.3/16 dev veth-ns3"),
    (Netns("", "n0"), "ip addr add 10.0.7.7/16 dev veth-n0"),
)


async def test_adopt_and_apply_leave_no_drift_and_change_nothing(server, worker):
    document = star(2)
    await watched(server, document)
    await by_hand(worker, *A_NAMESPACE)
    await drift(server, lambda found: "Add address 10.0.3.3/16 to veth-ns3 in ns3" in found)
    before = await observed(worker, document)
    adopted = (await server.ask("one", "adopt", document=document)).document
    assert {node["name"] for node in adopted["nodes"]} == {"br0", "n0", "n1", "ns3"}
    assert (await server.ask("one", "plan", document=adopted)).plan == ()
    since = len(server.received)
    run = await server.run("one", 2, adopted)
    assert (run.state, run.total) == ("running", 0)
    assert await drift(server, lambda found: True, since=since) == []
    assert await observed(worker, adopted) == before


async def test_one_of_several_is_adopted_with_what_it_leans_on(server, worker):
    document = star(2)
    await watched(server, document)
    await by_hand(worker, *A_NAMESPACE)
    await drift(server, lambda found: "Add address 10.0.3.3/16 to veth-ns3 in ns3" in found)
    adopted = (await server.ask("one", "adopt", document=document, entries=("Add address 10.0.3.3/16 to veth-ns3 in ns3",))).document
    plan = (await server.ask("one", "plan", document=adopted)).plan
    assert [(entry.summary, entry.cause) for entry in plan] == [("Remove address 10.0.7.7/16 from veth-n0 in n0", "drift")]
    both = (await server.ask("one", "adopt", document=adopted, entries=("Add address 10.0.7.7/16 to veth-n0 in n0",))).document
    assert (await server.ask("one", "plan", document=both)).plan == ()


async def test_one_of_several_is_repaired_with_what_leans_on_it(server, worker):
    document = star(2)
    await watched(server, document)
    await by_hand(worker, *A_NAMESPACE)
    await drift(server, lambda found: "Add address 10.0.3.3/16 to veth-ns3 in ns3" in found)
    since = len(server.received)
    reply = await server.ask("one", "repair", entries=("Add namespace ns3",))
    assert reply.failure is None
    await drift(server, lambda found: found == ["Add address 10.0.7.7/16 to veth-n0 in n0"], since=since)
    states = [m.run.state for m in server.received[since:] if isinstance(m, Report)]
    assert set(states) <= {"applying", "running"}  # what is done at once is told of once
    assert states[-1] == "running"


async def test_the_plan_keeps_what_was_drawn_apart_from_what_it_undoes(server, worker):
    await server.run("one", 1, pair())
    await by_hand(worker, (NS1, "ip addr add 10.9.9.9/24 dev veth-ns1"))
    plan = (await server.ask("one", "plan", document=pair(second="192.168.1.3/24"))).plan
    assert {(entry.op, entry.node, entry.cause) for entry in plan} == {
        ("RemoveAddress", "ns1", "drift"),
        ("AddAddress", "ns2", "drawing"),
        ("RemoveAddress", "ns2", "drawing"),
    }


async def test_what_was_done_by_hand_stays_until_apply_or_repair(server, worker):
    await watched(server, pair())
    await by_hand(worker, (NS1, "ip addr add 10.9.9.9/24 dev veth-ns1"))
    await drift(server, bool)
    await server.want(desired("one", 1, pair()))  # again
    await worker.stop()
    await worker.start()
    await server.connected(2)
    await server.want(desired("one", 1, pair()))
    await server.ask("one", "plan", document=pair())  # after that
    assert diff(compile(parse(pair())), await observed(worker, pair()))
    await server.run("one", 2, pair())
    assert diff(compile(parse(pair())), await observed(worker, pair())) == ()


async def test_repair_that_is_refused_by_the_kernel_leaves_the_lab_running_as_it_was(server, worker):
    await watched(server, pair())
    await by_hand(
        worker,
        (NS1, "ip link del veth-ns1; ip link add veth-ns1 type ifb; ip addr add 10.1.1.1/24 dev veth-ns1"),
    )
    await drift(server, bool)
    before = await observed(worker, pair())
    reply = await server.ask("one", "repair")
    assert (reply.failure.op, reply.failure.node, reply.failure.errno) == ("AddVeth", "ns1", "EEXIST")
    assert await observed(worker, pair()) == before
    assert worker.reconciler.runner("one").report.run.state == "running"


async def test_what_does_not_hold_any_more_is_refused(server, worker):
    await server.run("one", 1, pair())
    assert (await server.ask("one", "repair", entries=("Add namespace ns3",))).failure.code == "drift-gone"
    await by_hand(worker, (NS2, "ip addr add 10.9.9.9/24 dev veth-ns2"))
    other = pair()
    other["nodes"], other["links"], other["checks"] = other["nodes"][:1], [], []
    del other["nodes"][0]["interfaces"]
    (refused,) = (await server.ask("one", "adopt", document=other)).refused
    assert (refused.entry, refused.code) == ("Add address 10.9.9.9/24 to veth-ns2 in ns2", "drift-unfit")


async def test_what_makes_a_problem_in_the_drawing_is_not_adopted_and_the_rest_is(server, worker):
    await server.run("one", 1, pair())
    await by_hand(
        worker,
        (HOST, "ip netns add ns3; ip link add one type veth peer name other"),
        (NS1, "ip addr add 10.9.9.9/24 dev veth-ns1"),
        (NS2, "ip addr add 10.9.9.9/24 dev veth-ns2; ip route add 10.0.0.0/8 via 10.9.9.1"),
    )
    reply = await server.ask("one", "adopt", document=pair())
    assert {(refused.entry, refused.code) for refused in reply.refused} == {
        ("Add veth pair one on host, other on host", "link_to_itself"),
        ("Add address 10.9.9.9/24 to veth-ns2 in ns2", "address_twice"),
        ("Add route 10.0.0.0/8 via 10.9.9.1 dev veth-ns2 in ns2", "address_twice"),
    }
    assert [node["name"] for node in reply.document["nodes"]] == ["ns1", "ns2", "ns3"]
    plan = await server.ask("one", "plan", document=reply.document)
    assert set(plan.drawn) == {"Add namespace ns3", "Add address 10.9.9.9/24 to veth-ns1 in ns1"}
    assert {entry.cause for entry in plan.plan} == {"drift"}


async def test_what_no_drawing_can_hold_is_not_adopted_and_the_rest_is(server, worker):
    await server.run("one", 1, pair())
    await by_hand(worker, (HOST, "ip netns add 左边; ip -n 左边 link add br7 type bridge; ip netns add ns3"))
    reply = await server.ask("one", "adopt", document=pair())
    assert {(refused.entry, refused.code) for refused in reply.refused} == {
        ("Add namespace 左边", "drift-undrawable"),
        ("Add bridge br7 in 左边", "drift-undrawable"),
    }
    assert [node["name"] for node in reply.document["nodes"]] == ["ns1", "ns2", "ns3"]


async def test_of_what_is_refused_together_each_is_named_however_much_it_is(server, worker):
    await server.run("one", 1, pair())
    await by_hand(worker, (HOST, f"for n in $(seq {TRIES}); do ip link add a$n type veth peer name b$n; done; ip netns add ns3"))
    reply = await server.ask("one", "adopt", document=pair())
    assert len(reply.refused) >= TRIES


async def test_what_was_adopted_is_told_apart_from_what_apply_would_undo(server, worker):
    await watched(server, pair())
    await by_hand(worker, (NS1, "ip addr add 10.9.9.9/24 dev veth-ns1"), (HOST, "ip netns add ns3"))
    await drift(server, lambda found: len(found) == 2)
    assert (await server.ask("one", "plan", document=pair())).drawn == ()
    adopted = (await server.ask("one", "adopt", document=pair(), entries=("Add namespace ns3",))).document
    plan = await server.ask("one", "plan", document=adopted)
    assert plan.drawn == ("Add namespace ns3",)
    assert [entry.summary for entry in plan.plan] == ["Remove address 10.9.9.9/24 from veth-ns1 in ns1"]


BRIDGES = {
    "a bridge made by hand": ("br7", "ip link add br7 type bridge; ip addr add 10.7.0.1/24 dev br7; ip link set br7 up"),
    "a drawn bridge that was given an address": ("br0", "ip addr add 10.0.9.1/24 dev br0"),
}


@pytest.mark.parametrize("bridge", BRIDGES)
async def test_the_mac_address_of_a_bridge_is_adopted_with_its_addresses_and_stays(server, worker, bridge):
    """It is known to who uses the bridge. Once it is drawn it is set, so that it outlives the bridge's ports."""
    name, command = BRIDGES[bridge]
    host1 = Netns("host1", "")
    document = {
        "topoweb": 1,
        "name": "Host",
        "nodes": [{"name": "host1", "kind": "host"}, {"name": "br0", "kind": "bridge", "host": "host1"}],
    }
    await server.run("one", 1, document)
    await by_hand(worker, (host1, command))
    before = await mac_of(worker, name)
    adopted = (await server.ask("one", "adopt", document=document)).document
    assert (await server.ask("one", "plan", document=adopted)).plan == ()
    await server.run("one", 2, adopted)
    await by_hand(worker, (host1, f"ip link add low address 02:00:00:00:00:01 type veth peer name high; ip link set low master {name}"))
    assert await mac_of(worker, name) == before


async def test_repairs_wait_for_their_turn(server, worker):
    """While the lab is changed, and one after the other."""
    document = star(40)
    await watched(server, document)
    await by_hand(worker, (HOST, "for n in $(seq 30); do ip netns add x$n; done"))
    await drift(server, lambda found: len(found) == 30)
    asked = [asyncio.create_task(server.ask("one", "repair", entries=(f"Add namespace x{n}",))) for n in range(1, 11)]
    since = len(server.received)
    await server.run("one", 2, star(45))
    replies = await asyncio.gather(*asked)
    assert {reply.failure.code for reply in replies if reply.failure} <= {"drift-gone"}  # the change has undone it
    assert await drift(server, lambda found: not found, since=since) == []
