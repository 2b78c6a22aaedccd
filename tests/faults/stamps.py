"""Edits that can be told from one another and from a mixture: each writes its number in many places of the document."""

from __future__ import annotations

from typing import Any

from tests.web.documents import pair

Json = dict[str, Any]
BEGUN = "begun"


def stamped(number: int, lineage: str) -> Json:
    """The document after an edit: its number in a name, a label, an address, an MTU and a node; in a note, all edits that led to it."""
    document = pair(f"Edit {number}")
    first, _ = document["nodes"]
    first |= {"label": f"Edit {number}", "note": f"{number}"}
    first["interfaces"][0]["addresses"] = [f"10.0.0.{number % 200 + 10}/24"]
    document["nodes"].append({"name": f"br{number}", "kind": "bridge", "addresses": [f"10.1.{number // 250}.{number % 250 + 1}/16"]})
    document["links"][0]["mtu"] = 1000 + number
    document["notes"] = [{"text": lineage, "x": 0, "y": number, "width": 200, "height": 100}]
    return document


def number_of(document: Json) -> int:
    """Which edit a document is of. Fails for a mixture of two."""
    number = int(document["name"].removeprefix("Edit "))
    wanted = stamped(number, lineage_of(document))
    shown = {key: document[key] for key in ("name", "links", "notes")}
    assert shown == {key: wanted[key] for key in shown}, f"a mixture: {document}"
    for node, original in zip(document["nodes"], wanted["nodes"], strict=True):
        assert node | original == node, f"a mixture: {document}"
    return number


def lineage_of(document: Json) -> str:
    return str(document["notes"][0]["text"])
