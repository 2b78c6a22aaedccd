"""What a command does that takes its time: until it is done, fails, or somebody presses Ctrl-C."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import TypeVar

import typer

from labs.kernel.errors import KernelError
from topoweb.cli.exits import INTERRUPTED, NOT_AS_WISHED, complain

T = TypeVar("T")


@contextmanager
def say_what_fails(interrupted: str = "Interrupted.") -> Iterator[None]:
    """Where the kernel, a lab or the server refuses: say why, and exit 1. After Ctrl-C, say how things are."""
    try:
        yield
    except KernelError as error:
        complain(error)
        raise typer.Exit(NOT_AS_WISHED) from None
    except TimeoutError:
        complain("The lab does not answer.")
        raise typer.Exit(NOT_AS_WISHED) from None
    except KeyboardInterrupt:
        complain(interrupted)
        raise typer.Exit(INTERRUPTED) from None


def wait_for(work: Coroutine[None, None, T], interrupted: str = "Interrupted.") -> T:
    """Its result; what fails is said."""
    with say_what_fails(interrupted):
        return asyncio.run(work)
