"""The web process: Daphne on a socket that the supervisor holds, so that no connection is refused while it is started again.

python -m topoweb.serving.web FD
"""

from __future__ import annotations

import codecs
import gc
import os
import socket
import sys
from typing import Any

from daphne.server import Server
from daphne.ws_protocol import WebSocketProtocol


def main(descriptor: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "topoweb.settings")
    codecs.lookup("unicode_escape")  # with which Django logs a failure: there may be no descriptor left to load it
    from topoweb.asgi import application

    def listen() -> None:
        from twisted.internet import reactor

        set_message_limits(server)
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
    gc.freeze()  # what is loaded by now stays: no request has to wait while all of it is searched for garbage
    server.run()
    os._exit(0)  # a thread that waits for the loop, which has ended, would never let the process go; nothing is lost with it


def set_message_limits(server: Server) -> None:
    """Have Daphne refuse a WebSocket message that is too large while it arrives: a worker's may be larger than a page's.

    Daphne has one limit for all (1 MiB), and hands on only whole messages.
    """
    from django.conf import settings

    limits = {"/ws/worker": settings.LIMITS.worker_message_bytes}

    class Protocol(WebSocketProtocol):
        def onConnect(self, request: Any) -> Any:  # noqa: N802 - autobahn's name
            limit = limits.get(request.path, settings.LIMITS.message_bytes)
            self.maxMessagePayloadSize = self.maxFramePayloadSize = limit
            self.failByDrop = False  # say why: close code 1009
            return super().onConnect(request)

        def sendMessage(self, *message: Any, **options: Any) -> None:  # noqa: N802 - autobahn's name
            """The limit is for what comes in: autobahn holds what goes out to it as well, and drops it (the plan of a large lab)."""
            limit, self.maxMessagePayloadSize = self.maxMessagePayloadSize, 0
            try:
                super().sendMessage(*message, **options)
            finally:
                self.maxMessagePayloadSize = limit

    server.ws_factory.protocol = Protocol


if __name__ == "__main__":
    main(int(sys.argv[1]))
