"""Daphne's WebSockets: what comes in has a limit of its path, and what goes out goes at once."""

from __future__ import annotations

import struct
from typing import Any

from daphne.ws_protocol import WebSocketProtocol
from django.conf import settings

_WORKER = "/ws/worker"
_MOST_UNREAD = 16 * 1024 * 1024
"""Bytes that a page may let lie; one that is honest is sent no more before it has acknowledged, and acknowledges what it has drawn."""


class Protocol(WebSocketProtocol):  # type: ignore[misc]  # Daphne has no types
    """Daphne has one limit for all messages (1 MiB), and hands on only whole ones: a worker's may be larger than a page's.

    To send, autobahn's own way takes 100 µs a message: it words a log entry that nobody reads, and the reactor then waits until the socket
    can be written, which it nearly always can.
    """

    def onConnect(self, request: Any) -> Any:  # noqa: N802 - autobahn's name
        self.is_page = request.path != _WORKER
        limit = settings.LIMITS.message_bytes if self.is_page else settings.LIMITS.worker_message_bytes
        self.maxMessagePayloadSize = self.maxFramePayloadSize = limit
        self.failByDrop = False  # say why: close code 1009
        return super().onConnect(request)

    def sendMessage(self, payload: bytes, isBinary: bool = False, **_: Any) -> None:  # noqa: N802, N803 - autobahn's names
        """Of any length; nothing to one that is closing, as Daphne does with one that is closed."""
        if self.is_page and _unread(self.transport) > _MOST_UNREAD:
            self.dropConnection(abort=True)
        elif self.state == self.STATE_OPEN:
            _write(self.transport, _frame_head(len(payload), is_binary=isBinary) + payload)


def _frame_head(length: int, *, is_binary: bool) -> bytes:
    """Of a message that is one frame, from a server, which does not mask (RFC 6455, 5.2)."""
    kind = 0x82 if is_binary else 0x81
    if length < 126:
        return bytes((kind, length))
    return struct.pack("!BBH", kind, 126, length) if length < 1 << 16 else struct.pack("!BBQ", kind, 127, length)


def _unread(transport: Any) -> int:
    """Bytes that wait until the socket takes them."""
    return int(len(transport.dataBuffer) - transport.offset + transport._tempDataLen)


def _write(transport: Any, data: bytes) -> None:
    """What the socket does not take now, the reactor has."""
    sent = 0
    if transport.connected and not transport.dataBuffer and not transport._tempDataBuffer:
        try:
            sent = transport.socket.send(data)
        except OSError:  # whatever it is, the reactor meets it too, and knows what follows
            sent = 0
    if sent < len(data):
        transport.write(data[sent:])
