"""The state directory: the embedded database, and the secrets that are made once and are readable by their owner alone."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def state_dir() -> Path:
    """`TOPOWEB_STATE_DIR`, or `var/` beside `manage.py`; made where it is missing."""
    path = Path(os.environ.get("TOPOWEB_STATE_DIR") or ROOT / "var")
    path.mkdir(mode=0o755, parents=True, exist_ok=True)
    return path


def private(path: Path) -> Path:
    """The file, made where it is missing, for its owner alone: who reads the database reads the sessions in it."""
    path.touch(mode=0o600)
    return path


def secret(path: Path) -> str:
    """The secret in a file. Where there is none, one is made, mode 0600; of two processes that make it at once, the first wins."""
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # another process was quicker: its secret is the one
        finally:
            draft.unlink()
        return path.read_text().strip()
