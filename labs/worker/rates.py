"""How many bits a second each link carries, from few readings: both ends of a veth pair are known from one."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from labs.kernel.counters import Counters, read_counters
from labs.kernel.netns import NetnsKeeper
from labs.kernel.watch import Watch
from labs.network.state import Interface, Netns
from labs.worker.drawing import DrawnLink


class _Meter(NamedTuple):
    key: str
    interface: Interface
    end: int
    """Which of the link's ends the interface is: what it sends is that end's, what it receives is the other's."""


class Rates:
    def __init__(self, keeper: NetnsKeeper, watch: Watch, links: Sequence[DrawnLink]) -> None:
        self._keeper = keeper
        self._watch = watch
        self._meters = _place_meters(links)
        self._before: dict[str, Counters] = {}
        self._read_at = 0.0

    def read(self) -> dict[str, tuple[int, int]]:
        """Bits a second sent by each end since the last reading, by the key of the link; nothing the first time."""
        now = time.monotonic()
        seconds, self._read_at = now - self._read_at, now
        before, self._before = self._before, {}
        rates = {}
        for netns, meters in self._meters.items():
            handle = self._keeper.handles.get(netns)
            counters = read_counters(handle) if handle else {}
            for meter in meters:
                link = self._watch.link(meter.interface)
                if link is None or link.index not in counters:
                    continue
                count = self._before[meter.key] = counters[link.index]
                if old := before.get(meter.key):
                    rates[meter.key] = _rate(old, count, seconds, meter.end)
        return rates


def _rate(old: Counters, new: Counters, seconds: float, end: int) -> tuple[int, int]:
    """A link that was made anew counts from zero again."""
    sent, received = _bps(new.sent - old.sent, seconds), _bps(new.received - old.received, seconds)
    return (sent, received) if end == 0 else (received, sent)


def _bps(count: int, seconds: float) -> int:
    """Of three digits, since no two seconds are of one length: what flows evenly is told once."""
    return int(float(f"{max(0, count) * 8 / seconds:.3g}"))


def _place_meters(links: Sequence[DrawnLink]) -> dict[Netns, list[_Meter]]:
    """At the end of each link that is in the namespace with more links: a star of any size is read in one place."""
    count = Counter(end.netns for link in links for end in link.ends if end)
    meters: defaultdict[Netns, list[_Meter]] = defaultdict(list)
    for link in links:
        ends = [(count[interface.netns], end, interface) for end, interface in enumerate(link.ends) if interface]
        if ends:
            _, end, interface = max(ends)
            meters[interface.netns].append(_Meter(link.key, interface, end))
    return dict(meters)
