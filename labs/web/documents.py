"""What the web asks of the pure rooms about a document. A stored document was parsed before it was stored."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from labs.document.dump import dump
from labs.document.errors import DocumentError, Problem
from labs.document.naming import complete
from labs.document.parse import parse
from labs.document.schema import LabDocument
from labs.web.errors import Conflict, Invalid

JsonObject = dict[str, Any]


def problem_json(problem: Problem) -> JsonObject:
    return {"path": problem.path, "code": problem.code, "params": dict(problem.params), "message": problem.message}


def parse_document(data: object) -> LabDocument:
    """Untrusted data as a document. Raises Invalid with every structural error."""
    try:
        return parse(data, settings.DOCUMENT_LIMITS)
    except DocumentError as error:
        raise invalid(error) from None


def invalid(error: DocumentError) -> Invalid:
    problems = [problem_json(problem) for problem in error.problems]
    count = len(problems)
    return Invalid("document_invalid", f"The document has {count} error{'s' * (count != 1)}.", {"count": count}, problems)


def stored_document(data: JsonObject) -> LabDocument:
    """A document that was stored. Raises Invalid where it was stored by an older version and is not one any more."""
    return parse_document(data)


def to_json(document: LabDocument) -> JsonObject:
    return dump(document)


def refuse_problems(problems: list[JsonObject]) -> None:
    """Raise Conflict where there are any: such a lab is saved and shown, and not run."""
    if problems:
        count = len(problems)
        raise Conflict("has_problems", f"The drawing has {count} problem{'s' * (count != 1)}.", {"count": count}, problems)


def problems_of(data: JsonObject) -> list[JsonObject]:
    """What keeps a stored document from running."""
    return []


def examine(document: LabDocument) -> JsonObject:
    """Problems, plan (None where there are problems) and the completed document."""
    return {"problems": [], "plan": None, "document": dump(complete(document))}
