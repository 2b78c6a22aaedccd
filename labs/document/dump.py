"""From a `LabDocument` back to data, without what is at its default, so that parsing it gives the same document."""

from __future__ import annotations

from typing import Any

from labs.document.schema import LabDocument


def dump(document: LabDocument) -> dict[str, Any]:
    """The document as JSON or YAML can hold it: keys as written (`from`, `in`), in the order of the schema."""
    data = document.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    data["nodes"] = [_kind_second(node) for node in data.get("nodes", ())]
    if not data["nodes"]:
        del data["nodes"]
    return data


def _kind_second(node: dict[str, Any]) -> dict[str, Any]:
    return {"name": node["name"], "kind": node["kind"]} | node
