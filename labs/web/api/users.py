"""Who asks, and of which lab."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.http import HttpRequest

from labs.models import Lab


def user_of(request: HttpRequest) -> User:
    """The user that the API's auth let in. Raises TypeError where a route was opened to all and asks nevertheless."""
    if not isinstance(request.user, User):
        raise TypeError("The route is open to all, and has no user.")
    return request.user


def lab_of(request: HttpRequest) -> Lab:
    """The lab of the route, to which the API's auth let the user through. Where he is to do more than see it, its head and its run are read
    when they are asked for: ObjectDoesNotExist where it was deleted meanwhile."""
    lab = getattr(request, "lab", None)
    if not isinstance(lab, Lab):
        raise TypeError("The route has no lab.")
    return lab
