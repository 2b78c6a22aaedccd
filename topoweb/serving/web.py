"""The web process: Daphne on a socket that the supervisor holds, so that no connection is refused while it is started again.

python -m topoweb.serving.web FD
"""

from __future__ import annotations

import codecs
import gc
import os
import socket
import sys
from typing import TYPE_CHECKING

from daphne.server import Server

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper


def main(descriptor: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "topoweb.settings")
    codecs.lookup("unicode_escape")  # with which Django logs a failure: there may be no descriptor left to load it
    from topoweb.asgi import application
    from topoweb.serving.websocket import Protocol

    def listen() -> None:
        from twisted.internet import reactor

        server.ws_factory.protocol = Protocol
        os.set_blocking(descriptor, False)
        with socket.socket(fileno=os.dup(descriptor)) as listener:
            reactor.adoptStreamPort(descriptor, listener.family, server.http_factory)

    server: Server = Server(
        application,
        endpoints=["the supervisor's"],
        ready_callable=listen,
        http_timeout=180,
        application_close_timeout=3,
        verbosity=0,
        server_name="topoweb",
    )
    server.endpoints = []  # its endpoint for a descriptor takes IPv4 alone
    database = hold_database_open()
    gc.freeze()  # what is loaded by now stays: no request has to wait while all of it is searched for garbage
    server.run()
    del database
    os._exit(0)  # a thread that waits for the loop, which has ended, would never let the process go; nothing is lost with it


def hold_database_open() -> BaseDatabaseWrapper | None:
    """Each request has a connection of its own, and SQLite writes its log back, and waits for the disk, when the last is closed."""
    from django.db import connection

    if connection.vendor != "sqlite":
        return None
    held = connection.copy()
    with held.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM sqlite_schema")
    return held


if __name__ == "__main__":
    main(int(sys.argv[1]))
