"""A document in little, for thumbnails."""

from __future__ import annotations

from typing import Any


def picture(document: dict[str, Any]) -> dict[str, Any]:
    """Nodes with kind and place, and links as pairs of nodes."""
    return {
        "nodes": [
            {
                "name": node["name"],
                "kind": node["kind"],
                "parent": node.get("in") or node.get("host"),
                "x": node.get("x"),
                "y": node.get("y"),
            }
            for node in document.get("nodes", ())
        ],
        "links": [tuple(end.partition(":")[0] for end in link["ends"]) for link in document.get("links", ())],
    }
