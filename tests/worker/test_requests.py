"""What the server asks about a running lab."""

from __future__ import annotations

from labs.network.state import Netns
from tests.worker.documents import pair, routed


async def test_ping_in_the_words_of_ping(server, worker):
    await server.run("one", 1, routed())
    unreachable = (await server.ask("one", "ping", source="ns1", target="192.168.3.3")).ping
    assert unreachable.text == "From 192.168.1.1 icmp_seq=1 Destination Net Unreachable"
    assert (unreachable.source, unreachable.target, unreachable.reporter) == ("ns1", "192.168.3.3", "192.168.1.1")
    local = (await server.ask("one", "ping", source="r", target="192.168.3.3")).ping
    assert (local.got, local.text, local.reporter) == ("unreachable", "Network is unreachable", None)


async def test_a_node_stands_for_its_address_nearest_to_the_source(server, worker):
    await server.run("one", 1, routed())
    assert (await server.ask("one", "ping", source="ns2", target="r")).ping.target == "192.168.2.1"
    assert (await server.ask("one", "ping", source="ns2", target="ns1")).ping.target == "192.168.1.2"


async def test_trace_names_the_nodes_on_the_way(server, worker):
    await server.run("one", 1, routed())
    trace = (await server.ask("one", "trace", source="ns1", target="192.168.2.2")).trace
    assert trace.reached
    assert [(hop.address, hop.node) for hop in trace.hops] == [("192.168.1.1", "r"), ("192.168.2.2", "ns2")]


async def test_all_checks(server, worker):
    await server.run("one", 1, routed())
    checks = (await server.ask("one", "checks")).checks
    assert [(check.index, check.ok) for check in checks] == [(0, True), (1, True), (2, True)]


async def test_the_plan_starts_from_what_is_there(server, worker):
    await server.run("one", 1, pair())
    assert (await server.ask("one", "plan", document=pair())).plan == ()
    await worker.reconciler.runner("one").lab.run(Netns("", "ns1"), ["ip", "link", "set", "veth-ns1", "down"])
    plan = (await server.ask("one", "plan", document=pair(second="192.168.1.3/24"))).plan
    assert [(entry.n, entry.op, entry.node) for entry in plan] == [
        (1, "AddAddress", "ns2"),
        (2, "RemoveAddress", "ns2"),
        (3, "SetUp", "ns1"),
    ]


async def test_what_cannot_be_answered_says_why(server, worker):
    await server.run("one", 1, pair())
    nowhere = await server.ask("two", "ping", source="ns1", target="192.168.1.2")
    assert (nowhere.error, nowhere.failure.code) == ("The lab does not run", "not_running")
    for source, target, code in [
        ("ns9", "192.168.1.2", "no_such_node"),
        ("", "ns1", "no_such_node"),
        ("ns1", "ns9", "no_address"),
        ("ns1", "example.org", "no_address"),
        ("ns1", "; id", "no_address"),
    ]:
        for action in ("ping", "trace"):
            failure = (await server.ask("one", action, source=source, target=target)).failure
            assert (failure.code, failure.params["node"]) == (code, source if code == "no_such_node" else target)
    await worker.reconciler.runner("one").lab.run(Netns("", ""), ["ip", "netns", "del", "ns1"])
    assert (await server.ask("one", "ping", source="ns1", target="192.168.1.2")).error == "Namespace ns1 does not exist in the running lab"
