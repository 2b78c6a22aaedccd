"""What must be there before anything is served: the database's tables, the worker's token, the owner. All of it is made once."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from topoweb.statedir import secret, state_dir

if TYPE_CHECKING:
    from django.db import DatabaseError

_ROOM = 1 << 20
"""Bytes: with fewer, a disk is as good as full. SQLite may call that an I/O error."""
_LOCK = 0x746F706F
"""A number that nobody else locks in this database."""


class CannotServeError(Exception):
    """What must be there cannot be made or read: why, and what to do, in one line. The next start goes on from there."""


def prepare() -> str:
    """Make what is missing; returns the path of a link that signs the owner in, once. Raises CannotServeError."""
    from django.db import DatabaseError

    try:
        return _prepare()
    except OSError as error:
        raise CannotServeError(_about_file(error)) from error
    except DatabaseError as error:
        if (said := _about_database(error)) is None:
            raise
        raise CannotServeError(said) from error


def _prepare() -> str:
    os.environ["TOPOWEB_STATE_DIR"] = str(state_dir())
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "topoweb.settings")
    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    with _alone():
        call_command("migrate", verbosity=0, interactive=False)
        from labs.web.accounts import ensure_owner, sign_in_path
        from labs.web.actions.workers import register_worker

        register_worker(settings.WORKER_NAME, secret(settings.WORKER_TOKEN_FILE))
        return sign_in_path(ensure_owner())


@contextmanager
def _alone() -> Iterator[None]:
    """Of several that start at once on one PostgreSQL, the others wait: they would make the same tables. SQLite is one machine's."""
    from django.db import connection

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = 0")  # to make the tables may take long
            cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
    try:
        yield
    finally:
        connection.close()  # and the lock goes with it


def _about_file(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return f"{error.filename} belongs to another user. Serve as that user, or set TOPOWEB_STATE_DIR to a directory of yours."
    where = error.filename or os.environ["TOPOWEB_STATE_DIR"]  # to write says no name
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"Nothing can be written to {where}: {error.strerror}. Make room there, then start again."
    return f"Nothing can be written to {where}: {error.strerror}. See to that, or set TOPOWEB_STATE_DIR to another directory."


def _about_database(error: DatabaseError) -> str | None:
    """None where it is a fault of ours."""
    from django.conf import settings
    from django.db import DatabaseError

    from labs.web.storage import refusal_of

    cause = error if refusal_of(error) else error.__context__  # Django wraps that of the first table by hand
    if not isinstance(cause, DatabaseError) or refusal_of(cause) is None:
        return None
    name, words = settings.DATABASES["default"]["NAME"], " ".join(str(cause).split()).rstrip(".")
    is_full = isinstance(cause.__cause__, sqlite3.Error) and shutil.disk_usage(Path(name).parent).free < _ROOM
    what = "Make room on its disk, then start again." if is_full else "See to that, then start again."
    return f"The database {name} cannot be used: {words}. {what}"
