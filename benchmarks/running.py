"""Labs that run on a real server with a real worker: how soon they are there, what they cost, how soon a change is seen."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks import networks, others
from benchmarks.engine import settled
from benchmarks.results import Result, percentile
from benchmarks.serving import Process, Viewers, descendants, until, web_and_worker
from labs.kernel.executor import apply
from labs.kernel.lab import Lab
from labs.network.operations import SetDown, SetUp
from labs.network.state import Interface, Netns
from tests.serving import Server, Session, serving

LABS, NODES = 60, 20
VIEWERS = 100
SECONDS = 20.0
TOGGLES = 100


@contextmanager
def _server() -> Iterator[tuple[Server, Session]]:
    with tempfile.TemporaryDirectory(prefix="topoweb-benchmark-") as directory, serving(Path(directory)) as server:
        yield server, Session(server.url, server.sign_in)


def document(nodes: int, *, pinged: bool = False) -> dict[str, Any]:
    """A bridge with an address and namespaces on it, so many nodes in all; with `pinged`, each namespace is pinged by its neighbour."""
    star = networks.star(nodes - 1)
    data = star.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True)
    data["topoweb"] = 1
    addresses = [networks.address(i).partition("/")[0] for i in range(nodes - 1)]
    if pinged:
        data["checks"] = [{"from": f"ns{i}", "ping": addresses[i - 1], "expect": "reply"} for i in range(nodes - 1)]
    return data


def many_labs() -> Iterator[Result]:
    """Many labs, asked for at once; then all of them pinged and watched."""
    floor = settled(NODES * 10, lambda: sum(others.floor(NODES - 1).build for _ in range(5)) / 5)
    with _server() as (server, session):
        labs = make_labs(session, LABS, document(NODES, pinged=True))
        web, worker = web_and_worker(server)
        before = worker.private_memory
        seconds = run_all(session, labs, undisturbed=2 * LABS * floor)
        agents = [process for process in descendants(server.process.pid) if process.name == "topoweb-lab"]
        memory = (sum(agent.private_memory for agent in agents) + worker.private_memory - before) / len(labs)
        what = f"{LABS} labs of {NODES} nodes"
        yield Result(f"{what}, asked for at once: all running", seconds, "s", LABS * floor, seconds / (LABS * floor), "<= 2")
        yield Result(f"{what}: private memory of a lab", memory / 1e6, "MB", must="<= 15")
        yield from _watched(server, session, labs, (web, worker, *agents))


def _watched(server: Server, session: Session, labs: Sequence[str], processes: Sequence[Process]) -> Iterator[Result]:
    """`processes`: web, worker, and the labs' agents."""
    watched = [lab for _, lab in zip(range(VIEWERS), _again_and_again(labs), strict=False)]
    viewers = Viewers(server.url, session.cookie_header(), watched)
    time.sleep(30)  # until every monitor has as many pings as it keeps
    viewers.begin()
    cpu, memory, began = [process.cpu for process in processes], [process.private_memory for process in processes], time.monotonic()
    time.sleep(SECONDS)
    took = time.monotonic() - began
    used = [(process.cpu - before) / took for process, before in zip(processes, cpu, strict=True)]
    growth = sum(process.private_memory - before for process, before in zip(processes[:2], memory[:2], strict=True))
    seen = viewers.close()
    what = f"{len(labs)} labs of {NODES} nodes, each node pinged every second, {VIEWERS} viewers"
    yield Result(f"{what}: web, worker and agents", sum(used), "cores", must="< 0.5")
    yield Result(f"{what}: of that the worker", used[1], "cores")
    yield Result(f"{what}: of that the agents", sum(used[2:]), "cores")
    yield Result(f"{what}: messages to the viewers", seen.messages / took, "/s")
    yield Result(f"{what}: pings without an answer that they tell of", seen.unanswered, "", must="<= 0")
    yield Result(f"{what}: growth of web and worker in {SECONDS:.0f} s", growth / 1e6, "MB", must="< 8")


def link_down(viewers: int = 20) -> Iterator[Result]:
    """A link set down and up by hand in a lab, until each page's WebSocket has told it."""
    with _server() as (server, session):
        (lab,) = make_labs(session, 1, document(3))
        run_all(session, [lab])
        pages = Viewers(server.url, session.cookie_header(), [lab] * viewers)
        moments = asyncio.run(_toggle(server.state / "labs" / f"{lab}.sock"))
        seen = pages.close()
    late = [_delay(moment, [when for when, told in seen.links if told == state and when >= moment], viewers) for moment, state in moments]
    delays = [delay for each in late for delay in each]
    yield Result(f"a link set down in the lab, until {viewers} pages are told: p99", percentile(delays, 99), must="< 0.1")


