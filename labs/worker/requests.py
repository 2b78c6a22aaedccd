"""What the server asks about a running lab, and the answers."""

from __future__ import annotations

import asyncio
import logging
from ipaddress import ip_address

from labs.document.dump import dump
from labs.document.errors import DocumentError
from labs.document.parse import parse
from labs.formats.entries import plan_entries
from labs.kernel.checks import run_checks
from labs.kernel.errors import KernelError
from labs.kernel.netns import LANS
from labs.kernel.running import RunningLab
from labs.messages.status import CheckResult
from labs.messages.worker import Reply, Request
from labs.network.normal import normalize
from labs.network.operations import Operation, Plan, SetMac
from labs.network.state import Gateway, Netns, NetworkState
from labs.worker.drawing import Drawing, drawn, name_hops, name_hops_of
from labs.worker.drift import adopt, drawn_entries
from labs.worker.errors import ElsewhereError, NotRunningError, RefusedError, run_error
from labs.worker.on_machine import preview
from labs.worker.runner import Runner
from labs.worker.surroundings import Surroundings
from labs.worker.terminals import Terminals

logger = logging.getLogger(__name__)


async def answer(request: Request, runner: Runner | None, surroundings: Surroundings) -> Reply:
    """The answer to a request about a lab; every failure is an answer too."""
    try:
        return await _answer(request, runner, surroundings)
    except (RefusedError, KernelError, DocumentError) as error:
        return Reply(id=request.id, error=str(error), failure=run_error(error))
    except asyncio.CancelledError:
        raise
    except Exception as error:
        logger.exception("Request %s about lab %s failed", request.action, request.lab)
        return Reply(id=request.id, error=f"{type(error).__name__}: {error}")


async def _answer(request: Request, runner: Runner | None, surroundings: Surroundings) -> Reply:
    drawing = runner.drawing if runner else None
    if runner is None or runner.lab is None or drawing is None or not runner.is_up:
        return await _answer_without_lab(request, surroundings)
    lab = runner.lab
    match request.action:
        case "ping":
            source, target = _source(drawing, request), address_of(drawing, request.source, request.target)
            if runner.feed:
                runner.feed.follow_ping(source, str(target))
            return Reply(id=request.id, ping=await lab.prober.ping(source, target))
        case "trace":
            source, target = _source(drawing, request), address_of(drawing, request.source, request.target)
            return Reply(id=request.id, trace=name_hops(await lab.prober.trace(source, target), drawing))
        case "checks":
            return Reply(id=request.id, checks=await _checks(runner, lab, drawing))
        case "open_terminal" | "close_terminal":
            return await _open_or_close(runner.terminals, lab, drawing, request)
        case "plan" | "preview":
            return await _plan(lab, drawing, request)
        case "adopt":
            document = parse(request.document) if request.document is not None else drawing.document
            adoption = await adopt(document, drawing.state, await lab.observe(), request.entries)
            return Reply(id=request.id, document=adoption.document and dump(adoption.document), refused=adoption.refused)
        case "repair":
            await runner.repair(request.entries)
            return Reply(id=request.id)


async def _answer_without_lab(request: Request, surroundings: Surroundings) -> Reply:
    """What Run would do on the machine itself depends on what is there."""
    if request.action != "preview" or request.document is None:
        raise NotRunningError
    drawing = drawn(request.document)
    return Reply(id=request.id, plan=await preview(request.lab, drawing, surroundings.directory, surroundings.features))


async def _checks(runner: Runner, lab: RunningLab, drawing: Drawing) -> tuple[CheckResult, ...]:
    def show(result: CheckResult) -> None:
        if runner.feed:
            runner.feed.take_check(result)

    return tuple(name_hops_of(result, drawing) for result in await run_checks(lab, drawing.document, show))


async def _plan(lab: RunningLab, drawing: Drawing, request: Request) -> Reply:
    """What leads from the network as it is now to the document, or to what runs; each with whether it undoes what was done by hand."""
    base, wanted = drawing.state, drawn(request.document) if request.document is not None else drawing
    if wanted.document.target != lab.target:
        raise ElsewhereError
    observed = await lab.observe()
    by_hand = drawn_entries(base, normalize(observed, base), wanted.state)
    seen, plan = await lab.plan(wanted.network, base)
    return Reply(id=request.id, plan=plan_entries(_visible(plan, observed), seen, base), drawn=by_hand)


def _visible(plan: Plan, observed: NetworkState) -> Plan:
    """Without what fixes a MAC address as it is already: nobody need agree to that."""
    return tuple(operation for operation in plan if not _is_so(operation, observed))


def _is_so(operation: Operation, observed: NetworkState) -> bool:
    match operation:
        case SetMac(interface, mac) if link := observed.link(interface):
            return link.mac == mac
    return False


def _source(drawing: Drawing, request: Request) -> Netns:
    netns = drawing.topology.netns(request.source or "")
    if netns is None:
        raise _no_such_node(request.source or "", "a probe can start from")
    return netns


async def _open_or_close(terminals: Terminals | None, lab: RunningLab, drawing: Drawing, request: Request) -> Reply:
    if terminals is None:
        message = "A lab on the machine itself has no terminals here: on it, as root, use `ip netns exec NAME bash`"
        raise RefusedError(message, code="terminals_on_machine")
    if request.action == "open_terminal":
        return Reply(id=request.id, terminal=await terminals.open(_node(lab, drawing, request), request.rows, request.columns))
    await terminals.close(request.terminal or "")
    return Reply(id=request.id)


def _node(lab: RunningLab, drawing: Drawing, request: Request) -> Netns:
    """Where a terminal opens: a drawn node, or a namespace that somebody made by hand."""
    text = request.source or ""
    netns = drawing.topology.end(text).netns
    if netns is not None:
        return netns
    made = next((netns for netns in lab.handles if netns != LANS and str(netns) == text), None)
    if made is None:
        raise _no_such_node(text, "a terminal can open in")
    return made


def _no_such_node(text: str, what: str) -> RefusedError:
    return RefusedError(f"The running lab has no node {text!r} that {what}", code="no_such_node", params={"node": text})


def address_of(drawing: Drawing, source: str | None, target: str | None) -> Gateway:
    """An address as it is; of a node, one in a subnet of the source's, if there is any, and an IPv4 address before an IPv6 one.

    Raises RefusedError for what is neither.
    """
    text = target or ""
    try:
        return ip_address(text)
    except ValueError:
        pass
    addresses = drawing.addresses.get(text)
    if not addresses:
        message = f"{text!r} is neither an address nor a node of the running lab that has one"
        raise RefusedError(message, code="no_address", params={"node": text})
    subnets = drawing.subnets.get(source or "", ())
    near = [address for address in addresses if any(address in subnet for subnet in subnets)]
    return min(near or addresses, key=lambda address: address.version)
