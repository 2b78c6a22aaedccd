"""The status of a lab: of its run, and of what is in it. The same values from the worker to the page."""

from __future__ import annotations

from typing import Any, Literal

from labs.messages.base import Message

RunState = Literal["stopped", "waiting", "starting", "running", "applying", "stopping", "failed"]
LinkState = Literal["up", "down"]


DRIFT_SHOWN = 500
"""Operations: whoever does more by hand than anybody reads is told of the first."""


class PlanEntry(Message):
    """An operation as the page and `topoweb plan --json` show it."""

    n: int
    """From 1."""
    op: str
    """Its class: `AddNamespace`."""
    change: Literal["add", "remove", "change"]
    summary: str
    """English; the page says it in its own language from `op` and `params`."""
    params: dict[str, str]
    command: str
    """As iproute2, one command a line."""
    anew: Literal["peer", "kind"] | None = None
    """Why a link that is there is removed and made again: a veth cannot get another peer, no link can become one of another kind."""
    node: str | None = None
    """As links write it: `host1/ns1`."""
    interface: str | None = None
    """`veth-ns1`, in `node`."""
    cause: Literal["drawing", "drift"] = "drawing"
    """Of a plan for a running lab: what was drawn, or what was done by hand, which this undoes."""


class Stranger(Message):
    """What no drawing holds: a link of another kind, a veth whose other end is out of sight, an address of `lo`."""

    node: str
    """Where: as links write it, also one that is not drawn."""
    interface: str
    kind: str
    """The kernel's: `vxlan`."""
    address: str | None = None
    """Of `lo`."""


class NotAdopted(Message):
    """Something done by hand that a drawing cannot take as it is now."""

    entry: str
    """Its summary."""
    code: str
    """Of the problem that it would make in the drawing; `drift-unfit` where it works on what is not drawn, `drift-undrawable`
    where no drawing can hold it."""
    params: dict[str, str]
    message: str


class Reason(Message):
    """One of several things that are in the way, with what to do about it."""

    code: str
    params: dict[str, str] = {}
    message: str


class RunError(Message):
    """Why a run failed: what, where, what to do."""

    message: str
    code: str
    params: dict[str, str] = {}
    n: int | None = None
    """The operation's number in the plan."""
    op: str | None = None
    node: str | None = None
    interface: str | None = None
    errno: str | None = None
    kernel: str | None = None
    """The kernel's own words (extended ack)."""
    hint: str | None = None
    reasons: tuple[Reason, ...] = ()
    """All that is in the way, where a lab on the machine itself has no room there."""
    leftovers: tuple[PlanEntry, ...] = ()
    """What would bring the lab back to where it was, where that failed too: what it removes is left over, what it adds is lacking."""

    def __str__(self) -> str:
        """For people: what happened, what is left of it, what to do."""
        left = "; ".join(entry.summary for entry in self.leftovers)
        why = "\n".join(reason.message for reason in self.reasons) or self.message
        return ". ".join(filter(None, (why, left and f"Not undone: {left}", self.hint)))


class RunStatus(Message):
    state: RunState
    generation: int = 0
    version: int | None = None
    """The revision that runs or is being applied. Of a run that failed, a worker tells what is there, if anything; a page is told what
    failed."""
    done: int = 0
    total: int = 0
    """Operations applied, of how many."""
    plan: tuple[PlanEntry, ...] | None = None
    """The plan being applied, or applied last."""
    error: RunError | None = None
    """Why it failed; while it runs, what befell it."""
    since: float | None = None
    """When it came to this state, seconds since the epoch."""
    worker: str | None = None
    """Who has it, while he is connected; None while the lab waits for one."""


class LinkStatus(Message):
    """A link of the drawing. Its key is `A:if--B:if`, its ends in the order of the document."""

    state: LinkState
    ends: tuple[LinkState, LinkState]
    bps: tuple[int, int] = (0, 0)
    """Bits a second sent by each end."""


class Hop(Message):
    address: str | None
    """None: no answer."""
    rtt_ms: float | None = None
    node: str | None = None


class PingResult(Message):
    """One ping, or the last of a check. `got` is ping's: an errno on sending or an ICMP error is `unreachable`, silence is `timeout`."""

    source: str
    target: str
    got: Literal["reply", "unreachable", "timeout"]
    rtt_ms: float | None = None
    """Of a reply."""
    text: str
    """In ping's words: `Network is unreachable`, `From 10.0.0.1: Destination Host Unreachable`."""
    reporter: str | None = None
    """Who sent the ICMP error."""
    sent: int = 1
    received: int = 0


class TraceResult(Message):
    source: str
    target: str
    hops: tuple[Hop, ...]
    reached: bool
    error: str | None = None
    """Why it ended before the target, in ping's words: `Network is unreachable`, `Destination Host Unreachable`."""


class CheckResult(Message):
    """A check of the document, by its index there."""

    index: int
    ok: bool | None
    """None: still running."""
    ping: PingResult | None = None
    trace: TraceResult | None = None


class TerminalStatus(Message):
    """A terminal that is open in a lab."""

    key: str
    node: str
    """Where: as links write it, `host` for the host that is not drawn."""


class LabStatus(Message):
    """What is seen in a running lab. In a delta, only what changed."""

    links: dict[str, LinkStatus] = {}
    checks: dict[str, CheckResult] = {}
    """By the index in the document, as text."""
    addresses: dict[str, tuple[str, ...]] = {}
    """By interface (`host1/ns1:veth-ns1`): what it really has."""
    pings: dict[str, PingResult] = {}
    """What a person pings, by `source>target`."""
    terminals: tuple[TerminalStatus, ...] | None = None
    """All that are open. None: not known; in a delta, as before."""
    drift: tuple[PlanEntry, ...] | None = None
    """What was done by hand since the last apply, as operations; at most `DRIFT_SHOWN`. None: not known yet; in a delta, as before."""
    strangers: tuple[Stranger, ...] | None = None
    """What was made by hand besides, which operations cannot say; known with `drift`, and as many."""

    def updated(self, newer: LabStatus) -> LabStatus:
        """This status after the delta `newer`; of the pings, the last hundred."""
        pings = {key: ping for key, ping in self.pings.items() if key not in newer.pings} | newer.pings
        return LabStatus(
            links=self.links | newer.links,
            checks=self.checks | newer.checks,
            addresses=self.addresses | newer.addresses,
            pings=dict(list(pings.items())[-100:]),
            terminals=self.terminals if newer.terminals is None else newer.terminals,
            drift=self.drift if newer.drift is None else newer.drift,
            strangers=self.strangers if newer.strangers is None else newer.strangers,
        )


class Features(Message):
    """What the kernel of a worker can do, and what it cannot, with the reason."""

    available: tuple[str, ...] = ()
    missing: dict[str, str] = {}


JsonObject = dict[str, Any]
