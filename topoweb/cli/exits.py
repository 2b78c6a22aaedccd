"""How a command ends: the exit codes, and messages on standard error."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import NoReturn

import typer

AS_WISHED = 0
NOT_AS_WISHED = 1
"""It ran, and is not as wished."""
BAD_INPUT = 2
"""Bad input or usage; click's own errors exit so too."""
CHANGES = 3
"""A dry run found something to do."""
INTERRUPTED = 130
"""As a shell says it: 128 + SIGINT."""


def complain(*messages: object) -> None:
    for message in messages:
        print(message, file=sys.stderr)  # noqa: T201  # the command line's own way to speak


def refuse(messages: Iterable[object]) -> NoReturn:
    """Say what is wrong with the input, a line for each, and exit 2."""
    complain(*messages)
    raise typer.Exit(BAD_INPUT)