def _delay(moment: float, told: Sequence[float], viewers: int) -> list[float]:
    """Of each page, the first that it was told afterwards."""
    return [when - moment for when in islice(sorted(told), viewers)]


async def _toggle(path: Path) -> list[tuple[float, str]]:
    """Each moment at which the kernel was asked to set the link, and to what."""
    moments = []
    link = Interface(Netns("", "ns0"), "veth-ns0")
    lab = await Lab.visit(path)
    try:
        await lab.keeper.attach()
        for _ in range(TOGGLES // 2):
            for state, operation in (("down", SetDown(link)), ("up", SetUp(link))):
                moments.append((time.monotonic(), state))
                await apply((operation,), lab.keeper)
                await asyncio.sleep(0.3)
    finally:
        lab.leave()
    return moments


def change(n: int, rounds: int = 10) -> Iterator[Result]:
    """One link more in a large lab that runs, from Apply to the page that has seen it done."""
    with _server() as (server, session):
        (lab,) = make_labs(session, 1, _with_spare(n))
        run_all(session, [lab])
        pages = Viewers(server.url, session.cookie_header(), [lab])
        begun = [_change(session, lab, number) for number in range(rounds)]
        seen = pages.close()
    delays = []
    for generation, moment in begun:
        done = [when for when, state, theirs in seen.runs if (state, theirs) == ("running", generation)]
        delays.append(min(done) - moment)
    yield Result(f"a link more in a lab of {n} namespaces, from Apply to done and seen", percentile(delays, 50), must="< 0.1")


def _with_spare(n: int) -> dict[str, Any]:
    """The last namespace has no link yet."""
    data = document(n + 1)
    data["nodes"].append({"name": "spare", "kind": "namespace"})
    return data


def _change(session: Session, lab: str, number: int) -> tuple[int, float]:
    """Add a link to the spare namespace, look at the plan as the page does, and apply it; the generation, and when Apply was pressed."""
    current = session.get(f"/api/labs/{lab}")
    data = current.json()["document"]
    data["links"].append({"ends": [f"spare:veth-spare{number}", f"br0:spare{number}-br"]})
    session.put(f"/api/labs/{lab}", json={"document": data}, headers={"If-Match": current.headers["ETag"]}).raise_for_status()
    session.get(f"/api/labs/{lab}/plan").raise_for_status()
    moment = time.monotonic()
    applied = session.post(f"/api/labs/{lab}/apply")
    applied.raise_for_status()
    generation = applied.json()["run"]["generation"]
    time.sleep(1)  # to ask whether it is done costs the server more than to do it
    until(lambda: _run(session, lab)["generation"] == generation and _run(session, lab)["state"] == "running")
    return generation, moment


# Helpers


def make_labs(session: Session, count: int, data: dict[str, Any]) -> list[str]:
    ids = []
    for number in range(count):
        made = session.post("/api/labs", json={"name": f"Lab {number}", "document": data})
        made.raise_for_status()
        ids.append(made.json()["id"])
    return ids


def run_all(session: Session, labs: Sequence[str], undisturbed: float = 0.0) -> float:
    """Ask for all of them at once; seconds until all run, as the server notes it: it is not asked for the seconds `undisturbed`, and seldom
    afterwards, since to answer costs it as much as to run a lab."""
    began = time.time()
    with ThreadPoolExecutor(8) as pool:
        for answer in pool.map(lambda lab: session.post(f"/api/labs/{lab}/run"), labs):
            answer.raise_for_status()
    time.sleep(max(0.0, began + undisturbed - time.time()))
    for lab in labs:
        until(partial(_runs, session, lab), pause=0.01 * len(labs))
    return max(_run(session, lab)["since"] for lab in labs) - began


def _runs(session: Session, lab: str) -> bool:
    return bool(_run(session, lab)["state"] == "running")


def _run(session: Session, lab: str) -> dict[str, Any]:
    run: dict[str, Any] = session.get(f"/api/labs/{lab}").json()["run"]
    return run


def _again_and_again(labs: Sequence[str]) -> Iterator[str]:
    while True:
        yield from labs
