"""What all tests share: their order, and the real server for those that need one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from labs.kernel.features import NETEM, SANDBOX, find_features
from tests.rounds import choose
from tests.serving import Server, serving


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--faults", action="store_true", help="try what is random hundreds of times")


def pytest_configure(config: pytest.Config) -> None:
    choose(long=config.getoption("--faults"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The browser's tests last: Playwright's synchronous fixtures leave a loop running, and no asynchronous test can run after them.

    Two at a time (`make test`) too: files are handed out in this order."""
    items.sort(key=lambda item: "/e2e/" in str(item.path))


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The real `topoweb serve`, with its worker, on a free port and in a state directory of its own."""
    with serving(Path(tmp_path_factory.mktemp("state"))) as running:
        yield running


@pytest.fixture(scope="session")
def netem() -> None:
    """For tests of what only a kernel with netem can do."""
    missing = asyncio.run(find_features()).missing
    if reason := missing.get(SANDBOX) or missing.get(NETEM):
        pytest.skip(f"{reason} (make test-vm boots a kernel that has it)")
