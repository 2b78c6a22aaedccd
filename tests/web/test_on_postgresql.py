"""Tests of what the database decides again, on PostgreSQL: locks, limits, constraints, JSON, and what threads see of one another."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.backends import Postgres, backend

AGAIN = ("test_at_once.py", "test_labs_api.py", "test_sharing_api.py", "test_roster.py", "test_document_field.py")
HERE = Path(__file__).parent


def test_on_postgresql() -> None:
    """On a database that the migrations make. It goes with its server: nobody need take it apart."""
    with backend(Postgres) as postgres:
        completed = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:xdist", "--reuse-db", *(str(HERE / name) for name in AGAIN)],
            cwd=HERE.parents[1],
            env=_environment() | {"DATABASE_URL": postgres.url},
            capture_output=True,
            text=True,
            check=False,
        )
    assert completed.returncode == 0, completed.stdout + completed.stderr
    assert "skipped" not in completed.stdout


def _environment() -> dict[str, str]:
    """Without what pytest and its plugins tell their own children."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
