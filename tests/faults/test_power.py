"""The power goes: whatever was acknowledged is on the disk."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.faults.power import Disk, mounts_of_our_own
from tests.faults.test_editing import KILLS, Kill, lost_by_kills, new_lab, revisions
from tests.faults.web_process import web_process
from tests.rounds import long_alone
from tests.serving import Session, serving_environment

can_mount = os.geteuid() == 0 and shutil.which("mkfs.ext4") is not None
pytestmark = [
    pytest.mark.kernel,
    long_alone(),
    pytest.mark.skipif(not can_mount, reason="only root can mount a disk, which is made by mkfs.ext4"),
]


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def disk(tmp_path: Path, state: Path) -> Iterator[Disk]:
    with mounts_of_our_own():
        disk = Disk(tmp_path / "disk", state)
        yield disk
        disk.unmount()


def test_the_first_start_outlives_a_power_cut(disk: Disk, state: Path) -> None:
    """Secrets, tables and owner: the link that was printed is good after."""
    prepare = "from topoweb.serving.first_start import prepare; print(prepare())"
    environment = serving_environment(state, DJANGO_SETTINGS_MODULE="topoweb.settings")
    link = subprocess.run([sys.executable, "-c", prepare], env=environment, capture_output=True, text=True, check=True, timeout=60).stdout
    disk.lose_power()
    disk.mount_again()
    with web_process(state) as web:
        owner = Session(web.server().url, link.strip())
        assert owner.get("/api/me").json()["user"]["name"] == "owner"


@pytest.mark.parametrize("kill", KILLS)
def test_what_was_acknowledged_outlives_a_power_cut(disk: Disk, state: Path, kill: Kill) -> None:
    with web_process(state, disk=disk) as web:
        assert lost_by_kills(web, kill) == 0


def test_a_power_cut_takes_what_was_not_flushed(disk: Disk, state: Path) -> None:
    """With less than Topoweb asks of SQLite, what was acknowledged just now is gone: so the cut is one."""
    unflushed = quote("PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;")
    with web_process(state, {"DATABASE_URL": f"sqlite:///{state / 'topoweb.sqlite3'}?init_command={unflushed}"}, disk=disk) as web:
        server = web.server()
        lab = new_lab(server.session("olga"))
        assert revisions(server, lab)
        web.kill()
        assert not revisions(server, lab)
