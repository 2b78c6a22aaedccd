"""The web process alone, as the supervisor starts it, for tests that end it again and again: without the supervisor's growing pauses."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from tests.faults.power import Disk
from tests.serving import Server, serving_environment


class WebProcess:
    """Listens on a socket that the test holds, so that who connects while there is none waits for the next."""

    def __init__(
        self,
        state: Path,
        listener: socket.socket,
        environment: Mapping[str, str],
        beforehand: Callable[[], None] | None,
        disk: Disk | None,
    ) -> None:
        self._state, self._listener = state, listener
        self._environment, self._beforehand, self._disk = environment, beforehand, disk
        self._log = state.with_suffix(".log").open("a")
        self.process = self._start()

    def _start(self) -> subprocess.Popen[str]:
        descriptor = self._listener.fileno()
        command = [sys.executable, "-m", "topoweb.serving.web", str(descriptor)]
        environment = serving_environment(self._state, PORT=str(self._listener.getsockname()[1]), **self._environment)
        return subprocess.Popen(
            command,
            env=environment,
            pass_fds=[descriptor],
            stdout=self._log,
            stderr=self._log,
            text=True,
            preexec_fn=self._beforehand,
        )

    def kill(self) -> None:
        """SIGKILL, and another. Where it has a disk of its own, at the very moment at which that loses its power."""
        if self._disk:
            self.process.send_signal(signal.SIGSTOP)
            self._disk.lose_power()
        self.process.kill()
        self.process.wait()
        if self._disk:
            self._disk.mount_again()
        self.process = self._start()

    def end(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        self._log.close()

    def server(self) -> Server:
        url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        return Server(url, "", self._state, self.process, self._state.with_suffix(".log"), self._environment)


@contextmanager
def web_process(
    state: Path,
    environment: Mapping[str, str] = MappingProxyType({}),
    beforehand: Callable[[], None] | None = None,
    disk: Disk | None = None,
) -> Iterator[WebProcess]:
    """On a database that is made here, until the block ends. `beforehand` is done in the process before its program; `disk` is the one that
    the state is on, where it is to lose its power."""
    beside = os.environ | {"TOPOWEB_STATE_DIR": str(state), "DJANGO_SETTINGS_MODULE": "topoweb.settings"}
    prepare = "from topoweb.serving.first_start import prepare; prepare()"
    subprocess.run([sys.executable, "-c", prepare], env=beside, check=True, timeout=60)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        web = WebProcess(state, listener, environment, beforehand, disk)
        try:
            yield web
        finally:
            web.end()
