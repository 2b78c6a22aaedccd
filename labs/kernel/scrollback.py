"""What a terminal showed last: a ring of bytes in a memory file that the lab's agent keeps and its controller writes.

Positions are absolute: the first byte that a terminal ever wrote is at 0.
"""

from __future__ import annotations

import os
import struct
from typing import Final

SIZE: Final = 256 * 1024
"""Bytes that it holds."""
CHUNK: Final = 16 * 1024
"""Written at most at once. A writer that dies in between has spoilt the oldest so many bytes: they are never shown."""
_HEADER: Final = struct.Struct("=Q")


class Scrollback:
    def __init__(self, fd: int) -> None:
        """Takes over the descriptor of a file that `create` made."""
        self.fd = fd
        self.end: int = _HEADER.unpack(os.pread(fd, _HEADER.size, 0))[0]
        """The position that the next byte will have."""

    @classmethod
    def create(cls) -> Scrollback:
        fd = os.memfd_create("scrollback", os.MFD_CLOEXEC)
        os.ftruncate(fd, _HEADER.size + SIZE)
        return cls(fd)

    @property
    def start(self) -> int:
        """The oldest position that is still there."""
        return max(0, self.end - SIZE + CHUNK)

    def append(self, data: bytes) -> None:
        """At most CHUNK bytes."""
        first = SIZE - self.end % SIZE
        self._write(data[:first], self.end)
        self._write(data[first:], 0)
        self.end += len(data)
        os.pwrite(self.fd, _HEADER.pack(self.end), 0)

    def _write(self, data: bytes, position: int) -> None:
        if data:
            os.pwrite(self.fd, data, _HEADER.size + position % SIZE)

    def read(self, position: int, length: int) -> bytes:
        """From a position that is still there."""
        length = min(length, self.end - position)
        first = min(length, SIZE - position % SIZE)
        data = os.pread(self.fd, first, _HEADER.size + position % SIZE)
        return data + os.pread(self.fd, length - first, _HEADER.size) if length > first else data

    def close(self) -> None:
        os.close(self.fd)
