"""What the database knows of labs, as it is sent to pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from labs.messages.status import RunStatus
from labs.models import Lab, Run
from labs.web.permissions import Role, roles_in


@dataclass(frozen=True, slots=True)
class Known:
    version: int
    run: RunStatus
    roles: Mapping[int, Role]
    """Of owner and members, by user."""


def known_labs(labs: Iterable[str], before: Mapping[str, Known]) -> dict[str, Known]:
    """`before`: what was read last. Where a run goes on with its plan, that is not read again: it may be long, and labs many."""
    found = (
        Lab.objects.filter(pk__in=list(labs))
        .select_related("head", "run__worker", "run__revision")
        .defer("head__document", "run__revision__document", "run__plan")
    )
    roles = roles_in(found)
    runs = {str(lab.pk): _run_status(lab.run, None) for lab in found}
    same = {
        lab: run.model_copy(update={"plan": before[lab].run.plan})
        for lab, run in runs.items()
        if lab in before and _goes_on(run, before[lab].run)
    }
    runs |= same | _with_plans({lab: run for lab, run in runs.items() if lab not in same})
    return {str(lab.pk): Known(lab.head.number if lab.head else 0, runs[str(lab.pk)], roles[lab.pk]) for lab in found}


def _goes_on(run: RunStatus, before: RunStatus) -> bool:
    """Whether the plan is the same. A worker tells of another at the beginning of a generation, and where the state changes."""
    return (run.generation, run.state, run.since, run.total) == (before.generation, before.state, before.since, before.total)


def _with_plans(runs: Mapping[str, RunStatus]) -> dict[str, RunStatus]:
    plans = Run.objects.filter(lab__in=list(runs)).values_list("lab_id", "plan") if runs else ()
    return {str(lab): RunStatus.model_validate({**runs[str(lab)].model_dump(), "plan": plan}) for lab, plan in plans}


def run_status(run: Run) -> RunStatus:
    """A run as the messages say it. It was validated when it was written down."""
    return _run_status(run, run.plan)


def _run_status(run: Run, plan: list[dict[str, Any]] | None) -> RunStatus:
    return RunStatus.model_validate(
        {
            "state": run.state,
            "generation": run.generation,
            "version": run.revision.number if run.revision else None,
            "done": run.done,
            "total": run.total,
            "plan": plan,
            "error": run.error,
            "since": run.since.timestamp(),
            "worker": run.worker.name if run.worker and run.worker.connected else None,
        }
    )
