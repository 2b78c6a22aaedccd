"""Reading a lab document from a file or standard input."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from topoweb.cli.exits import refuse

if TYPE_CHECKING:
    from labs.document.schema import LabDocument

DocumentFile = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        help="A lab document, YAML or JSON; - reads standard input.",
        show_default=False,
    ),
]


def read_document(file: Path) -> LabDocument:
    """The document in a file, complete and without problems. Where anything is wrong with it, says all of it and exits 2."""
    from labs.document.errors import DocumentError
    from labs.document.naming import complete
    from labs.document.parse import parse
    from labs.document.problems import find_problems
    from labs.formats.document_text import TextError, load

    try:
        document = parse(load(_read(file)))
    except TextError as error:
        refuse([error])
    except DocumentError as error:
        refuse(error.problems)
    found = find_problems(document)
    if found:
        refuse(found)
    return complete(document)


def read_whole(file: Path) -> LabDocument:
    """As `read_document`, and all of what is in it can be made: exits 2 where it has a way out to the internet."""
    from labs.document.schema import Internet

    document = read_document(file)
    ways_out = [node.name for node in document.nodes if isinstance(node, Internet)]
    if ways_out:
        refuse([f"{name}: The way out to the internet is not available yet" for name in ways_out])
    return document


def _read(file: Path) -> bytes:
    """A byte more than a document may have is enough of one that is too long."""
    from labs.document.limits import DEFAULT_LIMITS

    most = DEFAULT_LIMITS.size + 1
    if str(file) == "-":
        return sys.stdin.buffer.read(most)
    try:
        with file.open("rb") as stream:
            return stream.read(most)
    except OSError as error:
        refuse([f"{file}: {error.strerror}"])
