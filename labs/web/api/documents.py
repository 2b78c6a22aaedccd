"""A document that need not be a lab's: checked, connected, read from YAML."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router

from labs.web import documents
from labs.web.api import schemas

router = Router(tags=["document"])


@router.post("/check", response={200: schemas.Checked, 422: schemas.Error})
def check(request: HttpRequest, body: schemas.DocumentIn) -> dict[str, Any]:
    """Problems, plan, and the document with its names and addresses completed. 422 has the structural errors."""
    return documents.examine(documents.parse_document(body.document))
