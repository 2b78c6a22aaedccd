"""Traceroute: echo requests with growing TTLs, several under way at once.

Linux sends one ICMP error a second to each destination, after a burst of six (`icmp_ratelimit`, icmp(7)). So a traceroute starts with one
request, lets each answer open the way for two more, and passes a silent hop only after a pause.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable

from labs.kernel.echo import Answer
from labs.messages.status import Hop

MAX_HOPS = 30
WINDOW = 5
"""TTLs under way beyond the last hop that answered: a path with more silent hops in a row is not seen to its end."""
AHEAD = 2
"""TTLs asked at once beyond the last hop that answered."""
PACE = 0.2
"""Seconds until one more TTL is asked where nothing answers."""
DEADLINE = 4.9
"""Seconds for all of it; an absent neighbour is reported after 3."""
RETRY = 1.0
"""Seconds until a silent TTL is asked again."""
ATTEMPTS = 3


class Traceroute:
    """One traceroute. `request(ttl, timeout)` sends one echo request; see `EchoSocket.request`."""

    def __init__(self, request: Callable[[int, float], Awaitable[Answer | None]]) -> None:
        self._request = request
        self._loop = asyncio.get_running_loop()
        self._give_up = self._loop.time() + DEADLINE
        self._answers: dict[int, Answer] = {}
        self._attempts: dict[int, int] = {}
        self._due: dict[int, float] = {1: 0.0}
        self._under_way: dict[asyncio.Task[Answer | None], int] = {}
        self._end: int | None = None
        """The TTL at which the target or an error other than an expired TTL answered."""
        self.error: str | None = None
        """Why the target was not reached, in ping's words."""

    @property
    def reached(self) -> bool:
        return self._end is not None and self._answers[self._end].error is None

    def hops(self) -> tuple[Hop, ...]:
        """The hops up to the end, or to the last that answered; then one `Hop(None)` for all silence after it."""
        if self.error and self._end is None and not self._answers:
            return ()
        last = self._end or max(self._answers, default=0)
        hops = [self._hop(ttl) for ttl in range(1, last + 1)]
        if self._end is None and last < MAX_HOPS:
            hops.append(Hop(address=None))
        return tuple(hops)

    def _hop(self, ttl: int) -> Hop:
        answer = self._answers.get(ttl)
        return Hop(address=answer.source, rtt_ms=answer.rtt_ms) if answer else Hop(address=None)

    async def run(self) -> None:
        try:
            while self._wanted() and self._loop.time() < self._give_up:
                wake = self._send_due()
                if not self._under_way:
                    break
                done, _ = await asyncio.wait(self._under_way, timeout=wake - self._loop.time(), return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    self._note(self._under_way.pop(task), task)
        finally:
            await self._cancel()

    def _wanted(self) -> list[int]:
        """The TTLs that have not answered and matter."""
        if self.error and self._end is None:
            return []
        last = self._end or min(max(self._answers, default=0) + WINDOW, MAX_HOPS)
        return [ttl for ttl in range(1, last + 1) if ttl not in self._answers]

    def _send_due(self) -> float:
        """Ask the TTLs whose time it is; returns when to look again."""
        now = self._loop.time()
        wake = self._give_up
        for ttl in self._wanted():
            if self._attempts.get(ttl, 0) == ATTEMPTS:
                continue
            due = self._due.setdefault(ttl, now + PACE)
            if due <= now:
                self._attempts[ttl] = self._attempts.get(ttl, 0) + 1
                due = self._due[ttl] = now + RETRY
                self._under_way[self._loop.create_task(_result(self._request(ttl, self._give_up - now)))] = ttl
            wake = min(wake, due)
            if ttl not in self._attempts:
                break
        return wake

    def _note(self, ttl: int, task: asyncio.Task[Answer | None]) -> None:
        failure = task.exception()
        if isinstance(failure, OSError):
            self.error = self.error or os.strerror(failure.errno or 0)
            return
        answer = task.result()
        if answer is None:
            return
        self._answers.setdefault(ttl, answer)
        for ahead in range(ttl + 1, ttl + 1 + AHEAD):
            if ahead not in self._attempts:
                self._due[ahead] = self._loop.time()
        is_end = answer.error is None or not answer.error.time_exceeded
        if is_end and (self._end is None or ttl < self._end):
            self._end = ttl
            self._give_up = min(self._give_up, self._loop.time() + RETRY * 1.2)
            self.error = answer.error.text if answer.error else None

    async def _cancel(self) -> None:
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)


async def _result(request: Awaitable[Answer | None]) -> Answer | None:
    return await request
