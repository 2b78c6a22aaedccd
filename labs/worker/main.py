"""The worker's process: one asyncio loop that drives all labs of this machine."""

from __future__ import annotations

import asyncio
import logging
import signal
from pathlib import Path

from labs.kernel.features import find_features
from labs.kernel.neighbour_tables import enlarge_tables
from labs.messages.worker import Hello
from labs.worker.connection import Connection
from labs.worker.outbox import Outbox
from labs.worker.reconciler import Reconciler
from labs.worker.surroundings import Surroundings

logger = logging.getLogger(__name__)


async def work(server: str, token: str, directory: Path, name: str, *, allow_machine: bool) -> None:
    """Serve until told to end (SIGINT, SIGTERM); the labs go on.

    `directory`: where the sockets of its labs are. `allow_machine`: whether labs may be on this machine itself.
    Raises ValueError where `server` is no address.
    """
    features = await find_features(allow_machine=allow_machine)
    for feature, reason in features.missing.items():
        logger.info("Not available here: %s. %s", feature, reason)
    if reason_small := enlarge_tables():
        logger.warning("%s", reason_small)
    outbox = Outbox()
    reconciler = Reconciler(Surroundings(directory, features, outbox.report, outbox.show, outbox.ready))
    connection = Connection(server, token, Hello(name=name, features=features), reconciler, outbox)
    await reconciler.adopt()
    try:
        await _until_told(connection)
    finally:
        await reconciler.leave()


async def _until_told(connection: Connection) -> None:
    loop = asyncio.get_running_loop()
    task = loop.create_task(connection.run())
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        logger.info("The worker ends; its labs go on")
