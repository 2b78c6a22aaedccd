"""Errors that a person reads: each has a code and params, so that the page can say it in its own language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class Refusal(Exception):  # noqa: N818 - it is what the server says, not what went wrong in it
    """A request that is understood and not done. `status` is HTTP's."""

    status = 400

    def __init__(
        self, code: str, message: str, params: Mapping[str, object] | None = None, problems: Sequence[Mapping[str, Any]] = ()
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.params = {name: str(value) for name, value in (params or {}).items()}
        self.problems = list(problems)

    def as_json(self) -> dict[str, Any]:
        error = {"code": self.code, "message": self.message, "params": self.params}
        return {"error": error, "problems": self.problems}


class Conflict(Refusal):
    """Not as things are now: the document has problems, or the lab does not run."""

    status = 409


class Forbidden(Refusal):
    """Whoever asks may see the lab, and not do this with it."""

    status = 403


class VersionConflict(Refusal):
    """Somebody saved in the meantime."""

    status = 412

    def __init__(self, version: int, by: str) -> None:
        message = f"{by or 'Somebody'} saved this lab in the meantime: it is at version {version} now."
        super().__init__("version_conflict", message, {"version": version, "by": by})


class VersionMissing(Refusal):
    status = 428

    def __init__(self) -> None:
        super().__init__("version_missing", "Say which version you changed: send its ETag as If-Match.")


class Invalid(Refusal):
    """What was sent does not have the form it must have. `problems` has every error with its path."""

    status = 422


class OverLimit(Refusal):
    status = 403

    def __init__(self, code: str, message: str, limit: int, params: Mapping[str, object] | None = None) -> None:
        super().__init__(code, message, {"limit": limit, **(params or {})})


class Unavailable(Refusal):
    """No worker could answer."""

    status = 503
