"""`topoweb observe`"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from topoweb.cli.exits import complain, refuse
from topoweb.cli.output import say


def observe(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", dir_okay=False, help="Where the drawing goes; else to standard output.")
    ] = None,
) -> None:
    """Draw the network of this machine, and change nothing.

    What is drawn: the default network namespace and those of `ip netns`, bridges, veth pairs, network cards, addresses, routes, kernel
    parameters. What a drawing cannot hold is said on standard error, a line each. An ordinary user sees the default namespace alone.

    Examples:

    \b
      sudo topoweb observe -o here.yaml
      topoweb observe | topoweb export -
    """
    import asyncio

    from labs.document.problems import find_problems
    from labs.formats.document_text import dump_yaml
    from topoweb.cli.observing import observed_document

    seen = asyncio.run(observed_document())
    if not seen.is_all:
        complain("Only the default network namespace is seen: to look into the others, run this as root (sudo topoweb observe).")
    complain(*(f"Not drawn: {words}" for words in seen.left_out))
    complain(*(f"As drawn, this cannot run yet: {problem}" for problem in find_problems(seen.document)))
    text = dump_yaml(seen.document)
    if output is None:
        say(text, newline=False)
        return
    try:
        output.write_text(text)
    except OSError as error:
        refuse([f"{output}: {error.strerror}"])
