"""`topoweb serve`: the app with one worker beside it."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from topoweb import hosts
from topoweb.cli.arguments import ALLOW_MACHINE
from topoweb.serving.first_start import CannotServeError, prepare
from topoweb.statedir import state_dir


def serve(
    host: Annotated[str, typer.Option(envvar="HOST", help="The address to listen on; 0.0.0.0 for all of this machine.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(envvar="PORT", min=0, max=65535, help="0 for any that is free.")] = 8000,
    allow_machine: Annotated[
        bool,
        typer.Option("--allow-machine", envvar=ALLOW_MACHINE, help="As root: labs of superusers may be on this machine itself."),
    ] = False,
) -> None:
    """Serve the app, with one worker beside it that runs the labs.

    Ctrl-C ends web, worker and labs; those that should run are built again at the next start.

    Example: topoweb serve --port 9000
    """
    logging.basicConfig(level=logging.INFO, format="topoweb: %(message)s", stream=sys.stderr)
    try:
        listener = listen(host, port)
    except OSError as error:
        raise _failure(f"Nothing can listen on {host} port {port}: {error.strerror}. Choose another with PORT= (and HOST=).") from None
    port = listener.getsockname()[1]
    os.environ |= {"HOST": host, "PORT": str(port)}
    try:
        path = prepare()
    except CannotServeError as error:
        raise _failure(str(error)) from None
    typer.echo(f"Open http://{hosts.public_host(host)}:{port}{path} to sign in; the link works once. Ctrl-C ends Topoweb and its labs.")
    asyncio.run(_supervise(listener, port, ["--allow-machine"] if allow_machine else []))
    subprocess.run([sys.executable, "-m", "topoweb.cli", "worker", "--end-labs"], check=False)
    logging.info("Ended, with its labs; those that should run are built again at the next start.")


async def _supervise(listener: socket.socket, port: int, options: Sequence[str]) -> None:
    """`options`: the worker's."""
    from topoweb.serving.address import announced
    from topoweb.serving.supervisor import Child, until_told

    token_file = str(state_dir() / "worker-token")
    loopback = _loopback(listener)
    descriptor = listener.fileno()
    web = Child("web server", [sys.executable, "-m", "topoweb.serving.web", str(descriptor)], os.environ, [descriptor])
    worker = Child(
        "worker",
        [sys.executable, "-m", "topoweb.cli", "worker", "--server", f"ws://{loopback}:{port}", "--token-file", token_file, *options],
        os.environ,
        grace=10,
    )
    with announced(f"http://{loopback}:{port}"):
        await until_told([web, worker])


def listen(host: str, port: int) -> socket.socket:
    """A listening socket, inherited by the web process. Raises OSError where the port is taken or the address is not ours."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
    except OSError:
        listener.close()
        raise
    listener.listen(128)
    listener.set_inheritable(True)
    return listener


def _loopback(listener: socket.socket) -> str:
    """How the worker on this machine reaches the listener."""
    address = listener.getsockname()[0]
    if address in hosts.EVERYWHERE:
        return "127.0.0.1"
    return f"[{address}]" if ":" in address else str(address)


def _failure(message: str) -> typer.Exit:
    typer.echo(f"topoweb: {message}", err=True)
    return typer.Exit(1)
