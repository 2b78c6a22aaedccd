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
    """The document in a file, complete and without problems. Where anything is wrong with it, says so and exits 2."""
    import yaml

    from labs.document.errors import DocumentError
    from labs.document.naming import complete
    from labs.document.parse import parse
    from labs.document.problems import find_problems

    try:
        document = parse(yaml.safe_load(_read(file)))
    except DocumentError as error:
        refuse(error.problems)
    found = find_problems(document)
    if found:
        refuse(found)
    return complete(document)


def _read(file: Path) -> bytes:
    """Up to a byte more than a document may have: how much more is nobody's concern."""
    if str(file) == "-":
        return sys.stdin.buffer.read()
    try:
        with file.open("rb") as stream:
            return stream.read()
    except OSError as error:
        refuse([f"{file}: {error.strerror}"])
