"""The others: the same star built by a C program and by scripts, each in a sandbox of its own that leaves nothing behind."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from benchmarks import star

_FLOOR = Path(__file__).parent / "baselines" / "floor.c"
_PREPARE = "mount -t tmpfs tmpfs /run && mkdir /run/netns && ulimit -n $(ulimit -Hn) && echo ready && read -r && exec "


def compile_floor(directory: Path) -> Path:
    program = directory / "floor"
    subprocess.run(["cc", "-O2", "-o", program, _FLOOR], check=True)
    return program


def floor(program: Path, n: int) -> float:
    """Seconds as the program itself measures them."""
    return float(_in_sandbox(f"{program} {n}")[1])


def ip_batch(directory: Path, n: int) -> float:
    return _script(directory / "batch", "\n".join(star.batch(n)))


def textbook(directory: Path, n: int) -> float:
    return _script(directory / "textbook", "\n".join(star.textbook(n)))


def _script(path: Path, text: str) -> float:
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
