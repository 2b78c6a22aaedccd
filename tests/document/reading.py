"""Documents for tests, as one writes them."""

from __future__ import annotations

from labs.document.parse import parse
from labs.document.schema import LabDocument
from labs.formats.document_text import load


def read(text: str) -> LabDocument:
    """A document from YAML that leaves out its version and name."""
    data = load(text)
    assert isinstance(data, dict)
    return parse({"topoweb": 1, "name": "Test"} | data)
