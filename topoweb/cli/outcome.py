"""What came of running a lab, as JSON and as a table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

from labs.document.schema import LabDocument, PingCheck, TraceCheck
from labs.messages.status import CheckResult
from topoweb.cli import output
from topoweb.cli.exits import AS_WISHED, NOT_AS_WISHED

if TYPE_CHECKING:
    from labs.kernel.lab import Completed


@dataclass(slots=True)
class Outcome:
    operations: int = 0
    applied: bool = False
    compile_seconds: float = 0.0
    apply_seconds: float = 0.0
    destroy_seconds: float = 0.0
    checks: list[CheckResult] = field(default_factory=list)
    executed: Completed | None = None
    """The command of `--exec`; its output is empty where it went straight to ours."""
    lab: str | None = None
    """The name of the lab that is left running."""
    errors: list[str] = field(default_factory=list)
    """Why it did not come to its end."""

    @property
    def exit_code(self) -> int:
        if self.errors or not self.applied or not all(check.ok for check in self.checks):
            return NOT_AS_WISHED
        return self.executed.code if self.executed else AS_WISHED


def as_json(document: LabDocument, outcome: Outcome) -> dict[str, Any]:
    seconds = {"compile": outcome.compile_seconds, "apply": outcome.apply_seconds, "destroy": outcome.destroy_seconds}
    result: dict[str, Any] = {
        "applied": outcome.applied,
        "operations": outcome.operations,
        "seconds": {name: round(value, 6) for name, value in seconds.items()},
        "checks": [_check_json(document, result) for result in outcome.checks],
        "exec": _exec_json(outcome.executed) if outcome.executed else None,
    }
    if outcome.lab:
        result["lab"] = outcome.lab
    if outcome.errors:
        result["errors"] = outcome.errors
    return result


def _check_json(document: LabDocument, result: CheckResult) -> dict[str, Any]:
    check = document.checks[result.index]
    if isinstance(check, PingCheck):
        what: dict[str, Any] = {"ping": str(check.ping), "expect": check.expect}
    else:
        what = {"trace": str(check.trace), "expect": _hops_expected(check)}
    return {"from": check.from_, **what, "got": _got(result), "rtt_ms": _rtt_ms(result), "ok": bool(result.ok)}


def _exec_json(completed: Completed) -> dict[str, Any]:
    return {
        "code": completed.code,
        "stdout": completed.stdout.decode(errors="replace"),
        "stderr": completed.stderr.decode(errors="replace"),
    }


def _hops_expected(check: TraceCheck) -> list[str]:
    return [str(hop) for hop in check.expect]


def _got(result: CheckResult) -> str | list[str] | None:
    """A ping's verdict, or the addresses of a trace's hops, `*` for a silent one."""
    if result.ping:
        return result.ping.got
    return [hop.address or "*" for hop in result.trace.hops] if result.trace else None


def _rtt_ms(result: CheckResult) -> float | None:
    """Of a ping's reply, or of the last hop of a trace."""
    if result.ping:
        return result.ping.rtt_ms
    return result.trace.hops[-1].rtt_ms if result.trace and result.trace.hops else None


def print_table(document: LabDocument, outcome: Outcome, stream: IO[str]) -> None:
    from rich.text import Text

    rows: list[tuple[str | Text, ...]] = []
    for result in outcome.checks:
        check = document.checks[result.index]
        what = f"ping {check.ping}" if isinstance(check, PingCheck) else f"trace {check.trace}"
        expected = check.expect if isinstance(check, PingCheck) else ", ".join(_hops_expected(check))
        rtt = _rtt_ms(result)
        verdict = Text("ok", "green") if result.ok else Text("not as expected", "bold red")
        rows.append((check.from_, what, expected, _got_in_words(result), "" if rtt is None else f"{rtt:.3f} ms", verdict))
    output.print_table(("From", "Check", "Expected", "Got", "RTT", ""), rows, stream)


def _got_in_words(result: CheckResult) -> str:
    if result.ping:
        return result.ping.got if result.ping.got == "reply" else f"{result.ping.got} ({result.ping.text})"
    if result.trace is None:
        return ""
    hops = ", ".join(hop.address or "*" for hop in result.trace.hops)
    return f"{hops} ({result.trace.error})".lstrip() if result.trace.error else hops
