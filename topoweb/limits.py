"""How much the server allows: read by whoever enforces it, and told to the page (`GET /api/me`). A document's: labs/document/limits.py."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    labs_per_user: int = 200
    members_per_lab: int = 200
    imported_users: int = 300
    """By one CSV file: their passwords are hashed within the request."""
    body_bytes: int = 4 * 1024 * 1024
    """Of a request, import included."""
    message_bytes: int = 64 * 1024
    """Of a WebSocket message from a page."""
    worker_message_bytes: int = 16 * 1024 * 1024
    """Of a WebSocket message from a worker: the plan of a large lab is one."""
    watched_labs: int = 50
    """By one page."""
