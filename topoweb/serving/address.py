"""Where the running server is reached on this machine, for other commands: a file that is locked as long as the server runs."""

from __future__ import annotations

import fcntl
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from topoweb.statedir import server_address

logger = logging.getLogger(__name__)

_TRIES = 20
_PAUSE = 0.05
"""Seconds: whoever looks whether the file is locked has it locked himself for a moment."""


@contextmanager
def announced(url: str) -> Iterator[None]:
    """Say that a server of this state directory runs, and where, until the block ends or this process does."""
    with server_address().open("ab+", buffering=0) as file:
        if _locked(file):
            _write(file, url)
        else:
            logger.warning("Another server has this state directory: the command line reaches that one's labs.")
        yield


def _write(file: IO[bytes], url: str) -> None:
    file.truncate(0)
    try:
        file.write(url.encode())
    except OSError as error:  # the server goes on: a full disk keeps nobody from reading his drawings
        logger.warning("The command line cannot reach the labs of this server: where it is cannot be written down. %s.", error.strerror)


def _locked(file: IO[bytes]) -> bool:
    for _ in range(_TRIES):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_PAUSE)
        else:
            return True
    return False


def server_url() -> str | None:
    """None where no server of this state directory runs."""
    try:
        with server_address().open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return file.read()
    except FileNotFoundError:
        pass
    return None
