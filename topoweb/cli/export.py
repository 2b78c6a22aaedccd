"""`topoweb export FILE`"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from topoweb.cli.documents import DocumentFile, read_whole
from topoweb.cli.exits import complain, refuse
from topoweb.cli.output import say

if TYPE_CHECKING:
    from collections.abc import Sequence


class ScriptFormat(StrEnum):
    iproute2 = "iproute2"
    brctl = "brctl"
    batch = "batch"


def export(
    file: DocumentFile,
    format: Annotated[ScriptFormat, typer.Option(help="How the commands are written.")] = ScriptFormat.iproute2,
    host: Annotated[str | None, typer.Option(metavar="NAME", help="The host whose script it is, where a lab spans several.")] = None,
    teardown: Annotated[bool, typer.Option("--teardown", help="The script that takes the network down again.")] = False,
    output: Annotated[
        Path | None, typer.Option(metavar="DIR", file_okay=False, help="Write a file for each host into this folder.")
    ] = None,
) -> None:
    """Write a lab's network as shell scripts, one for each host.

    Examples:

    \b
      topoweb export lab.yaml --format brctl > lab.sh
      topoweb export two-hosts.yaml --output scripts
    """
    from labs.formats.names import filename, host_label
    from labs.formats.script import hosts, script
    from labs.network.compile import compile

    document = read_whole(file)
    state = compile(document)
    chosen = _choose([host_label(name) for name in hosts(state)], host, to_files=output is not None)
    for name in hosts(state):
        if host_label(name) not in chosen:
            continue
        text = script(document, state, host=name, format=format.value, teardown=teardown)
        if output is None:
            say(text, newline=False)
        else:
            _write(output / filename(document, state, name, teardown=teardown), text)


def _choose(names: Sequence[str], host: str | None, *, to_files: bool) -> Sequence[str]:
    """The hosts whose scripts are wanted. Exits 2 where that is not clear."""
    if host is not None and host not in names:
        refuse([f"This lab has no host {host!r}; it has {', '.join(names) or 'none'}."])
    if host is None and not to_files and len(names) > 1:
        refuse([f"This lab spans the hosts {', '.join(names)}: choose one by --host, or write all of them by --output DIR."])
    return names if host is None else [host]


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
    except OSError as error:
        refuse([f"{path}: {error.strerror}"])
    complain(path)
