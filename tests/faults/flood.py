"""A hundred pings a second inside a running lab, from a process of their own: whatever is killed or waited for meanwhile, they go on.

python -m tests.faults.flood SOCKET SOURCE TARGET

Visits the lab, prints "ready" once a ping was answered, then pings until its standard input ends, and prints what was lost, as JSON.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from itertools import count
from pathlib import Path

from labs.kernel.lab import Lab
from labs.messages.status import PingResult
from labs.network.state import Gateway, Netns

PAUSE = 0.01
PATIENCE = 20.0
"""Seconds after which a ping is lost: a loaded machine answers late."""
FIRST_PINGS = 20
"""A lab that has just been built need not answer the first."""


@dataclass(frozen=True, slots=True)
class Pings:
    sent: int
    lost: tuple[str, ...]
    """Each in ping's words, and what may explain it: the kernel throws packets away, of any lab, where a CPU has too many waiting."""


class Flood:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def end(self) -> Pings:
        """What came of them. Raises RuntimeError where the lab ended meanwhile."""
        output, _ = self._process.communicate()
        if self._process.returncode:
            raise RuntimeError("The lab that is pinged in has ended")
        counted = json.loads(output)
        return Pings(counted["sent"], tuple(counted["lost"]))


@contextmanager
def flood(socket: Path, source: str, target: str) -> Iterator[Flood]:
    """Ping from one namespace of a lab to an address, from the first answer on until it is told to end."""
    command = [sys.executable, "-m", "tests.faults.flood", str(socket), source, target]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            if process.stdout.readline() != "ready\n":
                raise RuntimeError(f"No ping from {source} to {target} is answered")
            yield Flood(process)
        finally:
            process.kill()


# The process itself


async def ping_without_end(lab: Lab, netns: Netns, address: Gateway) -> Pings:
    under_way: set[asyncio.Task[PingResult]] = set()
    lost: list[str] = []
    thrown_away = packets_thrown_away()

    def answered(task: asyncio.Task[PingResult]) -> None:
        under_way.discard(task)
        if task.result().got != "reply":
            lost.append(f"{task.result().text}; meanwhile this machine threw away {packets_thrown_away() - thrown_away} packets")

    ended = asyncio.ensure_future(asyncio.to_thread(sys.stdin.read))
    for sent in count():
        if ended.done() or lab.keeper.closed.is_set():
            break
        ping = asyncio.create_task(lab.prober.ping(netns, address, sequence=sent, timeout=PATIENCE))
        under_way.add(ping)
        ping.add_done_callback(answered)
        await asyncio.sleep(PAUSE)
    await asyncio.gather(*under_way)
    return Pings(sent, tuple(lost))


def packets_thrown_away() -> int:
    """By all CPUs, since the machine began: the second column (net/core/net-procfs.c), more than net.core.netdev_max_backlog."""
    return sum(int(line.split()[1], 16) for line in Path("/proc/net/softnet_stat").read_text().splitlines())


async def main(socket: str, source: str, target: str) -> None:
    lab = await Lab.visit(Path(socket))
    try:
        await lab.keeper.attach()
        netns, address = Netns("", source), ip_address(target)
        for _ in range(FIRST_PINGS):
            if (await lab.prober.ping(netns, address)).got == "reply":
                break
        else:
            raise SystemExit("Nothing answers")
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        pings = await ping_without_end(lab, netns, address)
        if lab.keeper.closed.is_set():
            raise SystemExit("The lab has ended")
    finally:
        lab.leave()
    sys.stdout.write(json.dumps({"sent": pings.sent, "lost": pings.lost}))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
