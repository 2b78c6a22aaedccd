"""Where labs that are kept have their sockets."""

from __future__ import annotations

from pathlib import Path

import pytest

from topoweb.statedir import kept_labs


@pytest.mark.parametrize(
    ("user", "environment", "directory"),
    [
        (0, {"XDG_RUNTIME_DIR": "/run/user/0"}, "/run/topoweb/labs"),  # which is gone when root logs out
        (1000, {"XDG_RUNTIME_DIR": "/run/user/1000"}, "/run/user/1000/topoweb/labs"),
        (1000, {}, "/tmp/topoweb-labs-1000"),
        (1000, {"XDG_RUNTIME_DIR": "/run/user/1000", "TOPOWEB_LABS_DIR": "/elsewhere"}, "/elsewhere"),
    ],
)
def test_where_labs_are_kept(user: int, environment: dict[str, str], directory: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: user)
    for name in ("XDG_RUNTIME_DIR", "TOPOWEB_LABS_DIR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert kept_labs() == Path(directory)
