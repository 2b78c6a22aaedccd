"""What a command does that takes its time: until it is done, fails, or somebody presses Ctrl-C."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import TypeVar

import typer

from labs.kernel.errors import KernelError
from topoweb.cli.exits import INTERRUPTED, NOT_AS_WISHED, complain

T = TypeVar("T")


def _nothing_more(why: str) -> None:
    pass


@contextmanager
def say_what_fails(interrupted: str = "Interrupted.", also: Callable[[str], None] = _nothing_more) -> Iterator[None]:
    """Where the kernel, a lab or the server refuses: say why, and exit 1. After Ctrl-C, say how things are. `also` is told why, too."""
    try:
        yield
    except (KernelError, TimeoutError) as error:
        why = str(error) if isinstance(error, KernelError) else "The lab does not answer."
        also(why)
        complain(why)
        raise typer.Exit(NOT_AS_WISHED) from None
    except KeyboardInterrupt:
        complain(interrupted)
        raise typer.Exit(INTERRUPTED) from None


def wait_for(work: Coroutine[None, None, T], interrupted: str = "Interrupted.", also: Callable[[str], None] = _nothing_more) -> T:
    """Its result; what fails is said."""
    with say_what_fails(interrupted, also):
        return asyncio.run(work)
