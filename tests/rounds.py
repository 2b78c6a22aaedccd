"""How often what is random is tried: a little by default, long with `pytest --faults` (`make test-faults`)."""

from __future__ import annotations

import pytest

_long = False


def choose(*, long: bool) -> None:
    """Once, before tests are collected."""
    global _long
    _long = long


def rounds(short: int, full: int) -> int:
    return full if _long else short


def long_alone() -> pytest.MarkDecorator:
    """For what takes too long for `make test`, which has 20 minutes, however seldom it is tried."""
    return pytest.mark.skipif(not _long, reason="takes long: make test-faults")
