"""What the database cannot do at the moment, said to people: nothing was saved, why, and what to do."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from django.utils.translation import gettext_noop

from labs.web.errors import Unavailable

if TYPE_CHECKING:
    from django.db import OperationalError

_FAILED = frozenset({sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_PROTOCOL})
_POSTGRES_FULL = "53100"  # PostgreSQL, appendix A: disk_full


def refusal_of(error: OperationalError) -> Unavailable | None:
    """None where it is no state of the database, but a fault of ours: a table that is not there."""
    cause = error.__cause__
    code = cause.sqlite_errorcode & 0xFF if isinstance(cause, sqlite3.Error) else None  # the rest tells the ways of one error apart
    if code == sqlite3.SQLITE_FULL or getattr(cause, "sqlstate", None) == _POSTGRES_FULL:
        return Unavailable("storage_full", gettext_noop("Nothing was saved: the server's disk is full. Make room on it, then try again."))
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return Unavailable(
            "storage_busy", gettext_noop("Nothing was saved: another program holds the server's database. Try again in a moment.")
        )
    if code == sqlite3.SQLITE_READONLY:
        return Unavailable(
            "storage_read_only",
            gettext_noop("Nothing was saved: the server may only read its database. Let it write that file again, and those beside it."),
        )
    if code is None or code in _FAILED:
        return Unavailable(
            "storage_failed", gettext_noop("Nothing was saved: the server cannot use its database. Its log says more. Try again.")
        )
    return None
