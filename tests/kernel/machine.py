"""What a test can see of the machine that labs run on."""

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path


def snapshot() -> dict[str, object]:
    """What must be the same after a lab as before."""
    return {
        "namespaces": subprocess.run(["ip", "netns", "list"], capture_output=True, check=True).stdout,
        "mounts": Path("/proc/self/mountinfo").read_text(),
        "links": sorted(entry.name for entry in Path("/sys/class/net").iterdir()),
        "sysctls": {str(path): _read(path) for path in sorted(Path("/proc/sys/net").rglob("*")) if path.is_file()},
        "hostname": os.uname().nodename,
        "files": sorted(path.name for directory in ("/", "/run") for path in Path(directory).iterdir()),
    }


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        return str(error.errno).encode()


def processes_of(agent: int) -> set[int]:
    """The process ids, as the machine sees them, of a lab's processes: its agent's and its descendants'."""
    found, unseen = set(), [agent]
    while unseen:
        pid = unseen.pop()
        try:
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        except OSError:
            continue
        found.add(pid)
        unseen += map(int, children.split())
    return found


def command_of(pid: int) -> str:
    """The command line of a process; of one that has ended, nothing."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ").strip()
    except OSError:
        return ""


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def user_id(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("Uid:")).split()[1])


def wait_until(condition: Callable[[], bool], seconds: float = 5.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True
