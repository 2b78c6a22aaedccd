"""The format's page is the schema's, and its example has everything in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from jsonschema_rs import validator_for

from labs.document.dump import dump
from labs.document.export import document_schema
from labs.document.format_page import EXAMPLE, format_page
from labs.document.naming import complete
from labs.document.parse import CHECK_KINDS, LISTS, NODE_KINDS, parse
from labs.document.problems import find_problems
from labs.document.schema import LabDocument
from labs.formats.document_text import load
from tests.strategies import documents

PAGE = Path(__file__).parents[2] / "docs" / "document-format.md"


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text() == format_page(), "run: python -m labs.document.format_page > docs/document-format.md"


def test_the_example_is_complete_and_without_problems() -> None:
    document = parse(load(EXAMPLE))
    assert find_problems(document) == []
    assert complete(document) == document


def test_the_example_has_every_key() -> None:
    def keys(value: Any) -> set[str]:
        if isinstance(value, dict):
            return value.keys() | {key for inner in value.values() for key in keys(inner)}
        return {key for inner in value for key in keys(inner)} if isinstance(value, list) else set()

    models = [LabDocument, *NODE_KINDS.values(), *CHECK_KINDS.values(), *LISTS.values()]
    known = {field.alias or name for model in models for name, field in model.model_fields.items()}
    assert known - keys(load(EXAMPLE)) == {"target"}


SCHEMA = validator_for(document_schema())


@settings(max_examples=30, deadline=None)
@given(documents(netem=True))
def test_documents_satisfy_the_json_schema(document: LabDocument) -> None:
    SCHEMA.validate(dump(document))


@pytest.mark.parametrize(
    "node", [{"name": "a b", "kind": "namespace"}, {"name": "b" * 16, "kind": "bridge"}, {"name": "a", "kind": "host", "x": "1"}]
)
def test_the_json_schema_refuses_what_the_parser_refuses(node: dict[str, str]) -> None:
    assert not SCHEMA.is_valid({"topoweb": 1, "name": "Test", "nodes": [node]})
