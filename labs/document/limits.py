"""How large a document may be. The server takes its limits from settings; these are the defaults."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Each name is said in the error of a document that is over it."""

    nodes: int = 2_000
    links: int = 4_000
    interfaces: int = 1_100
    """Of one node; a bridge takes 1,023 ports (BR_MAX_PORTS, net/bridge/br_private.h)."""
    addresses: int = 64
    """Of one interface or bridge."""
    routes: int = 1_000
    """Of one node."""
    checks: int = 1_000
    notes: int = 500
    hops: int = 64
    """Of one trace."""
    size: int = 2_000_000
    """Characters of text in keys and values, and 8 for any other value."""
    depth: int = 16


DEFAULT_LIMITS = Limits()
