"""Whether memory stays flat: labs started and stopped a great many times, and a day's worth of status messages."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.fan_out import PlayedWorker, running_labs
from benchmarks.results import Result
from benchmarks.running import document, make_labs, run_all
from benchmarks.serving import Process, Viewers, descendants, until, web_alone, web_and_worker
from tests.serving import Server, Session, serving

ROUNDS, AT_ONCE = 2_000, 8
A_DAY = 24 * 60 * 60
"""Status messages of a lab that is watched for a day, one a second."""
WARM = 0.25
"""The share of the rounds after which everything is loaded and every cache is full."""
VISITS = 2
"""After which the same is so: when the pages of the second come, what those of the first left may not have been freed yet."""


def endurance() -> Iterator[Result]:
    yield from _starts_and_stops()
    yield from _status()


def _starts_and_stops() -> Iterator[Result]:
    with tempfile.TemporaryDirectory(prefix="topoweb-benchmark-") as directory, serving(Path(directory)) as server:
        session = Session(server.url, server.sign_in)
        labs = make_labs(session, AT_ONCE, document(4))
        start_and_stop(session, labs, int(ROUNDS * WARM))
        web, worker = web_and_worker(server)
        (fork_server,) = [process for process in descendants(worker.pid) if process.name == "topoweb-fork"]
        processes = {"web": web, "worker": worker, "fork server": fork_server}
        before = {name: process.private_memory for name, process in processes.items()}
        start_and_stop(session, labs, int(ROUNDS * (1 - WARM)))
        for name, process in processes.items():
            yield _growth(f"{ROUNDS:,} labs started and stopped: growth of the {name}", process, before[name])


def start_and_stop(session: Session, labs: Sequence[str], rounds: int) -> None:
    """All of the labs at once, until so many have been started and stopped."""
    for _ in range(rounds // len(labs)):
        run_all(session, labs)
        with ThreadPoolExecutor(len(labs)) as pool:
            list(pool.map(lambda lab: session.post(f"/api/labs/{lab}/stop").raise_for_status(), labs))
        until(lambda: all(lab["state"] == "stopped" for lab in session.get("/api/labs").json()))


def _status() -> Iterator[Result]:
    """As many messages as a page gets in a day, through the web process as fast as it takes them."""
    with tempfile.TemporaryDirectory(prefix="topoweb-benchmark-") as directory, web_alone(Path(directory)) as server:
        session = Session(server.url, server.sign_in)
        labs = running_labs(session)
        web = Process(server.process.pid, 0, "web")
        with PlayedWorker(server, labs):
            for _ in range(VISITS):
                _visit(server, session, labs)
            before = web.private_memory
            _look(server, session, labs, A_DAY)
            yield _growth(f"{A_DAY:,} status messages to pages: growth of the web process", web, before)


def _look(server: Server, session: Session, labs: Sequence[str], messages: int) -> None:
    """Visits, until the pages were told so much."""
    while messages > 0:
        messages -= _visit(server, session, labs)


def _visit(server: Server, session: Session, labs: Sequence[str]) -> int:
    """Ten pages for each lab, which come and go again; how much they were told."""
    viewers = Viewers(server.url, session.cookie_header(), [lab for lab in labs for _ in range(10)])
    time.sleep(10)
    return viewers.close().messages


def _growth(name: str, process: Process, before: int) -> Result:
    return Result(name, (process.private_memory - before) / 1e6, "MB", must="< 8")
