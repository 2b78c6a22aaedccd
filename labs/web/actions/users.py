"""Users: many at once, and one for himself."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.db import transaction

from labs.web.roster import Line


def lock_user(user: User) -> None:
    """Before what is a user's is counted: whoever else is about to make it more waits until the transaction is through."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)


def create_users(lines: Sequence[Line]) -> list[User]:
    """Make the users of good lines; who is there already is left as he is. All of them, or none."""
    users = []
    for line in lines:
        user = line.user()
        user.password = make_password(line.password or None)  # slow by design: not while the database is locked
        users.append(user)
    with transaction.atomic():
        there = set(User.objects.filter(username__in=[user.username for user in users]).values_list("username", flat=True))
        made = [user for user in users if user.username not in there]
        for user in made:
            user.save(force_insert=True)
    return made
