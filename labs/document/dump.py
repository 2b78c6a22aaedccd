"""From a `LabDocument` back to data, so that parsing it gives the same document."""

from __future__ import annotations

from typing import Any

from labs.document.schema import Check, LabDocument

NODE_KEYS = (
    *("name", "kind", "label", "host", "in", "addresses", "interfaces", "routes", "sysctls"),
    *("stp", "mtu", "mac", "up", "x", "y", "note"),
)
"""The order in which a node is read: what it is, what it has, where it stands."""


def dump(document: LabDocument) -> dict[str, Any]:
    """The document as JSON or YAML can hold it: keys as written (`from`, `in`), in a fixed order, without what is at its default.

    What a check expects is always said.
    """
    data = document.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    if document.nodes:
        data["nodes"] = [_ordered(node) for node in data["nodes"]]
    if document.checks:
        data["checks"] = [_expecting(check) for check in document.checks]
    return data


def _ordered(node: dict[str, Any]) -> dict[str, Any]:
    return {key: node[key] for key in NODE_KEYS if key in node}


def _expecting(check: Check) -> dict[str, Any]:
    return check.model_dump(mode="json", by_alias=True)
