"""What this machine's kernel can do, tried out in a sandbox, and what a document needs of it."""

from __future__ import annotations

import os
from collections.abc import Iterator

from labs.document.schema import Internet, LabDocument, Link
from labs.kernel.errors import KernelError, SandboxError
from labs.kernel.executor import apply
from labs.kernel.lab import Lab
from labs.kernel.machine import Machine
from labs.kernel.refusals import OperationError
from labs.messages.status import Features
from labs.network.operations import AddHost, AddVeth, SetNetem
from labs.network.state import Interface, Netem, Netns

SANDBOX, NETEM, INTERNET, MACHINE = "sandbox", "netem", "internet", "machine"
NOT_YET = {
    INTERNET: "The way out to the internet is not available yet",
    MACHINE: "A lab for the machine itself runs there by `topoweb run --target machine`, as root",
}
_NOT_ALLOWED = "Labs are not allowed on the machine itself: start the worker as root with `--allow-machine` or `TOPOWEB_ALLOW_MACHINE=1`"
_NOT_ROOT = "Only root may change the network of this machine: start the worker with `--allow-machine` as root, not as an ordinary user"
_NETEM_MISSING = "This kernel has no netem (sch_netem), which delay, jitter, loss and rate need"


class FeatureMissingError(KernelError):
    """The document needs what is not to be had here. Nothing was made."""

    code = "feature-missing"


async def find_features(*, allow_machine: bool = False) -> Features:
    """Try everything out. `allow_machine`: whether labs may be on this machine itself."""
    found = await _find_in_sandbox()
    reason = await _keeps_off_the_machine() if allow_machine else _NOT_ALLOWED
    if reason:
        return found.model_copy(update={"missing": found.missing | {MACHINE: reason}})
    missing = {feature: why for feature, why in found.missing.items() if feature != MACHINE}
    return Features(available=(*found.available, MACHINE), missing=missing)


async def _keeps_off_the_machine() -> str | None:
    """Why nobody may change the network of this machine."""
    async with Machine(marked_only=True) as machine:
        return None if machine.is_root else _NOT_ROOT


async def _find_in_sandbox() -> Features:
    """In one of its own, that is gone afterwards."""
    try:
        lab = await Lab.start(f"features-{os.getpid()}")
    except SandboxError as unavailable:
        return Features(missing=NOT_YET | {SANDBOX: str(unavailable)})
    try:
        missing = dict(NOT_YET)
        if not await _has_netem(lab):
            missing[NETEM] = _NETEM_MISSING
        return Features(available=tuple(feature for feature in (SANDBOX, NETEM) if feature not in missing), missing=missing)
    finally:
        await lab.end()


async def _has_netem(lab: Lab) -> bool:
    a, b = (Interface(Netns("", ""), name) for name in ("a", "b"))
    try:
        await apply((AddHost(""), AddVeth(a, b), SetNetem(a, Netem(delay=1.0))), lab.keeper)
    except OperationError as failed:
        if isinstance(failed.operation, SetNetem):
            return False
        raise
    return True


def require(document: LabDocument, features: Features) -> None:
    """Raises FeatureMissingError for the first feature that the document needs and that is missing."""
    for feature, subject in _needs(document):
        require_feature(feature, features, subject)


def require_feature(feature: str, features: Features, subject: str = "") -> None:
    """Raises FeatureMissingError where it is missing, which `subject` needs."""
    if reason := features.missing.get(feature):
        raise FeatureMissingError(f"{subject}: {reason}" if subject else reason, params={"feature": feature, "subject": subject})


async def require_here(document: LabDocument, *, on_machine: bool = False) -> None:
    """As `require`, on this machine, of which only what the document needs is tried out (but for the sandbox, which Lab.start tries).

    `on_machine`: where it is to run, whatever its target is.
    """
    if on_machine:
        document = document.model_copy(update={"target": "sandbox"})
    require(document, Features(missing=NOT_YET))
    if any(feature == NETEM for feature, _ in _needs(document)):
        require(document, await find_features())


def _needs(document: LabDocument) -> Iterator[tuple[str, str]]:
    """Each with the node or link that needs it."""
    yield (MACHINE if document.target == "machine" else SANDBOX), ""
    for node in document.nodes:
        if isinstance(node, Internet):
            yield INTERNET, node.name
    for link in document.links:
        if _impairs(link):
            yield NETEM, " -- ".join(link.ends)


def _impairs(link: Link) -> bool:
    return any(value is not None for value in (link.delay, link.jitter, link.loss, link.rate))
