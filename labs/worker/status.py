"""What is seen in a lab that somebody watches: link states at once, by events; rates, RTT and loss once a second. Only what changed."""

from __future__ import annotations

import asyncio
import logging
import zlib
from collections.abc import Awaitable, Callable, Collection
from contextlib import ExitStack
from functools import partial
from ipaddress import ip_address

from labs.document.schema import PingCheck
from labs.kernel.checks import Check, run_check, source_of, target_of
from labs.kernel.errors import LabGoneError
from labs.kernel.netconf import UNTOLD
from labs.kernel.netns import LANS
from labs.kernel.running import RunningLab
from labs.kernel.settle import settle
from labs.kernel.watch import SeenLink, Watch
from labs.messages.status import CheckResult, LabStatus, LinkState, LinkStatus, PingResult
from labs.network.state import Gateway, Interface, Netns
from labs.worker.drawing import Drawing, DrawnLink, name_hops_of
from labs.worker.drift import Drift, DriftWatch
from labs.worker.monitor import Monitor
from labs.worker.rates import Rates

logger = logging.getLogger(__name__)

TICK = 1.0
"""Seconds between readings of the counters."""
SLOTS = 10
"""Of a second. Labs of the same one are looked at in the same moment, and what they show goes in one frame."""
TRACE_AGAIN = 10.0
"""Seconds between traceroutes of a check."""
PERSONS_PROBES = 10
"""How often a ping that a person asks for is repeated."""

AGAIN = 2.0
"""Seconds after which what failed begins again."""

Work = Callable[[], Awaitable[None]]
Show = Callable[[LabStatus, bool], None]
"""Called with a status, and whether that is all of it."""


