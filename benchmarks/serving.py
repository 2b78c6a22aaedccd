"""A server to be measured, pages that look at it, and what its processes cost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.viewers import Seen
from tests.serving import PATIENCE, Server, serving_environment

_TICKS = os.sysconf("SC_CLK_TCK")
_WEB = """
import os, sys
from topoweb.cli.serve import listen
listener = listen("127.0.0.1", 0)
os.environ |= {"HOST": "127.0.0.1", "PORT": str(listener.getsockname()[1])}
from topoweb.serving.first_start import prepare
print(os.environ["PORT"], prepare(), flush=True)
os.set_inheritable(listener.fileno(), True)
os.execv(sys.executable, [sys.executable, "-m", "topoweb.serving.web", str(listener.fileno())])
"""


@contextmanager
def web_alone(state: Path) -> Iterator[Server]:
    """The web process without a worker: whoever measures plays that."""
    state.mkdir(parents=True, exist_ok=True)
    log = state / "server.log"
    with log.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "-c", _WEB], env=serving_environment(state), stdout=subprocess.PIPE, stderr=file, text=True
        )
    assert process.stdout
    try:
        port, path = process.stdout.readline().split()
        yield Server(f"http://127.0.0.1:{port}", f"http://127.0.0.1:{port}{path}", state, process, log)
    finally:
        process.terminate()
        process.wait(PATIENCE)
        process.stdout.close()


class Viewers:
    """Pages in processes of their own."""

    def __init__(self, url: str, cookie: str, labs: Sequence[str], processes: int = 1) -> None:
        self._processes = [
            subprocess.Popen(
                [sys.executable, "-m", "benchmarks.viewers", url, cookie, *labs[share::processes]],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for share in range(processes)
        ]
        for process in self._processes:
            assert process.stdout
            if process.stdout.readline() != "ready\n":
                raise RuntimeError("The pages could not be opened")

    def begin(self) -> None:
        """Forget what was seen until now."""
        for process in self._processes:
            assert process.stdin
            process.stdin.write("begin\n")
            process.stdin.flush()

    def close(self) -> Seen:
        """What all of them have seen since they were opened, or began."""
        seen = Seen()
        for process in self._processes:
            output, _ = process.communicate()
            theirs = json.loads(output)
            seen.messages += theirs["messages"]
            seen.unanswered += theirs["unanswered"]
            seen.latencies += theirs["latencies"]
            seen.links += map(tuple, theirs["links"])
            seen.runs += map(tuple, theirs["runs"])
        return seen


# Processes


@dataclass(frozen=True, slots=True)
class Process:
    pid: int
    parent: int
    name: str

    @property
    def cpu(self) -> float:
        """Seconds that it has worked."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    @property
    def private_memory(self) -> int:
        """Bytes that it shares with nobody."""
        lines = Path(f"/proc/{self.pid}/smaps_rollup").read_text().splitlines()
        return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(("Private_Clean", "Private_Dirty")))

    @property
    def command(self) -> str:
        return Path(f"/proc/{self.pid}/cmdline").read_text().replace("\0", " ")


def descendants(pid: int) -> list[Process]:
    """The processes that this one has started, and those that these have."""
    everybody = list(_processes())
    found, wanted = [], {pid}
    while wanted:
        children = [process for process in everybody if process.parent in wanted]
        found += children
        wanted = {process.pid for process in children}
    return found


def _processes() -> Iterator[Process]:
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = path.read_text().partition("(")[2].rpartition(")")
        except OSError:
            continue  # it has ended
        yield Process(int(path.parent.name), int(rest.split()[1]), name)


def web_and_worker(server: Server) -> tuple[Process, Process]:
    ours = descendants(server.process.pid)
    web = next(process for process in ours if "topoweb.serving.web" in process.command)
    worker = next(process for process in ours if " worker " in process.command)
    return web, worker


def until(holds: Callable[[], bool], patience: float = 120, pause: float = 0.05) -> None:
    deadline = time.monotonic() + patience
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(pause)
