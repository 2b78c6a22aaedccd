"""Workers come and go; what each should have is read from the database anew every time."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from labs.messages.status import Features
from labs.messages.worker import DesiredLab
from labs.models import Run, Worker
from labs.web.actions.placement import can_take
from labs.web.live import hints


@transaction.atomic
def register_worker(name: str, token: str) -> Worker:
    """Make a worker known by its token, or give it a new one."""
    worker, _ = Worker.objects.update_or_create(name=name, defaults={"token_hash": Worker.hash_token(token)})
    return worker


@transaction.atomic
def worker_connected(worker: Worker, machine: str, features: Features) -> None:
    """Note what a worker can do, and give it the labs that wait for one."""
    worker.machine = machine[:200]
    worker.features = features.model_dump(mode="json")
    worker.last_seen = timezone.now()
    worker.save(update_fields=["machine", "features", "last_seen"])
    _take_waiting(worker)


@transaction.atomic
def worker_seen(worker: Worker) -> None:
    """Note that a worker is still there. It too is given what waits: a lab may have been asked for when it seemed away."""
    Worker.objects.filter(pk=worker.pk).update(last_seen=timezone.now())
    _take_waiting(worker)


def _take_waiting(worker: Worker) -> None:
    waiting = Run.objects.filter(wanted=True, worker=None, revision__isnull=False).select_related("revision")
    labs = [run.lab_id for run in waiting if run.revision and can_take(worker, run.revision)]
    Run.objects.filter(lab__in=labs, wanted=True, worker=None).update(worker=worker)
    _tell(labs)


@transaction.atomic
def worker_gone(worker: Worker) -> None:
    """Its connection ended. Its labs may well go on: their state stays as it was last reported."""
    Worker.objects.filter(pk=worker.pk).update(last_seen=None)
    _tell(Run.objects.filter(worker=worker).values_list("lab_id", flat=True))


class Told(NamedTuple):
    """What a worker is told of a lab, without the document, and so cheap to compare."""

    lab: str
    generation: int
    running: bool
    version: int
    failed: bool

    @classmethod
    def of(cls, desired: DesiredLab) -> Told:
        return cls(desired.lab, desired.generation, desired.running, desired.version, desired.failed)


Digest = frozenset[Told]
"""Of what should be on a worker."""


def desired(worker: Worker, told: Digest | None) -> tuple[tuple[DesiredLab, ...], Digest] | None:
    """What a worker should have or should take down, as far as it was not told yet, and what of that it was told still holds.

    None where all of it does.
    """
    runs = Run.objects.filter(worker=worker, revision__isnull=False).select_related("revision", "applied")
    digest = frozenset(map(_to_tell, runs.only("generation", "wanted", "state", "revision__number", "applied__number")))
    if digest == told:
        return None
    same = digest & (told or frozenset())
    return desired_labs(worker, [told.lab for told in digest - same]), same


def _to_tell(run: Run) -> Told:
    revision = run.standing or run.revision
    return Told(str(run.lab_id), run.generation, run.wanted, revision.number if revision else 0, run.standing is None)


def desired_labs(worker: Worker, labs: Collection[str]) -> tuple[DesiredLab, ...]:
    """Of these labs, those that a worker should have or should take down."""
    theirs = Run.objects.filter(worker=worker, lab__in=map(UUID, labs), revision__isnull=False)
    return tuple(
        DesiredLab(
            lab=str(run.lab_id),
            generation=run.generation,
            version=revision.number,
            running=run.wanted,
            failed=run.standing is None,
            ran=run.state in ("running", "applying", "failed"),
            document=revision.document,
        )
        for run in theirs.select_related("revision").order_by("since", "lab_id")
        if (revision := run.standing or run.revision)
    )


def _tell(labs: Iterable[UUID]) -> None:
    hints.send(*map(hints.lab_changed, labs))
