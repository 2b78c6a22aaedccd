"""The latest of each: values that come faster than they can be worked off replace one another, and no queue grows."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


class Latest(Generic[T]):
    """
    >>> latest = Latest(handle)
    >>> latest.put("lab", 1); latest.put("lab", 2)      # handle sees [2]
    """

    def __init__(self, handle: Callable[[Sequence[T]], Awaitable[None]], merge: Callable[[T, T], T] = lambda older, newer: newer) -> None:
        self._handle = handle
        self._merge = merge
        self._values: dict[str, T] = {}
        self._some = asyncio.Event()

    def put(self, key: str, value: T) -> None:
        self._values[key] = self._merge(self._values[key], value) if key in self._values else value
        self._some.set()

    async def work(self) -> None:
        """Work them off, for ever: all that there are at once."""
        while True:
            await self._some.wait()
            self._some.clear()
            values, self._values = self._values, {}
            await self._handle(list(values.values()))
