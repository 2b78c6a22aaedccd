"""Where things are kept: the embedded database, secrets that are readable by their owner alone, the sockets of labs that run."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def state_dir() -> Path:
    """`TOPOWEB_STATE_DIR`, or `var/` beside `manage.py`; made where it is missing."""
    path = _state_path()
    path.mkdir(mode=0o755, parents=True, exist_ok=True)
    return path


def _state_path() -> Path:
    return Path(os.environ.get("TOPOWEB_STATE_DIR") or ROOT / "var")


def server_labs() -> Path:
    """Where the labs of the server's worker have their sockets; not made here."""
    return _state_path() / "labs"


def kept_labs() -> Path:
    """Where the labs that the command line keeps have their sockets: `TOPOWEB_LABS_DIR`; else `topoweb/labs` in `/run` for root, in
    `XDG_RUNTIME_DIR` for others or, without that, `/tmp/topoweb-labs-UID`. Not made here."""
    if directory := os.environ.get("TOPOWEB_LABS_DIR"):
        return Path(directory)
    user = os.geteuid()
    if user == 0:
        return Path("/run/topoweb/labs")
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    return Path(runtime, "topoweb/labs") if runtime else Path(f"/tmp/topoweb-labs-{user}")


def server_address() -> Path:
    """Holds where the running server is reached on this machine, and is locked as long as it runs."""
    return _state_path() / "address"


def private(path: Path) -> Path:
    """The file, made where it is missing, for its owner alone: who reads the database reads the sessions in it."""
    path.touch(mode=0o600)
    return path


def secret(path: Path) -> str:
    """The secret in a file. Where there is none, one is made, mode 0600; of two processes that make it at once, the first wins.

    It gets its name once it is on the disk: a power cut would else leave the name alone, and an empty secret.
    """
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            _write_through(draft, secrets.token_urlsafe(48))
            os.link(draft, path)
        except FileExistsError:
            pass  # another process was quicker: its secret is the one
        finally:
            draft.unlink(missing_ok=True)
        _flush_directory(path.parent)
        return path.read_text().strip()


def _write_through(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(descriptor)


def _flush_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
