"""What travels, as one JSON Schema: the front end's types are made from it.

python -m labs.messages.export > schema.json
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

from pydantic.json_schema import models_json_schema

from labs.messages.base import Message
from labs.messages.page import Ack, Delta, Full, Gone, Refused, Unwatch, Watch
from labs.messages.status import Features, TraceResult
from labs.messages.terminal import TerminalInput, TerminalOutput, TerminalSeen, TerminalSize
from labs.network.operations import Operation

PAGE_TO_SERVER: tuple[type[Message], ...] = (Watch, Unwatch, Ack, TerminalSeen, TerminalInput, TerminalSize)
SERVER_TO_PAGE: tuple[type[Message], ...] = (Full, Delta, Gone, Refused, TerminalOutput)
ANSWERS: tuple[type[Message], ...] = (TraceResult, Features)
"""What the page gets over REST and shows as it shows status."""


def _union(messages: tuple[type[Message], ...]) -> dict[str, Any]:
    return {"oneOf": [{"$ref": f"#/$defs/{message.__name__}"} for message in messages]}


def messages_schema() -> dict[str, Any]:
    """Every message between the server and a page, as sent, under `$defs`, with the two unions."""
    _, schema = models_json_schema(
        [(message, "serialization") for message in (*PAGE_TO_SERVER, *SERVER_TO_PAGE, *ANSWERS)],
        ref_template="#/$defs/{model}",
    )
    for definition in schema["$defs"].values():
        if "type" in definition.get("properties", {}):  # the discriminator has a default, and is always sent
            definition["required"] = ["type", *definition.get("required", [])]
    definitions = schema["$defs"] | {"PageToServer": _union(PAGE_TO_SERVER), "ServerToPage": _union(SERVER_TO_PAGE)}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Messages", "$defs": definitions}


def operation_names() -> list[str]:
    """What `PlanEntry.op` may be."""
    return sorted({operation.__name__ for operation in Operation.__subclasses__()})  # a slotted dataclass is made twice


EXPORTS: dict[str, Callable[[], Any]] = {"schema": messages_schema, "operations": operation_names}


if __name__ == "__main__":
    json.dump(EXPORTS[sys.argv[1]](), sys.stdout, indent=2)
