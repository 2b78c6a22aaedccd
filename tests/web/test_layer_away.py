"""While Redis is away, or does not answer."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User

from labs.messages.status import RunStatus
from labs.models import Lab, Run, Worker
from labs.web.actions import labs, runs
from labs.web.live import hints

pytestmark = pytest.mark.django_db(transaction=True)
SILENCE = 0.4
"""Seconds after which a layer that does not answer is given up."""


@pytest.fixture
def hanging_redis(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One that takes connections, and never answers."""
    monkeypatch.setattr(hints, "PATIENCE", SILENCE)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        settings.REDIS_URL = f"redis://127.0.0.1:{listener.getsockname()[1]}/0"
        host = {"address": settings.REDIS_URL, "socket_timeout": 10}
        settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"hosts": [host]}}}
        yield


def test_many_reports_wait_but_once_for_redis(hanging_redis: None, owner: User, lab: Lab, caplog: pytest.LogCaptureFixture) -> None:
    worker = Worker.objects.create(name="w1", token_hash="")
    reports = {str(each.pk): RunStatus(state="running") for each in (lab, *(labs.copy_lab(owner, lab) for _ in range(4)))}
    Run.objects.update(worker=worker)
    caplog.clear()
    began = time.monotonic()
    assert runs.record_reports(worker, reports) == len(reports)
    assert time.monotonic() - began < 2 * SILENCE
    assert {run.state for run in Run.objects.all()} == {"running"}
    assert [(record.name, record.exc_info) for record in caplog.records] == [("labs.web.live.hints", None)]
