"""Labs that the command line keeps, for tests."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from labs.kernel.lab import end_labs
from tests.cli.command import PAIR, topoweb

QUIET = PAIR.partition("checks:")[0]
PATIENCE = 60.0


@contextmanager
def keeping(directory: Path) -> Iterator[Path]:
    """Labs are kept in this directory, and all of them end with the block. No server has its state here."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TOPOWEB_LABS_DIR", str(directory / "labs"))
        environment.setenv("TOPOWEB_STATE_DIR", str(directory / "state"))
        yield directory / "labs"
    asyncio.run(end_labs(directory / "labs"))


def keep(text: str = QUIET, name: str = "pair") -> str:
    done = topoweb("run", "-", "--keep", "--name", name, text=text)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{name}\n", "")
    return name


def inside(lab: str, node: str, *command: str) -> str:
    done = topoweb("exec", lab, node, "--", *command)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout
