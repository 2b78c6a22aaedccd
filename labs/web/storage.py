"""What the database cannot do at the moment, said to people: nothing was saved, why, and what to do."""

from __future__ import annotations

import sqlite3

from django.db import DatabaseError, OperationalError
from django.utils.translation import gettext_noop

from labs.web.errors import Unavailable

FULL = Unavailable("storage_full", gettext_noop("Nothing was saved: the server's disk is full. Make room on it, then try again."))
BUSY = Unavailable("storage_busy", gettext_noop("Nothing was saved: another program holds the server's database. Try again in a moment."))
READ_ONLY = Unavailable(
    "storage_read_only",
    gettext_noop(
        "Nothing was saved: the server may only read its database. Let it write there again: with SQLite, to that file and those beside it."
    ),
)
FAILED = Unavailable("storage_failed", gettext_noop("Nothing was saved: the server cannot use its database. Its log says more. Try again."))
_SQLITE: dict[int, Unavailable] = {
    sqlite3.SQLITE_FULL: FULL,
    sqlite3.SQLITE_BUSY: BUSY,
    sqlite3.SQLITE_LOCKED: BUSY,
    sqlite3.SQLITE_READONLY: READ_ONLY,
    sqlite3.SQLITE_IOERR: FAILED,
    sqlite3.SQLITE_CANTOPEN: FAILED,
    sqlite3.SQLITE_PERM: FAILED,
    sqlite3.SQLITE_PROTOCOL: FAILED,
}
_POSTGRESQL: dict[str, Unavailable] = {  # its manual, appendix A
    "53100": FULL,  # disk_full
    "55P03": BUSY,  # lock_not_available, after lock_timeout
    "40P01": BUSY,  # deadlock_detected
    "25006": READ_ONLY,  # read_only_sql_transaction, which Django calls an internal error
}


def refusal_of(error: DatabaseError) -> Unavailable | None:
    """None where it is no state of the database, but a fault of ours: a table that is not there."""
    cause = error.__cause__
    if isinstance(cause, sqlite3.Error):
        return _SQLITE.get(getattr(cause, "sqlite_errorcode", 0) & 0xFF)  # the rest tells the ways of one error apart
    known = _POSTGRESQL.get(getattr(cause, "sqlstate", None) or "")
    return known or (FAILED if isinstance(error, OperationalError) else None)
