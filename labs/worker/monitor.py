"""A ping that goes on: one probe a second, its RTT and its loss.

A router sends a source few ICMP errors: of a ping a second that it cannot deliver it answers the first four, and then none as long as
they go on (ip_error and icmp_send both take a token a second, net/ipv4/route.c). So after an error the probes come more slowly, and
silence after an error counts as the same error.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from labs.kernel.errors import KernelError
from labs.kernel.probes import NO_REPLY, Prober
from labs.messages.status import PingResult
from labs.network.state import Gateway, Netns

INTERVAL = 1.0
"""Seconds between probes."""
INTERVAL_AFTER_ERROR = 5.0
"""Where a router answers with errors."""
WINDOW = 20
"""Probes that the loss is of."""
LATE = 1.5
"""Seconds after which a probe without an answer counts as lost, until one comes."""
FIRST_LATE = 3.5
"""The same where no probe was answered yet: the kernel looks for an absent neighbour for 3 seconds before it says so."""


@dataclass(slots=True)
class _Probe:
    sent_at: float
    result: PingResult | None = None


class Monitor:
    """Pings a target until it is stopped. `on_change` is called where the outcome becomes another, not for each RTT."""

    def __init__(self, prober: Prober, source: Netns, target: Gateway, on_change: Callable[[], None]) -> None:
        self._prober = prober
        self._source = source
        self._target = target
        self._on_change = on_change
        self._probes: deque[_Probe] = deque(maxlen=WINDOW)
        self._shown: str | None = None
        self._sequence = 0
        self._network_changed = False

    async def run(self, probes: int | None = None) -> None:
        """Send so many probes, or go on until cancelled."""
        async with asyncio.TaskGroup() as under_way:
            while probes is None or self._sequence < probes:
                self._sequence += 1
                self._network_changed = False
                under_way.create_task(self._probe(self._sequence))
                for _ in range(round(INTERVAL_AFTER_ERROR / INTERVAL)):
                    await asyncio.sleep(INTERVAL)
                    self._look()
                    if self._network_changed or self._last_error() is None:
                        break

    def note_change(self) -> None:
        """Something changed in the network: probe again soon."""
        self._network_changed = True

    async def _probe(self, sequence: int) -> None:
        probe = _Probe(asyncio.get_running_loop().time())
        self._probes.append(probe)
        try:
            probe.result = await self._prober.ping(self._source, self._target, sequence=sequence)
        except KernelError as error:
            probe.result = PingResult(source=str(self._source), target=str(self._target), got="unreachable", text=error.message)
        self._look()

    def _look(self) -> None:
        result = self.result()
        if result and result.got != self._shown:
            self._shown = result.got
            self._on_change()

    def result(self) -> PingResult | None:
        """The newest outcome, with how many of the last probes were sent and answered; None where there is none yet."""
        late = asyncio.get_running_loop().time() - (FIRST_LATE if self._shown is None else LATE)
        decided = [probe for probe in self._probes if probe.result or probe.sent_at < late]
        if not decided:
            return None
        newest = decided[-1].result
        if newest is None or newest.got == "timeout":
            newest = self._last_error() or self._silence()
        received = sum(1 for probe in decided if probe.result and probe.result.got == "reply")
        return newest.model_copy(update={"sent": len(decided), "received": received})

    def _last_error(self) -> PingResult | None:
        """The ICMP error that came last, if nothing else came since."""
        answers = (probe.result for probe in reversed(self._probes) if probe.result and probe.result.got != "timeout")
        last = next(answers, None)
        return last if last and last.reporter else None

    def _silence(self) -> PingResult:
        return PingResult(source=str(self._source), target=str(self._target), got="timeout", text=NO_REPLY)
