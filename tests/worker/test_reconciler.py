"""What a worker does with what the server wants, in real labs."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from functools import partial
from ipaddress import ip_address

import pytest

from labs.kernel.lab import Lab, find_labs
from labs.kernel.limits import Limits
from labs.kernel.refusals import OperationError
from labs.messages.status import Features, LabStatus
from labs.messages.worker import Report
from labs.network.state import Netns
from labs.worker import run_report
from labs.worker.record import Record
from tests.kernel.machine import is_alive, wait_until
from tests.worker.documents import PAIR_LINK, pair, star
from tests.worker.server import desired

HOST = Netns("", "")
NS1 = Netns("", "ns1")


def running_lab(worker, name):
    return worker.reconciler.runner(name).lab


async def shell(worker, name, netns, command):
    done = await running_lab(worker, name).run(netns, ["sh", "-c", command])
    assert done.code == 0, done
    return done.stdout.decode()


async def got(server, lab, target="192.168.1.2", source="ns1"):
    return (await server.ask(lab, "ping", source=source, target=target)).ping.got


async def test_a_wanted_lab_is_built_and_its_ping_is_answered(server, worker):
    run = await server.run("one", 1, pair())
    assert (run.state, run.version, run.done) == ("running", 1, run.total), run.error
    assert await got(server, "one") == "reply"


async def test_what_is_wanted_as_before_is_left_alone_and_what_is_not_named_ends(server, worker):
    await server.run("one", 1, pair())
    agent = running_lab(worker, "one").keeper.pid
    await server.want(desired("two", 1, pair()), same=["one"])
    assert (await server.settled("two", 1)).state == "running"
    assert running_lab(worker, "one").keeper.pid == agent
    assert await got(server, "one") == "reply"
    await server.want(same=["two"])
    assert await asyncio.to_thread(wait_until, lambda: not is_alive(agent))
    assert await got(server, "two") == "reply"


async def test_the_plan_comes_with_the_first_report_of_a_generation(server, worker):
    await server.run("one", 1, pair())
    report = await server.wait(lambda m: isinstance(m, Report) and m.run.plan is not None)
    assert report.run.generation == 1
    assert [entry.op for entry in report.run.plan][:2] == ["AddHost", "AddNamespace"]
    assert report.run.total == len(report.run.plan)


@pytest.mark.parametrize(("seconds", "states"), [(10.0, ["running"]), (0.0, ["applying", "running"])])
async def test_a_change_that_is_done_at_once_is_reported_once_with_its_plan(server, worker, monkeypatch, seconds, states):
    monkeypatch.setattr(run_report, "BEGUN_AFTER", seconds)
    await server.run("one", 1, star(20))
    since = len(server.received)
    await server.run("one", 2, star(40))
    reports = [m.run for m in server.received[since:] if isinstance(m, Report)]
    assert [run.state for run in reports if run.done in (0, run.total)] == states
    assert len(reports[0].plan) == reports[0].total > 0


async def test_an_apply_changes_only_what_differs_and_loses_no_ping_between_untouched_nodes(server, worker):
    await server.run("one", 1, star(20))
    prober = running_lab(worker, "one").prober
    results = []

    async def ping_on():
        while True:
            results.append(await prober.ping(Netns("", "n0"), ip_address("10.0.0.2"), timeout=1))
            await asyncio.sleep(0.001)

    pinging = asyncio.create_task(ping_on())
    for generation, size in ((2, 40), (3, 10)):
        run = await server.run("one", generation, star(size))
        assert run.state == "running"
        assert 0 < run.total < 300
    await asyncio.sleep(0.1)
    pinging.cancel()
    assert len(results) > 50
    assert {result.got for result in results} == {"reply"}


async def test_a_stopped_lab_is_gone_from_the_machine(server, worker, directory):
    await server.run("one", 1, pair())
    agent = running_lab(worker, "one").keeper.pid
    since = len(server.received)
    await server.want(desired("one", 2, pair(), running=False))
    assert (await server.settled("one", 2, since=since)).state == "stopped"
    assert wait_until(lambda: not is_alive(agent) and not find_labs(directory), seconds=1)


async def test_a_lab_that_the_server_does_not_name_is_ended(server, worker, directory):
    await server.want(desired("one", 1, pair()), desired("two", 1, pair()))
    await server.settled("two", 1)
    agent = running_lab(worker, "two").keeper.pid
    await server.want(desired("one", 1, pair()))
    await running_lab(worker, "two").keeper.closed.wait()
    assert wait_until(lambda: not is_alive(agent), seconds=1)
    assert wait_until(lambda: [path.stem for path in find_labs(directory)] == ["one"], seconds=1)


async def test_a_lab_that_is_stopped_and_run_again_at_once(server, worker, directory):
    await server.run("one", 1, pair())
    for generation in range(2, 6):
        since = len(server.received)
        await server.want(desired("one", 2 * generation, pair(), running=False))
        await server.want(desired("one", 2 * generation + 1, pair()))
        run = await server.settled("one", 2 * generation + 1, since=since)
        assert run.state == "running", run.error
    assert await got(server, "one") == "reply"
    await asyncio.sleep(0.3)
    assert [path.stem for path in find_labs(directory)] == ["one"], "what cleans up after the old one took the new one's socket"


async def test_a_lab_that_is_wanted_at_the_moment_at_which_its_runner_has_ended_is_built(server, worker):
    """The runner cannot hear of it any more; the server said it, and will not say it again."""
    await server.run("one", 1, pair())
    runner = worker.reconciler.runner("one")
    await server.want()
    while not runner.finished:  # noqa: ASYNC110 - at that very moment, and no later
        await asyncio.sleep(0)
    worker.reconciler.want([desired("one", 2, pair())])
    assert (await server.settled("one", 2)).state == "running"


async def test_a_repeated_or_late_message_changes_nothing(server, worker):
    await server.run("one", 1, pair())
    await server.run("one", 2, pair(second="192.168.1.77/24"))
    await shell(worker, "one", NS1, "ip addr add 10.9.9.9/24 dev veth-ns1")
    since = len(server.received)
    await server.want(desired("one", 2, pair(second="192.168.1.77/24")))
    await server.want(desired("one", 1, pair()))
    late = await server.wait(lambda m: isinstance(m, Report), since=since)
    assert (late.run.generation, late.run.state) == (2, "running")
    assert await got(server, "one", "192.168.1.77") == "reply"
    assert "10.9.9.9" in await shell(worker, "one", NS1, "ip addr"), "what a person did by hand was undone by itself"


async def test_the_next_apply_starts_from_what_is_there(server, worker):
    await server.run("one", 1, pair())
    await shell(worker, "one", NS1, "ip addr add 10.9.9.9/24 dev veth-ns1; ip link set veth-ns1 down")
    assert (await server.run("one", 2, pair())).state == "running"
    assert "10.9.9.9" not in await shell(worker, "one", NS1, "ip addr")
    assert await got(server, "one") == "reply"


async def test_a_failed_apply_names_the_operation_and_leaves_the_lab_as_it_was(server, worker):
    await server.run("one", 1, pair())
    await shell(worker, "one", HOST, "ip link add veth-n3-br type vxlan id 1 dstport 4789")  # a kind that no drawing has
    before = await shell(worker, "one", HOST, "ip -o link; ip netns list")
    run = await server.run("one", 2, star(5))
    assert run.state == "failed"
    assert (run.error.op, run.error.node, run.error.errno) == ("AddVeth", "n3", "EEXIST")
    assert "veth-n3-br" in run.error.message
    assert run.error.hint
    assert await shell(worker, "one", HOST, "ip -o link; ip netns list") == before
    assert await got(server, "one") == "reply"


async def test_a_failed_generation_is_final_until_the_next(server, worker):
    await server.run("one", 1, pair())
    await shell(worker, "one", HOST, "ip link add veth-n3-br type vxlan id 1 dstport 4789")
    await server.run("one", 2, star(5))
    await shell(worker, "one", HOST, "ip link del veth-n3-br")
    since = len(server.received)
    await server.want(desired("one", 2, star(5)))
    await server.want(desired("one", 2, star(5), failed=True))
    await asyncio.sleep(0.2)
    assert not any(isinstance(m, Report) and m.run.state == "applying" for m in server.received[since:])
    assert (await server.run("one", 3, star(5))).state == "running"
    assert await got(server, "one", "10.0.0.2", "n0") == "reply"


async def test_a_lab_whose_change_failed_is_built_again_as_it_was_before(server, worker):
    """Also where the server does not know yet that it failed."""
    await server.run("one", 1, pair())
    await shell(worker, "one", HOST, "ip link add veth-n3-br type vxlan id 1 dstport 4789")
    failed = await server.run("one", 2, star(5))
    assert (failed.state, failed.version) == ("failed", 1)
    since = len(server.received)
    os.kill(running_lab(worker, "one").keeper.pid, signal.SIGKILL)
    again = await server.settled("one", 2, since=since)
    assert (again.state, again.version, again.error.code) == ("running", 1, "lab-rebuilt")
    assert await got(server, "one") == "reply"


async def test_a_first_run_that_fails_leaves_nothing(server, start_worker, directory):
    await start_worker(Features(missing={"netem": "This kernel has no netem"}))
    await server.connected()
    document = pair()
    document["links"][0]["delay"] = 20
    run = await server.run("one", 1, document)
    assert run.state == "failed"
    assert run.error.code == "feature-missing"
    assert "netem" in run.error.message
    assert find_labs(directory) == []
    since = len(server.received)
    await server.want(desired("one", 1, document))
    await asyncio.sleep(0.1)
    assert server.received[since:] == []


async def test_where_no_sandbox_can_be_made_the_worker_connects_and_runs_fail_with_the_reason(server, start_worker, directory):
    reason = "This machine does not let us make a lab's sandbox. Allow user namespaces: sysctl -w user.max_user_namespaces=16384"
    await start_worker(Features(missing={"sandbox": reason}))
    await server.connected()
    assert server.received[0].features.missing == {"sandbox": reason}
    run = await server.run("one", 1, pair())
    assert (run.state, run.error.message) == ("failed", reason)


async def test_a_document_that_is_refused_fails_the_run(server, worker):
    run = await server.run("one", 1, {"topoweb": 1, "name": "bad", "nodes": [{"name": "a b", "kind": "namespace"}]})
    assert run.state == "failed"
    assert "nodes[0].name" in run.error.message


async def test_a_lab_whose_agent_is_killed_is_built_again_and_that_is_said_until_the_next_run(server, worker):
    await server.run("one", 1, pair())
    agent = running_lab(worker, "one").keeper.pid
    since = len(server.received)
    os.kill(agent, signal.SIGKILL)
    run = await server.settled("one", 1, since=since)
    assert (run.state, run.error.code) == ("running", "lab-rebuilt")
    assert running_lab(worker, "one").keeper.pid != agent
    assert await got(server, "one") == "reply"
    assert (await server.run("one", 2, pair())).error is None


async def test_a_lab_that_somebody_took_for_a_moment_is_taken_back(server, worker, directory):
    await server.run("one", 1, pair())
    await server.watch("one")
    taken = await Lab.attach(directory / "one.sock")
    since = len(server.received)
    await taken.run(NS1, ["ip", "link", "set", "veth-ns1", "down"])
    await server.status("one", lambda s: PAIR_LINK in s.links and s.links[PAIR_LINK].ends == ("down", "up"), since=since)
    assert taken.keeper.closed.is_set()
    assert worker.reconciler.runner("one").report.run.state == "running"


async def test_a_lab_that_was_out_of_reach_when_the_worker_began_is_taken_over_where_it_is_wanted(server, worker, directory):
    left = await Lab.start("one", directory=directory, keep=True)
    assert (await server.run("one", 1, pair())).state == "running"
    assert running_lab(worker, "one").keeper.pid == left.keeper.pid
    assert await got(server, "one") == "reply"


@pytest.mark.parametrize("seconds", [10.0, 0.0])
async def test_of_a_lab_that_is_taken_over_so_late_it_is_said_that_it_runs(server, worker, directory, monkeypatch, seconds):
    """Not that a plan was begun which was not carried out."""
    monkeypatch.setattr(run_report, "BEGUN_AFTER", seconds)
    left = await Lab.start("one", directory=directory, keep=True)
    await left.set_record(Record.applied(desired("one", 1, pair())).encode())
    run = await server.run("one", 1, pair())
    assert (run.state, run.generation, run.plan) == ("running", 1, None)


async def test_a_lab_that_ends_by_itself_again_and_again_has_failed(server, worker):
    """Nothing of it is seen any more."""
    await server.watch("one")
    run = await server.run("one", 1, pair())
    await server.status("one", lambda status: PAIR_LINK in status.links)
    while run.state == "running":
        since = len(server.received)
        os.kill(running_lab(worker, "one").keeper.pid, signal.SIGKILL)
        run = await server.settled("one", 1, since=since)
    assert run.error.code == "lab-ended"
    await server.status("one", lambda status: status == LabStatus(), since=since)


async def test_a_lab_that_ends_while_a_change_that_failed_is_undone_is_built_again_as_it_was(server, worker, monkeypatch):
    apply = Lab.apply

    async def apply_and_end(lab, plan, progress, *, before):
        try:
            await apply(lab, plan, progress, before=before)
        except OperationError:
            os.kill(lab.keeper.pid, signal.SIGKILL)
            await lab.closed.wait()
            raise

    await server.run("one", 1, pair())
    agent = running_lab(worker, "one").keeper.pid
    await shell(worker, "one", HOST, "ip link add veth-n3-br type vxlan id 1 dstport 4789")
    monkeypatch.setattr(Lab, "apply", apply_and_end)
    run = await server.run("one", 2, star(5))
    assert (run.state, run.version, run.error.node, run.error.errno) == ("failed", 1, "n3", "EEXIST")
    assert running_lab(worker, "one").keeper.pid != agent
    assert await got(server, "one") == "reply"


async def test_a_change_that_needs_more_memory_than_a_lab_may_have_leaves_it_as_it_was(server, worker, monkeypatch):
    """The kernel kills the lab's agent, which makes its namespaces, or refuses it one (ENOMEM), as it likes."""
    monkeypatch.setattr(Lab, "start", partial(Lab.start, limits=Limits(memory=24 << 20)))
    await server.run("one", 1, pair())
    if not running_lab(worker, "one").keeper.limits["memory"].startswith("cgroup"):
        pytest.skip("Without cgroups a lab's memory is limited by each command")
    run = await server.run("one", 2, star(400))
    assert (run.state, run.version) == ("failed", 1)
    assert run.error.code == "lab-put-back" or run.error.errno == "ENOMEM", run.error
    assert await got(server, "one") == "reply"


async def test_two_labs_with_the_same_names_do_not_meet(server, worker):
    first, second = pair(), pair(second="192.168.1.3/24")
    await server.want(desired("one", 1, first), desired("two", 1, second))
    await server.settled("one", 1)
    await server.settled("two", 1)
    pings = [(lab, target) for lab in ("one", "two") for target in ("192.168.1.2", "192.168.1.3")]
    seen = await asyncio.gather(*(got(server, *ping) for ping in pings))
    assert seen == ["reply", "unreachable", "unreachable", "reply"]


@pytest.mark.parametrize(("watched", "a_second"), [(["one"], 10), ([], 1)], ids=["of a lab that is watched", "of another"])
async def test_progress_is_reported_so_often_and_no_more(server, worker, watched, a_second):
    began = time.monotonic()
    await server.watch(*watched)
    run = await server.run("one", 1, star(200))
    reports = [m.run for m in server.received if isinstance(m, Report) and m.run.state == "starting"]
    assert run.total > 1000
    assert [report.done for report in reports] == sorted(report.done for report in reports)
    assert len(watched) < len(reports) <= 1 + (time.monotonic() - began) * a_second
