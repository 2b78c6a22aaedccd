"""The real server, as `make run` starts it, for tests."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import requests

PATIENCE = 30.0
"""Seconds to start, on a machine that does other things too."""


@dataclass(frozen=True, slots=True)
class Server:
    url: str
    """http://127.0.0.1:PORT, without a slash at its end."""
    sign_in: str
    """The owner's one-time link: the first who opens it is signed in. See `new_sign_in` for more."""
    state: Path
    process: subprocess.Popen[str]
    log: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    """What else is in its environment."""

    def environment(self) -> dict[str, str]:
        """For commands that work on this server's database."""
        return os.environ | {"TOPOWEB_STATE_DIR": str(self.state), "DJANGO_SETTINGS_MODULE": "topoweb.settings"} | dict(self.settings)

    def manage(self, code: str) -> str:
        """Run Python code beside the server, with Django set up; returns what it prints."""
        setup = "import django; django.setup()\n"
        command = [sys.executable, "-c", setup + code]
        return subprocess.run(command, env=self.environment(), check=True, capture_output=True, text=True, timeout=PATIENCE).stdout.strip()

    def new_sign_in(self, username: str) -> str:
        """A one-time link for a user, who is made where there is none."""
        path = self.manage(
            "from django.contrib.auth.models import User\n"
            "from labs.web.accounts import sign_in_path\n"
            f"print(sign_in_path(User.objects.get_or_create(username={username!r})[0]))"
        )
        return self.url + path

    def session(self, username: str) -> Session:
        """A user's API session."""
        return Session(self.url, self.new_sign_in(username))


class Session(requests.Session):
    """Signed in by a link; what changes something carries the CSRF token. Paths are relative to the server."""

    def __init__(self, url: str, sign_in: str) -> None:
        super().__init__()
        self._url = url
        self.get(sign_in).raise_for_status()
        self.headers["X-CSRFToken"] = self.cookies["csrftoken"]

    def request(self, method: str | bytes, url: str | bytes, *args: object, **kwargs: object) -> requests.Response:
        address = str(url)
        kwargs.setdefault("timeout", PATIENCE)
        return super().request(method, address if address.startswith("http") else self._url + address, *args, **kwargs)  # type: ignore[arg-type]

    def cookie_header(self) -> str:
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.cookies)


def serving_environment(state: Path, **more: str) -> dict[str, str]:
    """What `topoweb serve` finds in its environment: nothing of the tests' own settings."""
    ours = ("HOST", "PORT", "DJANGO_SETTINGS_MODULE")
    return {name: value for name, value in os.environ.items() if name not in ours} | {"TOPOWEB_STATE_DIR": str(state)} | more


@contextmanager
def serving(state: Path, *, port: int = 0, environment: dict[str, str] | None = None, log: Path | None = None) -> Iterator[Server]:
    """Serve until the block ends; then Ctrl-C, after which nothing is left. `log`: where it is to be, if not beside the state."""
    state.mkdir(parents=True, exist_ok=True)
    log = log or state / "server.log"
    command = [sys.executable, "-m", "topoweb.cli", "serve", "--port", str(port)]
    variables = serving_environment(state, **(environment or {}))
    with log.open("w") as file:
        process = subprocess.Popen(command, env=variables, stdout=file, stderr=file, text=True)
    try:
        link = _link(process, log)
        yield Server(re.match(r"http://[^/]+", link)[0], link, state, process, log, environment or {})  # type: ignore[index]  # it begins so
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            raise


def _link(process: subprocess.Popen[str], log: Path) -> str:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        if found := re.search(r"http://\S+/sign-in/\S+", log.read_text()):
            return found[0]
        time.sleep(0.05)
    raise RuntimeError(f"The server did not start:\n{log.read_text()}")
