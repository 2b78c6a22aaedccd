"""The documents that other tests are given: they reach every kind and every key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings

from labs.document.dump import dump
from labs.document.parse import CHECK_KINDS, LISTS, NODE_KINDS
from labs.document.schema import LabDocument
from labs.document.sysctls import SYSCTLS
from tests.strategies import documents


def said(value: Any, inside: str = "") -> Iterator[str]:
    """What a document says: `kind`, `kind=bridge`, `up=False`, …"""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from said(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from said(inner, inside)
    elif isinstance(value, (str, bool)):
        yield f"{inside}={value}"


@pytest.mark.slow
def test_generated_documents_reach_every_kind_and_key() -> None:
    found: set[str] = set()

    @seed(1)
    @settings(max_examples=250, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(documents(netem=True))
    def look(document: LabDocument) -> None:
        found.update(said(dump(document)))

    look()
    models = [*NODE_KINDS.values(), *CHECK_KINDS.values(), *LISTS.values()]
    keys = {field.alias or name for model in models for name, field in model.model_fields.items()}
    kinds = {f"kind={kind}" for kind in NODE_KINDS} - {"kind=internet"}
    values = {"up=False", "stp=True", "type=blackhole", "type=unreachable", "type=prohibit", "expect=unreachable", "expect=timeout"}
    assert keys | kinds | values | SYSCTLS.keys() <= found
