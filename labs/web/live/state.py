"""What the database knows of labs, as it is sent to pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from labs.messages.status import RunStatus
from labs.models import Lab, Run
from labs.web.permissions import Role, roles_in


@dataclass(frozen=True, slots=True)
class Known:
    version: int
    run: RunStatus
    roles: Mapping[int, Role]
    """Of owner and members, by user."""


def known_labs(labs: Iterable[str]) -> dict[str, Known]:
    found = (
        Lab.objects.filter(pk__in=list(labs))
        .select_related("head", "run__worker", "run__revision")
        .defer("head__document", "run__revision__document")
    )
    roles = roles_in(found)
    return {str(lab.pk): Known(lab.head.number if lab.head else 0, run_status(lab.run), roles[lab.pk]) for lab in found}


def run_status(run: Run) -> RunStatus:
    """A run as the messages say it. It was validated when it was written down."""
    return RunStatus.model_validate(
        {
            "state": run.state,
            "generation": run.generation,
            "version": run.revision.number if run.revision else None,
            "done": run.done,
            "total": run.total,
            "plan": run.plan,
            "error": run.error,
            "since": run.since.timestamp(),
            "worker": run.worker.name if run.worker and run.worker.connected else None,
        }
    )
