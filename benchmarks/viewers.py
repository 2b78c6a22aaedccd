"""Pages that watch labs, as a program of its own, so that what they cost is not counted as the server's.

    python -m benchmarks.viewers ADDRESS COOKIE LAB...

One page for each LAB named. Prints "ready" when every page has all of its lab, then reads its standard input to the end, and prints what
was seen since it was ready, or read a line, as JSON: `Seen`. A ping whose `rtt_ms` is a stamp
(CLOCK_MONOTONIC, in milliseconds; a fake worker sends such) gives a latency. `{"links": [[moment, "down"], …]}`: each time that a link of
a lab changed its state, in seconds.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from dataclasses import asdict, dataclass, field
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin

ACK_EVERY = 8
"""As frontend/src/live/socket.ts does it."""
# Not parsed as JSON: on two cores, what the pages take is missing to the server.
_HEAD = re.compile(r'\{"type":"(full|delta)","lab":"[^"]*","seq":([0-9]+)')
_STAMP = re.compile(r'"rtt_ms":([0-9.]+)')
_LINK = re.compile(r'"state":"(up|down)","ends"')


@dataclass
class Seen:
    messages: int = 0
    unanswered: int = 0
    """Pings that the messages tell of."""
    latencies: list[float] = field(default_factory=list)
    """Seconds."""
    links: list[tuple[float, str]] = field(default_factory=list)
    runs: list[tuple[float, str, int]] = field(default_factory=list)
    """Moment, state and generation."""


def note(seen: Seen, text: str) -> None:
    now = time.monotonic()
    seen.messages += 1
    seen.unanswered += text.count('"got":"timeout"') + text.count('"got":"unreachable"')
    stamps = [float(stamp) / 1000 for stamp in _STAMP.findall(text)]
    if stamps:
        seen.latencies.append(now - max(stamps))
    if '"run":null' not in text:
        run = json.loads(text)["run"]
        seen.runs.append((now, run["state"], run["generation"]))
    seen.links += [(now, state) for state in _LINK.findall(text)]


async def view(socket: ClientConnection, lab: str, seen: Seen, ready: asyncio.Event) -> None:
    await socket.send(json.dumps({"type": "watch", "lab": lab}))
    async for text in socket:
        if head := _HEAD.match(str(text)):
            note(seen, str(text))
            ready.set()
            seq = int(head[2])
            if seq % ACK_EVERY == 0 or head[1] == "full":
                await socket.send(json.dumps({"type": "ack", "lab": lab, "seq": seq}))


def begin(seen: Seen) -> None:
    seen.messages, seen.unanswered, seen.latencies, seen.links, seen.runs = 0, 0, [], [], []


def tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def main(address: str, cookie: str, labs: list[str]) -> None:
    seen, events, tasks = Seen(), [], []
    sockets = []
    for lab in labs:
        socket = await connect(
            address.replace("http", "ws") + "/ws/page",
            additional_headers={"Cookie": cookie},
            origin=Origin(address),
            compression=None,
            max_size=None,
        )
        sockets.append(socket)
        events.append(asyncio.Event())
        tasks.append(asyncio.create_task(view(socket, lab, seen, events[-1])))
    ready = asyncio.gather(*(event.wait() for event in events))
    either: list[asyncio.Future[Any]] = [ready, *tasks]
    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        if task.done():
            task.result()  # it ends only where something went wrong
    begin(seen)
    tell("ready")
    while await asyncio.to_thread(sys.stdin.readline):
        begin(seen)
    result = asdict(seen)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.gather(*(socket.close() for socket in sockets), return_exceptions=True)
    tell(json.dumps(result))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
