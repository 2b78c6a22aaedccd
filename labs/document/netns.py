"""The full name of a network namespace, as documents and networks alike say it. Light: the lab's agent reads it, and no document."""

from __future__ import annotations

from typing import NamedTuple

IMPLIED_HOST = "host"
"""How links and checks name the host that no drawing shows."""


class Netns(NamedTuple):
    """A network namespace: its host and its name there, each "" where it is the implied host or the default namespace."""

    host: str
    name: str

    def __str__(self) -> str:
        """As links and checks write it: `host1/ns1`, `ns1`, `host1`, and `host` for the host that is not drawn."""
        if not self.host:
            return self.name or IMPLIED_HOST
        return f"{self.host}/{self.name}" if self.name else self.host


DEFAULT_NETNS = Netns("", "")
"""The default namespace of the implied host."""
