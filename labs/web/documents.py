"""What the web asks of the pure rooms about a document. A stored document was parsed before it was stored."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from typing import Any, NamedTuple

from django.conf import settings
from django.core.cache.backends.locmem import LocMemCache
from pydantic_core import from_json, to_json

from labs.document.addressing import LinkError, connect
from labs.document.dump import dump
from labs.document.errors import DocumentError, Problem
from labs.document.layout import arrange
from labs.document.naming import complete
from labs.document.parse import parse
from labs.document.problems import find_problems
from labs.document.schema import Internet, LabDocument
from labs.formats.document_text import TextError, load
from labs.formats.entries import plan_entries
from labs.formats.names import filename, host_label
from labs.formats.script import Format, hosts, script
from labs.messages.status import PlanEntry
from labs.network.compile import compile
from labs.network.diff import diff
from labs.network.state import EMPTY
from labs.web.errors import Conflict, Invalid

JsonObject = dict[str, Any]
UNAVAILABLE = {"internet": "The way out to the internet"}


def problem_json(problem: Problem) -> JsonObject:
    return {
        "path": problem.path,
        "also": list(problem.also),
        "code": problem.code,
        "params": dict(problem.params),
        "message": problem.message,
    }


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


def drawn_document(data: object) -> LabDocument:
    """Untrusted data as a document in which everything has a place, as it is stored and drawn. Raises Invalid as `parse_document`."""
    return arrange(parse_document(data))


def stored_document(data: JsonObject) -> LabDocument:
    """A document that was stored. Raises Invalid where it was stored by an older version and is not one any more."""
    return parse_document(data)


def connected(document: LabDocument, a: str, b: str) -> LabDocument:
    """The document with a link between two nodes. Raises Invalid, which says why, where they cannot be linked."""
    try:
        return connect(document, a, b)
    except LinkError as error:
        found = error.problem
        raise Invalid(found.code, found.message, found.params, [problem_json(found)]) from None


def read_text(text: str) -> LabDocument:
    """YAML or JSON as a document to draw. Raises Invalid with every error; where the text is not even YAML, with the line."""
    try:
        return drawn_document(load(text, settings.DOCUMENT_LIMITS))
    except TextError as error:
        code, params = "text_invalid", {"reason": error.message}
        if error.line is not None:
            code, params = "text_invalid_at", params | {"line": str(error.line), "column": str(error.column)}
        problem = {"path": "", "code": code, "params": params, "message": str(error)}
        raise Invalid(code, str(error), params, [problem]) from None


class _Findings(NamedTuple):
    problems: list[JsonObject]
    unavailable: list[JsonObject]
    """What it asks for and nothing can do yet."""

    def refuse_problems(self) -> None:
        count = len(self.problems)
        if count:
            raise Conflict("has_problems", f"The drawing has {count} problem{'s' * (count != 1)}.", {"count": count}, self.problems)

    def refuse_unrunnable(self) -> None:
        self.refuse_problems()
        if self.unavailable:
            first = self.unavailable[0]
            raise Conflict("not_available", first["message"], first["params"], self.unavailable)


_FINDINGS = LocMemCache("findings", {"OPTIONS": {"MAX_ENTRIES": 1000}})
"""About the documents that were looked at last, by their digests: what is run was saved a moment ago, and the same is looked at often."""
REMEMBERED_PROBLEMS = 50
"""Of a document with more, nothing is remembered: a large one may have ten thousand."""


def _findings(text: bytes) -> _Findings:
    """What keeps a stored document from running. Raises Invalid as `stored_document`."""
    digest = blake2b(text, digest_size=16).hexdigest()
    known: _Findings | None = _FINDINGS.get(digest)
    if known is not None:
        return known
    document = _parsed(text)
    found = _Findings([problem_json(problem) for problem in find_problems(document)], unavailable(document))
    if len(found.problems) + len(found.unavailable) <= REMEMBERED_PROBLEMS:
        _FINDINGS.set(digest, found, timeout=None)
    return found


@lru_cache(maxsize=8)
def _parsed(text: bytes) -> LabDocument:
    return stored_document(from_json(text))


def problems_of(data: JsonObject) -> list[JsonObject]:
    """What keeps a stored document from running; where it is not even a document any more, why."""
    try:
        return _findings(to_json(data)).problems
    except Invalid as error:
        return [dict(problem) for problem in error.problems]


def examine(document: LabDocument) -> JsonObject:
    """Problems, plan (None where there are problems) and the completed document, in which everything has a place."""
    problems = [problem_json(problem) for problem in find_problems(document)] + unavailable(document)
    return {"problems": problems, "plan": None if problems else plan_of(document), "document": dump(arrange(complete(document)))}


def plan_of(document: LabDocument, since: LabDocument | None = None) -> tuple[PlanEntry, ...]:
    """What Run would do or, where `since` runs, Apply: by what is drawn alone. The documents must be without problems."""
    before = compile(since) if since else EMPTY
    return plan_entries(diff(before, compile(document)), before)


def refuse_problems(data: JsonObject) -> None:
    """Raise Conflict with the problems of a stored document, where it has any."""
    _findings(to_json(data)).refuse_problems()


def refuse_unrunnable(data: JsonObject) -> None:
    """Raise Conflict where a stored document cannot be run: with its problems, or with what it asks for and nothing can do yet."""
    _findings(to_json(data)).refuse_unrunnable()


def runnable(data: JsonObject) -> LabDocument:
    """A stored document that is to be planned or exported. Raises Conflict as `refuse_unrunnable`."""
    text = to_json(data)
    _findings(text).refuse_unrunnable()
    return _parsed(text)


def unavailable(document: LabDocument) -> list[JsonObject]:
    """What a document may ask for and nothing can do yet, as problems."""
    found = [(f"nodes[{i}]", "internet") for i, node in enumerate(document.nodes) if isinstance(node, Internet)]
    return [
        {"path": path, "code": "not_available", "params": {"feature": feature}, "message": f"{UNAVAILABLE[feature]} is not available yet."}
        for path, feature in found
    ]


def script_of(document: LabDocument, format: Format, host: str | None, *, teardown: bool) -> tuple[str, str]:
    """The name and the text of a host's script. Raises Invalid, naming the hosts, for a host that is not there, or for none of several."""
    state = compile(document)
    names = {host_label(name): name for name in hosts(state)}
    if host is None and len(names) > 1:
        raise Invalid("host_needed", f"The lab spans several hosts; say which: {', '.join(names)}.", {"hosts": ", ".join(names)})
    if host is not None and host not in names:
        raise Invalid(
            "host_unknown", f"The lab has no host {host!r}; it has {', '.join(names)}.", {"host": host, "hosts": ", ".join(names)}
        )
    name = names[host] if host is not None else next(iter(names.values()), "")
    return filename(document, state, name, teardown=teardown), script(document, state, host=name, format=format, teardown=teardown)
