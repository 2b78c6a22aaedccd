"""A ping that goes on: one probe a second, its RTT and its loss.

A router sends a source few ICMP errors: of a ping a second that it cannot deliver it answers the first four, and then none as long as
they go on (ip_error and icmp_send both take a token a second, net/ipv4/route.c). So after an error the probes come more slowly, and
silence after an error counts as the same error.

There may be thousands. So none has a task or a timer of its own: who has several lets them all `tick` once a second.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from labs.kernel.echo import BUFFER_FULL, Answer
from labs.kernel.errors import KernelError
from labs.kernel.probes import PING_TIMEOUT, Prober, answered, not_sent, refused, silence
from labs.messages.status import PingResult
from labs.network.state import Gateway, Netns

TICKS_AFTER_ERROR = 5
"""From a probe to the next, where a router answers with errors."""
WINDOW = 20
"""Probes that the loss is of."""
LATE = 1.5
"""Seconds after which a probe without an answer counts as lost, until one comes."""
FIRST_LATE = 3.5
"""The same where no probe was answered yet: the kernel looks for an absent neighbour for 3 seconds before it says so."""

Got = Literal["reply", "unreachable", "timeout"]


def _nothing() -> None:
    pass


@dataclass(slots=True, eq=False)
class _Probe:
    sequence: int
    sent_at: float
    got: Got | None = None
    """None: nothing yet."""
    answer: Answer | None = None
    refusal: PingResult | None = None
    """What came in place of an answer: the kernel did not send it."""
    forget: Callable[[], None] = _nothing

    def take(self, answer: Answer) -> None:
        self.answer, self.got = answer, "unreachable" if answer.error else "reply"


class Monitor:
    """Pings a target at each tick, so many times, or until it is stopped. `on_change` is called where the outcome becomes another, not for
    each RTT."""

    def __init__(self, prober: Prober, source: Netns, target: Gateway, on_change: Callable[[], None], probes: int | None = None) -> None:
        self._prober = prober
        self._source = source
        self._target = target
        self._texts = str(source), str(target)
        self._on_change = on_change
        self._most = probes
        self._probes: deque[_Probe] = deque(maxlen=WINDOW)
        self._open: deque[_Probe] = deque()
        """Those that are waited for, the oldest first."""
        self._shown: Got | None = None
        self._sequence = 0
        self._rest = 0
        """Ticks to be let pass."""
        self._clock = asyncio.get_running_loop().time

    def tick(self) -> None:
        """Once a second."""
        self._give_up_old()
        self._look()
        if self._rest and self._last_error():
            self._rest -= 1
        elif self._most is None or self._sequence < self._most:
            self._send()

    @property
    def is_finished(self) -> bool:
        """All probes were sent, and answered or given up."""
        return self._sequence == self._most and not self._open

    def stop(self) -> None:
        while self._open:
            self._forget(self._open[0])

    def note_change(self) -> None:
        """Something changed in the network: probe again soon."""
        self._rest = 0

    # Probes

    def _send(self) -> None:
        self._sequence += 1
        self._rest = TICKS_AFTER_ERROR - 1
        probe = _Probe(self._sequence, self._clock())
        self._probes.append(probe)
        try:
            probe.forget = self._prober.begin(self._source, self._target, lambda answer: self._take(probe, answer))
            self._open.append(probe)
        except OSError as error:
            if error.errno in BUFFER_FULL:  # it was not sent, and counts for nothing
                self._probes.pop()
                self._sequence -= 1
                self._rest = 0
                return
            self._take_refusal(probe, refused(self._source, self._target, error))
        except KernelError as error:
            self._take_refusal(probe, not_sent(self._source, self._target, error.message))

    def _take(self, probe: _Probe, answer: Answer) -> None:
        probe.take(answer)
        self._forget(probe)
        self._look()

    def _take_refusal(self, probe: _Probe, refusal: PingResult) -> None:
        probe.refusal, probe.got = refusal, "unreachable"
        self._look()

    def _give_up_old(self) -> None:
        old = self._clock() - PING_TIMEOUT
        while self._open and self._open[0].sent_at < old:
            self._forget(self._open[0])

    def _forget(self, probe: _Probe) -> None:
        self._open.remove(probe)
        probe.forget()

    # What it is like

    def _look(self) -> None:
        got = self._outcome()
        if got and got != self._shown:
            self._shown = got
            self._on_change()

    def _outcome(self) -> Got | None:
        late = self._late()
        for probe in reversed(self._probes):
            if got := probe.got:
                return got
            if probe.sent_at < late:
                return "unreachable" if self._last_error() else "timeout"
        return None

    def result(self) -> PingResult | None:
        """The newest outcome, with how many of the last probes were sent and answered; None where there is none yet."""
        late = self._late()
        newest, sent, received = None, 0, 0
        for probe in self._probes:
            got = probe.got
            if got or probe.sent_at < late:
                newest = probe
                sent += 1
                received += got == "reply"
        if newest is None:
            return None
        return self._in_words(newest if newest.got else self._last_error() or newest, sent, received)

    def _in_words(self, probe: _Probe, sent: int, received: int) -> PingResult:
        if probe.answer:
            return answered(*self._texts, probe.sequence, probe.answer, sent=sent, received=received)
        return (probe.refusal or silence(self._source, self._target)).model_copy(update={"sent": sent, "received": received})

    def _late(self) -> float:
        """What was sent before then, and is not answered, is lost."""
        return self._clock() - (FIRST_LATE if self._shown is None else LATE)

    def _last_error(self) -> _Probe | None:
        """The probe whose answer was an ICMP error, if nothing else came since."""
        last = next((probe for probe in reversed(self._probes) if probe.got), None)
        return last if last and last.answer and last.answer.error else None
