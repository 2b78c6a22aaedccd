"""The database or Redis is away for a while: logged once when it goes and once when it is back, however often it is tried meanwhile."""

from __future__ import annotations

import logging
from collections.abc import Collection

from django.conf import settings
from django.db import DatabaseError

from labs.web import storage

logger = logging.getLogger(__name__)


class Outages:
    """Those that the hub comes upon."""

    def __init__(self) -> None:
        self._away: set[str] = set()

    def now(self) -> frozenset[str]:
        """What is away."""
        return frozenset(self._away)

    def note(self, error: Exception) -> None:
        """What is tried failed. Where nothing is away, that is a fault of ours, and logged with its trace."""
        what = _away_by(error)
        if what is None:
            logger.error("The hub failed, and goes on", exc_info=error)
        elif what not in self._away:
            self._away.add(what)
            logger.error("The hub cannot use %s, and tries again: %s", what, error)

    def over(self, what: Collection[str]) -> None:
        """All has been done again for which that is needed."""
        for each in sorted(self._away.intersection(what)):
            logger.warning("The hub can use %s again", each)
        self._away.difference_update(what)


def _away_by(error: Exception) -> str | None:
    if isinstance(error, layer_errors()):
        return "Redis"
    return "the database" if isinstance(error, DatabaseError) and storage.refusal_of(error) else None


def layer_errors() -> tuple[type[Exception], ...]:
    """What comes of a channel layer that is away, or is not waited for any longer. In memory it never is."""
    if not settings.REDIS_URL:
        return ()
    from redis.exceptions import RedisError

    return RedisError, TimeoutError
