"""A document that need not be a lab's: checked, connected, read from YAML."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router

from labs.document.dump import dump
from labs.web import documents
from labs.web.api import schemas

router = Router(tags=["document"])


@router.post("/check", response={200: schemas.Checked, 422: schemas.Error})
def check(request: HttpRequest, body: schemas.DocumentIn) -> dict[str, Any]:
    """Problems, plan, and the document with its names, addresses and places completed. 422 has the structural errors."""
    return documents.examine(documents.parse_document(body.document))


@router.post("/connect", response={200: schemas.DocumentOut, 422: schemas.Error})
def connect(request: HttpRequest, body: schemas.ConnectIn) -> dict[str, Any]:
    """The document with a link between two nodes: interfaces named, the next free addresses given."""
    return {"document": dump(documents.connected(documents.parse_document(body.document), body.a, body.b))}


@router.post("/parse", response={200: schemas.DocumentOut, 422: schemas.Error})
def parse(request: HttpRequest, body: schemas.YamlIn) -> dict[str, Any]:
    """YAML or JSON text as a document, with a place for everything.

    Where it is neither, the problem of the 422 has `line` and `column` among its params.
    """
    return {"document": dump(documents.read_text(body.text))}
