"""The socket file of a lab that can be attached to: made, and removed after its lab, without taking away that of the next of its name."""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Rendezvous:
    directory: str
    name: str
    identity: tuple[int, int]
    """By which it is told from one that another lab made in its place."""

    @classmethod
    def at(cls, path: Path, held: int | None = None) -> Rendezvous:
        """The one at a path, or that was there when this descriptor of it was opened."""
        return cls(str(path.parent), path.name, _identity(path.stat() if held is None else os.fstat(held)))

    def remove(self) -> None:
        with suppress(FileNotFoundError), _locked(self.directory) as directory:
            if _identity(os.stat(self.name, dir_fd=directory)) == self.identity:
                os.unlink(self.name, dir_fd=directory)


def listen(directory: str, lab: str) -> tuple[socket.socket, Rendezvous]:
    """Make `<lab>.sock`, over that of a lab that has ended. Raises OSError, with EADDRINUSE where a lab of this name runs."""
    name = f"{lab}.sock"
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        with _locked(directory) as held:
            address = f"/proc/self/fd/{held}/{name}"  # the address of a UNIX socket has at most 107 bytes
            if _is_stale(address):
                os.unlink(name, dir_fd=held)
            listener.bind(address)
            listener.listen()
            return listener, Rendezvous(directory, name, _identity(os.stat(name, dir_fd=held)))
    except OSError:
        listener.close()
        raise


def _identity(status: os.stat_result) -> tuple[int, int]:
    """The inode's number, which is used again, and the time that it was made."""
    return status.st_ino, status.st_ctime_ns


@contextmanager
def _locked(directory: str) -> Iterator[int]:
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield fd
    finally:
        os.close(fd)


def _is_stale(address: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as probe:
        try:
            probe.connect(address)
        except ConnectionRefusedError:
            return True
        except FileNotFoundError:
            return False
    return False
