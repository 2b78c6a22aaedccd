"""The network of this machine as a drawing."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from labs.document.schema import LabDocument
from labs.document.values import NODE_NAME_BYTES
from labs.kernel.machine import Machine
from labs.kernel.strangers import strangers
from labs.network.draw import draw, not_drawable


@dataclass(frozen=True, slots=True)
class Seen:
    document: LabDocument
    left_out: list[str]
    """What the drawing does not hold."""
    is_all: bool
    """Whether all namespaces were looked into."""


async def observed_document() -> Seen:
    host = host_name()
    async with Machine(host) as machine:
        state = await machine.observe()
        strange = await strangers(machine, state)
        document = draw(state, onto=LabDocument(topoweb=1, name=host))
        missing = [operation.describe() for operation in not_drawable(state, document)]
        return Seen(document, [*strange, *missing], machine.is_root)


def host_name() -> str:
    """This machine's name, as far as a node can have it."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", os.uname().nodename).strip("-.")
    return name[:NODE_NAME_BYTES] or "host1"
