"""Hints over the channel layer: "something changed, look again". Any may be lost; whoever gets one reads the database."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction

from labs.messages.status import RunStatus
from labs.web.live.outages import layer_errors

logger = logging.getLogger(__name__)

ALL_WORKERS = "workers"
"""The consumers that hold workers' connections."""
ALL_HUBS = "hubs"
SHORT_PLAN = 100
"""Operations, at most, of a plan that a hint brings."""
PATIENCE = 2.0
"""Seconds for a layer that does not answer."""


def lab_group(lab: UUID | str) -> str:
    """Whose hubs have a page that watches the lab."""
    return f"lab.{lab}"


def worker_group(worker: int) -> str:
    """The consumer that holds the worker's connection."""
    return f"worker.{worker}"


@dataclass(frozen=True, slots=True)
class Hint:
    group: str
    message: dict[str, Any]


def lab_changed(lab: UUID | str, run: RunStatus | None = None) -> Hint:
    """The lab's head or run changed. `run`: what the run is now, for who cannot wait to read it; with a long plan it is left to be read."""
    told = run.model_dump_json() if run and len(run.plan or ()) <= SHORT_PLAN else None
    return Hint(lab_group(lab), {"type": "changed", "lab": str(lab), "run": told})


def desired_changed(worker: int) -> Hint:
    """What should be on a worker changed."""
    return Hint(worker_group(worker), {"type": "desired.changed"})


def send(*hints: Hint) -> None:
    """When the transaction is through: all that an action has to say together, since its thread waits for the layer."""
    if hints:  # robust: what was saved stays said to be saved
        transaction.on_commit(lambda: async_to_sync(_send)(hints), robust=True)


async def _send(hints: Iterable[Hint]) -> None:
    """The first that the layer does not take in time is the last that is tried."""
    layer = get_channel_layer()
    try:
        for hint in hints:
            async with asyncio.timeout(PATIENCE):
                await layer.group_send(hint.group, hint.message)
    except layer_errors() as error:
        logger.error("Redis cannot be told what changed, so it is seen later: %s", str(error) or "no answer")  # noqa: TRY400 - the trace says nothing more
