"""`topoweb ping LAB NODE ADDRESS`"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from topoweb.cli.arguments import LabName, NodeName
from topoweb.cli.exits import AS_WISHED, NOT_AS_WISHED, refuse
from topoweb.cli.output import print_json, say

if TYPE_CHECKING:
    from labs.messages.status import PingResult


def ping(
    lab: LabName,
    node: NodeName,
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="An address, or a node that has one.", show_default=False)],
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Ping an address once from a node of a lab. Exits 0 where it replies, 1 otherwise.

    Example: topoweb ping two-namespaces ns1 192.168.1.2
    """
    from topoweb.cli.waiting import wait_for

    result = wait_for(_ping(lab, node, address))
    if json:
        print_json(result.model_dump(mode="json"))
    else:
        say(result.text)
    raise typer.Exit(AS_WISHED if result.got == "reply" else NOT_AS_WISHED)


async def _ping(name: str, node: str, target: str) -> PingResult:
    from labs.document.parse import parse
    from labs.worker.drawing import Drawing
    from labs.worker.errors import RefusedError
    from labs.worker.requests import address_of
    from topoweb.cli.labs import find, netns, open_namespaces, visit

    async with visit(await find(name)) as (lab, record):
        source = await netns(lab, record, node)
        try:
            address = address_of(Drawing.of(parse(record.document)), node, target)
        except RefusedError as error:
            refuse([error])
        await open_namespaces(lab)
        return await lab.prober.ping(source, address)
