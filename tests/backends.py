"""PostgreSQL and Redis for tests: throw-away processes on loopback, with all that they keep in a directory that goes with them.

No service of the machine is used or needed. Neither runs as root, which PostgreSQL refuses to.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, LiteralString, TypeVar

import psycopg
import pytest
import redis

PATIENCE = 30.0
"""Seconds to start, on a machine that does other things too."""
_USER = "nobody"
"""Whom they run as where the tests are root's."""


class Backend(ABC):
    """A program that listens on a port of its own, the same after each start."""

    command: Sequence[str]
    at_once = signal.SIGKILL

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.log = directory / "log"
        self.port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """As the settings name it."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether it takes requests."""

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(self.command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=self.directory, **_user())
        deadline = time.monotonic() + PATIENCE
        while not self.answers():
            assert self._process.poll() is None, f"It ended at once:\n{self.log.read_text()}"
            assert time.monotonic() < deadline, f"It does not answer:\n{self.log.read_text()}"
            time.sleep(0.02)

    def kill(self) -> None:
        """At once: nothing is brought to an end, nothing is written."""
        if self._process is not None:
            self._process.send_signal(self.at_once)
            self._process.wait(PATIENCE)
            self._process = None


class Postgres(Backend):
    at_once = signal.SIGQUIT  # "immediate shutdown", which its children hear of too; the next start recovers

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        programs = _programs()
        password = secrets.token_hex(8)
        (directory / "password").write_text(password)
        data = directory / "data"
        self._url = f"postgres://topoweb:{password}@127.0.0.1:{self.port}/postgres"
        options = ["--username=topoweb", "--pwfile=password", "--auth=scram-sha-256", "--encoding=UTF8", "--no-locale", "--no-sync"]
        made = subprocess.run([programs / "initdb", *options, data], cwd=directory, capture_output=True, text=True, check=False, **_user())
        assert made.returncode == 0, made.stderr
        settings = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "port": self.port, "fsync": "off"}
        self.command = [str(programs / "postgres"), "-D", str(data), *(f"--{name}={value}" for name, value in settings.items())]

    @property
    def url(self) -> str:
        return self._url

    def answers(self) -> bool:
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def connect(self) -> psycopg.Connection:
        """Beside what Topoweb does."""
        return psycopg.connect(self.url, autocommit=True, connect_timeout=5)

    def execute(self, *statements: LiteralString) -> None:
        with self.connect() as connection:
            for statement in statements:
                connection.execute(statement)


class Redis(Backend):
    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        options = {"--bind": "127.0.0.1", "--port": str(self.port), "--save": "", "--appendonly": "no", "--dir": str(directory)}
        self.command = [_found("redis-server", shutil.which("redis-server")), *(word for option in options.items() for word in option)]

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def answers(self) -> bool:
        with redis.Redis(port=self.port) as client:
            try:
                return bool(client.ping())
            except redis.ConnectionError:
                return False

    def forget(self) -> None:
        """All that it keeps."""
        with redis.Redis(port=self.port) as client:
            client.flushall()

    def members(self) -> dict[bytes, set[bytes]]:
        """The channels that are in each group of the channel layer, but for those of labs, which come and go."""
        with redis.Redis(port=self.port) as client:
            return {group: set(client.zrange(group, 0, -1)) for group in client.scan_iter("asgi:group:[^l]*")}


B = TypeVar("B", bound=Backend)


@contextmanager
def backend(kind: type[B]) -> Iterator[B]:
    """One that runs, until the block ends; then nothing is left of it."""
    directory = Path(tempfile.mkdtemp(prefix="topoweb-backend-"))  # not pytest's own, which other users cannot search
    try:
        if os.geteuid() == 0:
            shutil.chown(directory, _USER)
        running = kind(directory)
        try:
            running.start()
            yield running
        finally:
            running.kill()
    finally:
        shutil.rmtree(directory)


def _user() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    account = pwd.getpwnam(_USER)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _programs() -> Path:
    """Where PostgreSQL's are: Debian keeps each version in a directory of its own, out of the path."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    return Path(_found("postgresql", shutil.which("postgres", path=os.pathsep.join(str(each.parent) for each in installed[-1:])))).parent


def _found(package: str, program: str | None) -> str:
    if program is None:
        pytest.fail(f"The package {package} is not installed. `make test` installs it; or: sudo apt-get install {package}")
    return program


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
