"""When a process that serves looks for garbage, which stops all else in it."""

from __future__ import annotations

import gc

_YOUNG = 5_000
"""How many objects come, and do not go, before the newest are looked at. With Python's 700, all objects are looked at in each change of a
large lab, for a tenth of a second."""


def collect_seldom() -> None:
    """Called once all is loaded: that stays, and is not looked at again."""
    gc.freeze()
    gc.set_threshold(_YOUNG, 10, 10)
