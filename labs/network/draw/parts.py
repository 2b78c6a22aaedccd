"""Parts of a document, made of values that may be more than it can hold."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import ValidationError

from labs.document import schema

P = TypeVar("P", bound=schema.Part)

_IDENTITY = {"name", "kind", "host", "in", "in_", "ends", "to", "via", "dev", "type"}
"""Without these as they are, a part is not the thing that was to be drawn."""


def part(model: type[P], /, **values: Any) -> P | None:
    """A part without those of the values that no document can hold; None where it cannot hold the thing itself."""
    while True:
        try:
            return model(**values)
        except ValidationError as error:
            refused = {str(details["loc"][0]) for details in error.errors()}
            if not refused.isdisjoint(_IDENTITY) or refused.isdisjoint(values):
                return None
            values = {key: value for key, value in values.items() if key not in refused}


def changed(before: P, /, **values: Any) -> P:
    """The part with other values, where they are others."""
    if all(getattr(before, key) == value for key, value in values.items()):
        return before
    return part(type(before), **dict(before) | values) or before
