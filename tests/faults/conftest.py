"""What tests of faults share. Each module makes its own `home`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.house import House, User
from tests.faults.labs import Labs
from tests.kernel.conftest import directory, lab

__all__ = ["directory", "lab", "labs", "user"]


@pytest.fixture(scope="module")
def user(home: House) -> User:
    return home.user("olga")


@pytest.fixture(scope="module")
def labs(user: User) -> Iterator[Labs]:
    labs = Labs(user)
    yield labs
    labs.stop()
