"""Hints over the channel layer: "something changed, look again". Any may be lost; whoever gets one reads the database."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction

from labs.messages.status import RunStatus

ALL_WORKERS = "workers"
"""The consumers that hold workers' connections."""
ALL_HUBS = "hubs"


def lab_group(lab: UUID | str) -> str:
    """Whose hubs have a page that watches the lab."""
    return f"lab.{lab}"


def worker_group(worker: int) -> str:
    """The consumer that holds the worker's connection."""
    return f"worker.{worker}"


def lab_changed(lab: UUID | str, run: RunStatus | None = None) -> None:
    """The lab's head or run changed; sent when the transaction is through. `run`: what the run is now, for who cannot wait to read it.

    A plan, which may be long, is left to be read.
    """
    told = run.model_dump_json() if run and run.plan is None else None
    _on_commit(lab_group(lab), {"type": "changed", "lab": str(lab), "run": told})


def desired_changed(worker: int | None) -> None:
    """What should be on a worker changed. None: on any of them."""
    _on_commit(ALL_WORKERS if worker is None else worker_group(worker), {"type": "desired.changed"})


def _on_commit(group: str, message: dict[str, Any]) -> None:
    layer = get_channel_layer()
    # robust: a layer that is away is logged, and what was saved stays said to be saved
    transaction.on_commit(lambda: async_to_sync(layer.group_send)(group, message), robust=True)