class Feed:
    """Tells what is seen in one lab that is to be as drawn, from `start` until `stop`. It opens `watch`; whoever gave it closes it."""

    def __init__(self, lab: RunningLab, watch: Watch, drawing: Drawing, show: Show) -> None:
        self._lab = lab
        self._watch = watch
        self._drawing = drawing
        self._show = show
        self._links: dict[str, LinkStatus] = {}
        self._addresses: dict[str, tuple[str, ...]] = {}
        self._checks: dict[str, CheckResult] = {}
        self._pings: dict[str, PingResult] = {}
        self._dirty: set[Interface] = set()
        self._unsent_checks: set[str] = set()
        self._unsent_pings: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._monitors: dict[str, Monitor] = {}
        self._drift: Drift | None = None
        self._drift_watch = DriftWatch(lab, drawing.state, self._take_drift)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._keep(self._run))

    async def stop(self) -> None:
        if self._task:
            await _end([self._task])
        self._stop_monitors()

    async def _run(self) -> None:
        await self._watch.open()
        self._show_all()
        try:
            with ExitStack() as listening:
                listening.callback(self._watch.listen(self._note))
                listening.callback(self._watch.listen_to_all(self._drift_watch.note_change))
                self._spawn(partial(self._lab.keeper.watch_sysctls, UNTOLD, self._drift_watch.note_change))
                self._spawn(self._drift_watch.run)
                self._spawn(self._follow_checks)
                await self._tick()
        finally:
            self._stop_monitors()
            await _end(self._tasks)

    def _stop_monitors(self) -> None:
        """Also those that a person asked for before there was anything to see."""
        while self._monitors:
            self._monitors.popitem()[1].stop()

    def _spawn(self, work: Work) -> None:
        task = asyncio.get_running_loop().create_task(self._keep(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _keep(self, work: Work) -> None:
        """Begin it again, after a pause, whenever it fails: a fault of one thing that is seen ends neither that nor the others for good."""
        while True:
            try:
                await work()
            except LabGoneError:
                return  # the runner sees it too
            except Exception:
                logger.exception("What is seen in lab %s could not be followed; trying again", self._lab.name)
            else:
                return
            await asyncio.sleep(AGAIN)

    # Links and addresses

    def _show_all(self) -> None:
        self._links = {link.key: _link_status(self._watch, link, self._links.get(link.key)) for link in self._drawing.links}
        self._addresses = {
            str(interface): texts
            for netns, link in self._watch.links()
            if self._is_shown(interface := Interface(netns, link.name)) and (texts := _texts(link))
        }
        seen = LabStatus(links=self._links, addresses=self._addresses, checks=self._checks, pings=self._pings)
        self._show(seen.updated(_drift_status(self._drift)) if self._drift else seen, True)

    def _is_shown(self, interface: Interface) -> bool:
        """Of the machine itself, no more than what is drawn: who may look at a lab need not know what else is there."""
        return interface.netns != LANS and (self._lab.target == "sandbox" or self._drawing.network.link(interface) is not None)

    def _note(self, interface: Interface | None) -> None:
        for monitor in self._monitors.values():
            monitor.note_change()
        if interface is None:
            self._show_all()
            return
        if not self._dirty:  # what changes at the same time is told in one message
            asyncio.get_running_loop().call_soon(self._flush)
        self._dirty.add(interface)

    def _flush(self) -> None:
        dirty, self._dirty = self._dirty, set()
        links, addresses = {}, {}
        for interface in dirty:
            for link in self._drawing.by_interface.get(interface, ()):
                status = _link_status(self._watch, link, self._links.get(link.key))
                if status != self._links.get(link.key):
                    links[link.key] = status
            seen = self._watch.link(interface)
            texts = _texts(seen) if seen else ()
            if self._is_shown(interface) and texts != self._addresses.get(str(interface), ()):
                addresses[str(interface)] = texts
        self._links |= links
        self._addresses |= addresses
        if links or addresses:
            self._show(LabStatus(links=links, addresses=addresses), False)

    def _take_drift(self, drift: Drift) -> None:
        self._drift = drift
        self._show(_drift_status(drift), False)

    # Once a second

    async def _tick(self) -> None:
        rates = Rates(self._lab.keeper, self._watch, self._drawing.links)
        while True:
            links = {}
            for key, bps in rates.read().items():
                if self._links[key].bps != bps:
                    links[key] = self._links[key] = self._links[key].model_copy(update={"bps": bps})
            self._tick_monitors()
            self._send(links)
            await asyncio.sleep(until_tick(self._lab.name, asyncio.get_running_loop().time()))

    def _tick_monitors(self) -> None:
        for key, monitor in list(self._monitors.items()):
            monitor.tick()
            self._take(key, monitor)
            if monitor.is_finished:
                del self._monitors[key]

    def _send(self, links: dict[str, LinkStatus]) -> None:
        checks = {key: self._checks[key] for key in self._unsent_checks}
        pings = {key: self._pings[key] for key in self._unsent_pings}
        self._unsent_checks.clear()
        self._unsent_pings.clear()
        if links or checks or pings:
            self._show(LabStatus(links=links, checks=checks, pings=pings), False)

    # Checks

    async def _follow_checks(self) -> None:
        checks = self._drawing.document.checks
        for index in range(len(checks)):
            self.take_check(CheckResult(index=index, ok=None))
        await settle(self._watch, ipv6=any(target_of(check).version == 6 for check in checks))
        for index, check in enumerate(checks):
            self._spawn(partial(self._follow_check, index, check))

    async def _follow_check(self, index: int, check: Check) -> None:
        source = source_of(self._drawing.topology, check)
        self.take_check(await run_check(self._lab.prober, index, check, source))
        if isinstance(check, PingCheck):
            self._monitor(str(index), source, check.ping)
            return
        while True:
            await asyncio.sleep(TRACE_AGAIN)
            self.take_check(await run_check(self._lab.prober, index, check, source))

    def take_check(self, result: CheckResult) -> None:
        """Show the result of a check, at once."""
        key = str(result.index)
        self._checks[key] = name_hops_of(result, self._drawing)
        self._unsent_checks.add(key)
        self._send({})

    # Pings

    def follow_ping(self, source: Netns, target: str) -> None:
        """Repeat a ping that a person asked for, and show its RTT and loss."""
        key = f"{source}>{target}"
        if key not in self._monitors:
            self._monitor(key, source, ip_address(target), PERSONS_PROBES)

    def _monitor(self, key: str, source: Netns, target: Gateway, probes: int | None = None) -> None:
        monitor = self._monitors[key] = Monitor(self._lab.prober, source, target, lambda: self._take_now(key), probes)
        monitor.tick()

    def _take_now(self, key: str) -> None:
        if key in self._monitors:
            self._take(key, self._monitors[key])
            self._send({})

    def _take(self, key: str, monitor: Monitor) -> None:
        """Note what a monitor says, where it is new."""
        ping = monitor.result()
        if ping is None:
            return
        if not key.isdecimal():
            if ping != self._pings.get(key):
                self._pings[key] = ping
                self._unsent_pings.add(key)
            return
        check = self._drawing.document.checks[int(key)]
        assert isinstance(check, PingCheck)  # only these are monitored
        before = self._checks.get(key)
        if before is None or before.ping != ping:
            self._checks[key] = CheckResult(index=int(key), ok=ping.got == check.expect, ping=ping)
            self._unsent_checks.add(key)


def until_tick(lab: str, now: float) -> float:
    """Seconds until the next moment of the lab's slot, but for one that is nearer than half a TICK."""
    slot = zlib.crc32(lab.encode()) % SLOTS / SLOTS
    return TICK / 2 + (slot - now - TICK / 2) % TICK


async def _end(tasks: Collection[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _drift_status(drift: Drift) -> LabStatus:
    return LabStatus(drift=drift.entries, strangers=drift.strangers)


def _link_status(watch: Watch, link: DrawnLink, before: LinkStatus | None) -> LinkStatus:
    a, b = (_end_state(watch, end) for end in link.ends)
    return LinkStatus(state="up" if a == b == "up" else "down", ends=(a, b), bps=before.bps if before else (0, 0))


def _end_state(watch: Watch, interface: Interface | None) -> LinkState:
    """A LAN's port is always up."""
    if interface is None:
        return "up"
    seen = watch.link(interface)
    return "up" if seen and seen.up else "down"


def _texts(link: SeenLink) -> tuple[str, ...]:
    """The addresses that a person would give it: not those that every link has."""
    ours = [address for address in link.addresses if not (address.ip.is_loopback or (address.version == 6 and address.is_link_local))]
    return tuple(map(str, sorted(ours, key=lambda address: (address.version, address.ip.packed, address.network.prefixlen))))
