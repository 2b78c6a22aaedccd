"""Who asks."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.http import HttpRequest


def user_of(request: HttpRequest) -> User:
    """The user that the API's auth let in. Raises TypeError where a route was opened to all and asks nevertheless."""
    if not isinstance(request.user, User):
        raise TypeError("The route is open to all, and has no user.")
    return request.user
