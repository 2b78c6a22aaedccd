"""When to look again at sysctls of whose changes the kernel tells nobody (`labs.kernel.netconf.UNTOLD`), and whether one has changed."""

from __future__ import annotations

from typing import Final

_REST: Final = 0.7
"""Seconds between two looks: a change is to be seen within one."""
_SHARE: Final = 0.1
"""Of the time, at most, that looking takes: many namespaces are looked at less often."""


class SysctlWatch:
    def __init__(self) -> None:
        self.rest = _REST
        """Seconds until the next look."""
        self._values: object = None

    def note(self, values: object, took: float) -> bool:
        """What a look has found, and the seconds that it took; whether that is not what the one before found."""
        self.rest = max(_REST, took / _SHARE)
        before, self._values = self._values, values
        return before is not None and values != before
