"""One process that keeps two others alive: the web server and a worker. Either may die at any time; it is started again."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import logging
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

logger = logging.getLogger(__name__)

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 10.0
"""Seconds before a child that has died is started again; doubled each time, from the first."""
STEADY = 10.0
"""Seconds after which a child counts as well: the next pause is the first again."""
_PR_SET_PDEATHSIG = 1  # include/uapi/linux/prctl.h


@dataclass(frozen=True, slots=True)
class Child:
    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    descriptors: Sequence[int] = ()
    grace: float = 5.0
    """Seconds to end after SIGTERM, before SIGKILL."""


async def supervise(child: Child) -> None:
    """Keep a child running until this is cancelled; then end it."""
    pause = FIRST_PAUSE
    while True:
        began = time.monotonic()
        process = await _start(child)
        try:
            code = await process.wait()
        except asyncio.CancelledError:
            await _end(process, child.grace)
            raise
        if time.monotonic() - began > STEADY:
            pause = FIRST_PAUSE
        logger.warning("The %s ended (%s); it is started again in %.1f s.", child.name, _how(code), pause)
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


async def until_told(children: Sequence[Child]) -> None:
    """Supervise the children until SIGINT, SIGTERM or SIGHUP; then end them, the last first."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, told.set)
    tasks = [asyncio.create_task(supervise(child)) for child in children]
    waiting = asyncio.create_task(told.wait())
    try:
        await asyncio.wait([waiting, *tasks], return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in reversed(tasks):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def _start(child: Child) -> asyncio.subprocess.Process:
    """In a session of its own, so that Ctrl-C reaches the supervisor alone; with SIGTERM, should the supervisor be killed."""
    return await asyncio.create_subprocess_exec(
        *child.command,
        env=dict(child.environment),
        stdin=asyncio.subprocess.DEVNULL,
        pass_fds=child.descriptors,
        start_new_session=True,
        preexec_fn=_die_with_parent,
    )


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


async def _end(process: asyncio.subprocess.Process, grace: float) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(grace):  # wait_for may swallow that this is cancelled
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def _how(code: int) -> str:
    return f"exit {code}" if code >= 0 else signal.Signals(-code).name
