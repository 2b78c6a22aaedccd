from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from labs.kernel.lab import Lab, end_labs


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    """A sandbox without hosts."""
    lab = await Lab.start("test")
    yield lab
    await lab.end()


@pytest.fixture
async def directory(tmp_path: Path) -> AsyncIterator[Path]:
    """Where labs have their sockets; those that are left there are ended."""
    directory = tmp_path / "labs"
    directory.mkdir()
    yield directory
    await end_labs(directory)
