from collections.abc import AsyncIterator

import pytest

from labs.kernel.lab import Lab


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    """A sandbox without hosts."""
    lab = await Lab.start("test")
    yield lab
    await lab.end()
