"""`topoweb validate FILE`"""

from __future__ import annotations

from topoweb.cli.documents import DocumentFile, read_document


def validate(file: DocumentFile) -> None:
    """Say everything that is wrong with a lab document.

    A line for each, on standard error. Exits 0 where nothing is wrong, 2 otherwise.

    Example: topoweb validate lab.yaml
    """
    read_document(file)
