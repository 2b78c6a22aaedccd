"""`topoweb worker`"""

from __future__ import annotations

import asyncio
import gc
import logging
import socket
import sys
from pathlib import Path
from typing import Annotated

import typer

from topoweb.cli.arguments import ALLOW_MACHINE
from topoweb.cli.exits import refuse
from topoweb.statedir import state_dir

_YOUNG = 5_000
"""How many objects come, and do not go, before the newest are looked at. With Python's 700, all objects are looked at in each change of a
large lab, for a tenth of a second."""


def worker(
    server: Annotated[str, typer.Option(metavar="URL", help="The server: ws://HOST:PORT or wss://HOST.")] = "ws://127.0.0.1:8000",
    token_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Holds the token that the server gave this worker.", exists=True, dir_okay=False)
    ] = None,
    state: Annotated[
        Path | None,
        typer.Option("--state-dir", metavar="DIR", file_okay=False, help="Where the labs' sockets are; else TOPOWEB_STATE_DIR."),
    ] = None,
    name: Annotated[str, typer.Option(help="What the server calls this machine.")] = socket.gethostname(),
    allow_machine: Annotated[
        bool,
        typer.Option("--allow-machine", envvar=ALLOW_MACHINE, help="As root: labs of superusers may be on this machine itself."),
    ] = False,
    end_labs: Annotated[bool, typer.Option("--end-labs", help="End all labs of this machine, and do nothing else.")] = False,
) -> None:
    """Run labs on this machine for a server. The labs outlive the worker: another one takes them over.

    Example: topoweb worker --server wss://labs.example.org --token-file worker-token
    """
    from labs.kernel.lab import end_labs as end_all
    from labs.worker.main import work
    from labs.worker.on_machine import end_labs_on_machine
    from topoweb.cli.waiting import wait_for

    logging.basicConfig(level=logging.INFO, format="topoweb worker: %(message)s", stream=sys.stderr)
    directory = (state or state_dir()) / "labs"
    if end_labs:
        asyncio.run(end_all(directory))
        wait_for(end_labs_on_machine(directory))
        return
    if token_file is None:
        refuse(["A worker needs a token: --token-file FILE"])
    gc.freeze()  # what is loaded by now stays: no lab has to wait while all of it is searched for garbage
    gc.set_threshold(_YOUNG, 10, 10)
    try:
        asyncio.run(work(server, token_file.read_text().strip(), directory, name, allow_machine=allow_machine))
    except ValueError as error:
        refuse([error])
