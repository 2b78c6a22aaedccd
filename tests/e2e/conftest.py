"""A real browser in front of the real server."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.e2e.lab_page import LabPage
from tests.serving import Server

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return browser_type_launch_args | {"executable_path": CHROMIUM, "args": FLAGS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    permissions = ["clipboard-read", "clipboard-write"]
    return browser_context_args | {"viewport": {"width": 1440, "height": 900}, "locale": "en-US", "permissions": permissions}


@pytest.fixture
def signed_in(server: Server, page: Page) -> Page:
    """A page of the owner's, at the list of labs."""
    page.goto(server.new_sign_in("owner"))
    return page


@pytest.fixture
def new_lab(signed_in: Page) -> LabPage:
    """An empty lab."""
    signed_in.get_by_role("button", name="New lab").click()
    return LabPage(signed_in).opened()


@pytest.fixture
def other_context(browser: Any, browser_context_args: dict[str, Any]) -> Any:
    """A second person's browser."""
    context: BrowserContext = browser.new_context(**browser_context_args)
    yield context
    context.close()
