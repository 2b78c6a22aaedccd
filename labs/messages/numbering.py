"""What is lost, repeated or overtaken on the way is noticed: each frame has its number on its connection, from 1, before it. What a worker
sends may be several messages, a line each.

A connection that lacks one is closed and comes back, and everything begins anew: with all reports, and with what should be. So neither
side need ask what each kind of message means where one is missing.
"""

from __future__ import annotations


class MissingMessageError(Exception):
    """One that was sent earlier has not come."""


class Numbering:
    """Of one side of one connection."""

    def __init__(self) -> None:
        self._sent = self._received = 0

    def number(self, message: str) -> str:
        self._sent += 1
        return f"{self._sent} {message}"

    def accept(self, data: str) -> str | None:
        """The message; None where it has come before. Raises MissingMessageError, also where there is no number."""
        number, _, message = data.partition(" ")
        if not (number.isascii() and number.isdecimal()) or int(number) > self._received + 1:
            raise MissingMessageError(f"Message {self._received + 1} has not come")
        if int(number) <= self._received:
            return None
        self._received += 1
        return message
