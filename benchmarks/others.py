"""The others: the same network built by a C program and by scripts, each in a sandbox of its own that leaves nothing behind."""

from __future__ import annotations

import subprocess
import time
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from benchmarks import networks

_FLOOR = Path(__file__).parent / "baselines" / "floor.c"
_PREPARE = "mount -t tmpfs tmpfs /run && mkdir /run/netns && ulimit -n $(ulimit -Hn) && echo ready && read -r && exec "
_directory = TemporaryDirectory(prefix="topoweb-benchmark-")


class Floor(NamedTuple):
    """Seconds, as the program itself measures them."""

    build: float
    dump: float
    """Of links, addresses and routes of every namespace."""


def scratch() -> Path:
    """A directory that goes with this process."""
    return Path(_directory.name)


@cache
def _floor_program() -> Path:
    program = scratch() / "floor"
    subprocess.run(["cc", "-O2", "-o", program, _FLOOR], check=True)
    return program


def floor(n: int, bridges: int = 1, rest: int = 0, way: str = "plain") -> Floor:
    """With a rest of so many seconds between building and listing; `way` as in `floor.c`."""
    return Floor(*map(float, _in_sandbox(f"{_floor_program()} {n} {bridges} {rest} {way}")[1].split()))


def ip_batch(n: int) -> float:
    return _script("\n".join(networks.batch(n)))


def textbook(n: int) -> float:
    return _script("\n".join(networks.textbook(n)))


def _script(text: str) -> float:
    path = scratch() / "script"
    path.write_text(text + "\n")
    return _in_sandbox(f"bash {path}")[0]


def _in_sandbox(command: str) -> tuple[float, str]:
    """Seconds from when the sandbox is ready to when the command has ended, and what it wrote."""
    inside = ["unshare", "-Urnm", "bash", "-c", _PREPARE + command]
    with subprocess.Popen(inside, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        process.stdout.readline()
        begin = time.perf_counter()
        written, _ = process.communicate("go\n")
        seconds = time.perf_counter() - begin
    if process.returncode:
        raise RuntimeError(f"{command} exited with {process.returncode}")
    return seconds, written
