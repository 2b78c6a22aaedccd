"""The checks of a document: pings and traceroutes with what they are expected to show, run side by side in a running lab."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from labs.document.schema import LabDocument, PingCheck, TraceCheck
from labs.document.topology import Topology
from labs.kernel.netns import NetnsKeeper
from labs.kernel.probes import NamespaceGoneError, Prober, not_sent, not_traced, silence
from labs.kernel.settle import Unsettled, settle
from labs.kernel.watch import Watch
from labs.messages.status import CheckResult, PingResult, TraceResult
from labs.network.state import Gateway, Netns

WINDOW = 4.9
"""Seconds in which a check gives its verdict."""
INTERVAL = 1.0
"""Seconds between its probes."""

OnResult = Callable[[CheckResult], None]
OnWait = Callable[[Unsettled], None]
Check = PingCheck | TraceCheck


class Probed(Protocol):
    """A network that is there: a lab's."""

    @property
    def keeper(self) -> NetnsKeeper: ...

    @property
    def prober(self) -> Prober: ...


async def run_checks(
    lab: Probed, document: LabDocument, on_result: OnResult | None = None, on_wait: OnWait | None = None
) -> list[CheckResult]:
    """Run all checks of a document in the lab that was built from it, once its network has settled.

    `on_result` is told each result as it comes, `on_wait` what the network still waits for. The results are in the document's order.
    """
    if not document.checks:
        return []
    async with Watch(lab.keeper) as watch:
        await settle(watch, ipv6=any(target_of(check).version == 6 for check in document.checks), on_wait=on_wait)
    topology = Topology(document)

    async def run(index: int, check: Check) -> CheckResult:
        result = await run_check(lab.prober, index, check, source_of(topology, check))
        if on_result:
            on_result(result)
        return result

    return list(await asyncio.gather(*(run(index, check) for index, check in enumerate(document.checks))))


def target_of(check: Check) -> Gateway:
    return check.ping if isinstance(check, PingCheck) else check.trace


def source_of(topology: Topology, check: Check) -> Netns:
    """The namespace that a check starts in. Raises KeyError where the document has none: a problem, not to be run."""
    netns = topology.netns(check.from_)
    if netns is None:
        raise KeyError(check.from_)
    return netns


async def run_check(prober: Prober, index: int, check: Check, source: Netns) -> CheckResult:
    """Run one check; a namespace that has gone is a failed check, not an error."""
    try:
        if isinstance(check, TraceCheck):
            trace = await prober.trace(source, check.trace)
            return CheckResult(index=index, ok=trace_shows(trace) == expected_hops(check), trace=trace)
        ping = await ping_for_verdict(prober, source, check.ping, check.expect)
        return CheckResult(index=index, ok=ping.got == check.expect, ping=ping)
    except NamespaceGoneError as gone:
        if isinstance(check, TraceCheck):
            return CheckResult(index=index, ok=False, trace=not_traced(source, check.trace, gone.message))
        return CheckResult(index=index, ok=False, ping=not_sent(source, check.ping, gone.message))


def trace_shows(trace: TraceResult) -> list[str]:
    """The hops as a check's `expect` lists them: addresses, and `*` for a silent one."""
    return [hop.address or "*" for hop in trace.hops]


def expected_hops(check: TraceCheck) -> list[str]:
    return [str(hop) for hop in check.expect]


async def ping_for_verdict(prober: Prober, source: Netns, target: Gateway, expect: str) -> PingResult:
    """One probe a second, until a verdict: the first reply, else the first error, else timeout.

    An error ends it only where one is expected: where a reply is, waiting may still bring it.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + WINDOW
    due = loop.time()
    sent = 0
    first_error: PingResult | None = None
    under_way: set[asyncio.Task[PingResult]] = set()
    try:
        while (now := loop.time()) < end:
            if due <= now:
                sent += 1
                under_way.add(loop.create_task(prober.ping(source, target, sequence=sent, timeout=end - now)))
                due += INTERVAL
            for result in await _next_results(under_way, min(due, end) - now):
                if result.got == "reply":
                    return result.model_copy(update={"sent": sent})
                if result.got == "unreachable" and first_error is None:
                    first_error = result
            if first_error and expect == "unreachable":
                break
    finally:
        for task in under_way:
            task.cancel()
    return (first_error or silence(source, target)).model_copy(update={"sent": sent})


async def _next_results(under_way: set[asyncio.Task[PingResult]], timeout: float) -> list[PingResult]:  # noqa: ASYNC109 - it ends one wait, not the call
    """What has come by the first result or the timeout, in seconds; takes it out of `under_way`."""
    if not under_way:
        await asyncio.sleep(timeout)
        return []
    done, _ = await asyncio.wait(under_way, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
    under_way -= done
    return [task.result() for task in done]
