"""The labs that run on this machine: those that the command line keeps, and those of the server's worker.

Both are found by their sockets, and visited: whoever controls a lab goes on undisturbed. Those on the machine itself are found by their
records.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from labs.document.parse import parse
from labs.document.schema import LabDocument
from labs.document.topology import Topology
from labs.kernel.errors import KernelError, LabGoneError
from labs.kernel.lab import Lab, find_labs
from labs.kernel.record_file import SUFFIX, find_records
from labs.kernel.running import RunningLab
from labs.messages.status import Features
from labs.network.state import Netns
from labs.worker.on_machine import hold_again
from labs.worker.record import Record
from topoweb.cli.exits import refuse
from topoweb.statedir import kept_labs, server_labs

if TYPE_CHECKING:
    from typing import Literal

    from labs.messages.status import RunState


class StrangeLabError(KernelError):
    """A lab that says nothing of what it was built from."""

    code = "lab-strange"


class NotRootError(KernelError):
    """The machine itself is root's."""

    code = "not-root"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a lab can be reached."""

    path: Path
    """Of its socket; on the machine itself, of its record."""
    of_server: bool
    """The server's worker runs it; the command line keeps the others."""

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def on_machine(self) -> bool:
        return self.path.suffix == SUFFIX

    @property
    def of(self) -> str:
        return "server" if self.of_server else "command line"


@dataclass(frozen=True, slots=True)
class Seen:
    """A lab as a visitor finds it."""

    place: Place
    since: float
    """When it was started, in seconds since the epoch: its socket is as old as it."""
    record: Record | None
    trouble: Exception | None = None
    """Why there is no record."""

    def is_called(self, name: str) -> bool:
        """Whether it can be meant by this."""
        return bool(name) and (name in (self.place.name, self.title) or (self.place.of_server and self.place.name.startswith(name)))

    @property
    def title(self) -> str:
        """Its document's name."""
        return str(self.record.document["name"]) if self.record else ""

    @property
    def size(self) -> int:
        """How many nodes it draws."""
        return len(self.record.document.get("nodes", ())) if self.record else 0

    @property
    def nodes(self) -> list[str]:
        return [path for path, _ in netns_of(parse(self.record.document))] if self.record else []

    @property
    def state(self) -> RunState | Literal["silent", "unknown"]:
        if self.record:
            return self.record.state
        return "silent" if isinstance(self.trouble, TimeoutError) else "unknown"


def places() -> list[Place]:
    """All sockets; some may be of labs that have ended."""
    return [*_places(kept_labs(), of_server=False), *_places(server_labs(), of_server=True)]


def _places(directory: Path, *, of_server: bool) -> Iterator[Place]:
    for path in (*find_labs(directory), *(record.path for record in find_records(directory))):
        yield Place(path, of_server)


async def look(at: Iterable[Place]) -> list[Seen]:
    """The labs that are there."""
    seen = await asyncio.gather(*map(_look, at))
    return [lab for lab in seen if lab]


async def _look(place: Place) -> Seen | None:
    try:
        since = place.path.stat().st_mtime
        async with visit(place) as (_, record):
            return Seen(place, since, record)
    except (LabGoneError, FileNotFoundError):
        return None
    except (StrangeLabError, NotRootError, TimeoutError) as error:
        return Seen(place, since, None, error)


async def reach(place: Place) -> RunningLab:
    """To look at it. Raises LabGoneError, NotRootError."""
    if not place.on_machine:
        return await Lab.visit(place.path)
    lab = await hold_again(place.name, place.path.parent, Features())
    if lab is None:
        raise LabGoneError(f"Lab {place.name} is not on this machine any more", hint="Run it again")
    if not lab.keeper.is_root:
        lab.leave()
        raise NotRootError("Only root may look at labs on this machine itself", hint="Run it by sudo")
    return lab


async def open_namespaces(lab: RunningLab) -> None:
    """For who sends packets or reads there; on the machine itself they are open."""
    if isinstance(lab, Lab):
        await lab.keeper.attach()


@asynccontextmanager
async def visit(place: Place) -> AsyncIterator[tuple[RunningLab, Record]]:
    """A lab and its record. Raises LabGoneError, StrangeLabError, NotRootError, TimeoutError where it does not answer."""
    lab = await reach(place)
    try:
        record = await record_in(lab)
        if record is None:
            raise StrangeLabError(f"Lab {place.name} is not built yet", hint="Try again in a moment, or stop it")
        yield lab, record
    finally:
        lab.leave()


async def record_in(lab: RunningLab) -> Record | None:
    """None where it is not built yet. Raises StrangeLabError."""
    strange = StrangeLabError(f"Lab {lab.name} is of another version of Topoweb", hint="Stop it, and run it again")
    if isinstance(lab, Lab) and not lab.keeper.is_of_this_version:
        raise strange
    data = await lab.get_record()
    if data is None:
        return None
    try:
        record = Record.decode(data)
        parse(record.document)
    except ValueError as error:
        raise strange from error
    return record


async def find(name: str) -> Place:
    """The lab that is meant: by its name, the beginning of a server's lab's id, or the name of its document where only one has that.

    Exits 2 where there is none, or several.
    """
    there = places()
    for place in there:
        if place.name == name:
            return place
    meant = [lab for lab in await look(there) if lab.is_called(name)]
    if not meant:
        refuse([f"No lab {name!r} runs here. `topoweb ps` lists those that do."])
    if len(meant) > 1:
        refuse([f"{name!r} can be any of {', '.join(lab.place.name for lab in meant)}. Say which."])
    return meant[0].place


def netns_of(document: LabDocument) -> list[tuple[str, Netns]]:
    """The nodes that a command or a probe can start from, as links write them, each with its namespace."""
    topology = Topology(document)
    paths = [*topology.indexes, *(["host"] if topology.implies_host else [])]
    return [(path, netns) for path in paths if (netns := topology.netns(path))]


async def netns(lab: RunningLab, record: Record, node: str) -> Netns:
    """The namespace of a node, or of one that was made by hand. Exits 2 where there is none."""
    drawn = dict(netns_of(parse(record.document)))
    if node in drawn:
        return drawn[node]
    await open_namespaces(lab)
    by_hand = {str(made): made for made in lab.handles}
    if node not in by_hand:
        refuse([f"{node!r} is no host, namespace or router of this lab; it has {', '.join(drawn)}."])
    return by_hand[node]
