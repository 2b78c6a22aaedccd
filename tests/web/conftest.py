"""Two users who know nothing of each other, and a lab of one of them."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from labs.document.dump import dump
from labs.document.layout import arrange
from labs.document.parse import parse
from labs.models import Lab
from labs.web.actions.labs import create_lab
from tests.web.documents import pair

Json = dict[str, Any]


class ApiClient(Client):
    """Sends and reads JSON; the CSRF check is on, and its token sent, as a page does."""

    def __init__(self) -> None:
        super().__init__(enforce_csrf_checks=True, raise_request_exception=False)

    def sign_in(self, user: User) -> ApiClient:
        self.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        self.csrf = self.get("/api/me").json()["csrf"]
        return self

    def send(self, method: str, path: str, body: object = None, **headers: str) -> Any:
        data = b"" if body is None else body if isinstance(body, bytes) else _json(body)
        token = {"X-CSRFToken": self.csrf} if hasattr(self, "csrf") else {}
        return self.generic(method, path, data, content_type="application/json", headers=token | headers)


def _json(body: object) -> bytes:
    import json

    return json.dumps(body).encode()


@pytest.fixture
def owner(db: None) -> User:
    return User.objects.create_user("olga")


@pytest.fixture
def stranger(db: None) -> User:
    return User.objects.create_user("mallory")


@pytest.fixture
def api(owner: User) -> ApiClient:
    """The owner's client."""
    return ApiClient().sign_in(owner)


@pytest.fixture
def strangers_api(stranger: User) -> ApiClient:
    return ApiClient().sign_in(stranger)


@pytest.fixture
def lab(owner: User) -> Lab:
    """The owner's lab: two namespaces and a cable."""
    return create_lab(owner, dump(arrange(parse(pair()))))
