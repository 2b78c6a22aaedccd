"""A lab on the machine itself: among what is there, and never touching what is not marked as its own.

Every link that it makes has its mark for an `ifalias`, and so has `lo` in every namespace that it makes: nothing else says what is its
own. A link is made in a group of the lab's own, and leaves it when it has its mark: so also what was just made by a process that was
killed is known.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

from labs.kernel.dumps import LinkRecord
from labs.kernel.errors import KernelError
from labs.kernel.executor import Progress, apply
from labs.kernel.machine import Machine
from labs.kernel.netns import NetnsHandle
from labs.kernel.observe import Observation
from labs.kernel.probes import Prober
from labs.kernel.record_file import RecordFile
from labs.kernel.requests import group_of
from labs.kernel.running import Planned
from labs.network import operations as ops
from labs.network.diff import diff
from labs.network.normal import normalize
from labs.network.operations import Plan
from labs.network.ownership import clashes, owned, to_own, unmet
from labs.network.reasons import Reason, reason
from labs.network.state import Host, Interface, Namespace, Netns, NetworkState

MARK = "topoweb "
"""What the mark of every lab begins with; its name follows."""


_LOOKS, _PAUSE = 20, 0.05


class MachineError(KernelError):
    """The machine is not such that the lab could be there. Nothing was done. `reasons` has all that is in the way."""

    code = "machine-unfit"

    def __init__(self, reasons: Sequence[Reason]) -> None:
        super().__init__("This cannot be done on the machine as it is")
        self.reasons = tuple(reasons)

    def __str__(self) -> str:
        return "\n".join(map(str, self.reasons))


def host_of(desired: NetworkState) -> str:
    """The host of a lab that the machine plays. Raises MachineError."""
    hosts = list(desired.hosts) or [""]
    if len(hosts) > 1:
        raise MachineError([reason("machine_one_host", hosts=", ".join(host or "host" for host in hosts))])
    return hosts[0]


class MachineLab:
    """Holds no more than the machine's default namespace and the lab's own; for a plan, it looks at all that there is."""

    target: Literal["machine"] = "machine"

    def __init__(self, machine: Machine, record: RecordFile | None = None) -> None:
        self.keeper = machine
        self.prober = Prober(machine)
        self.closed = asyncio.Event()
        self._record = record

    @classmethod
    async def hold(cls, name: str, host: str, directory: Path) -> MachineLab:
        """A lab that is there, or is to come. `host`: see `host_of`. `directory`: where its record is."""
        machine = Machine(host, MARK + name, marked_only=True)
        return cls(await machine.open(), RecordFile.of(directory, name))

    @property
    def name(self) -> str:
        return self.keeper.mark.removeprefix(MARK)

    @property
    def handles(self) -> Mapping[Netns, NetnsHandle]:
        return self.keeper.handles

    async def observe(self) -> NetworkState:
        observed = await self.keeper.read()
        return owned(observed, *marked(self.keeper.mark, self.keeper.links()))

    async def look(self) -> Observation:
        """What no state can hold is not the lab's own."""
        return Observation(await self.observe(), ())

    async def plan(self, desired: NetworkState, base: NetworkState) -> Planned:
        """What is to be done, from what is there. Raises MachineError with all that is in the way."""
        host = self.keeper.default.host
        if host_of(desired) != host:
            raise MachineError([reason("machine_renamed", host=host or "host")])
        async with Machine(host, self.keeper.mark) as whole:
            await _settle(whole)
            return await _plan(whole, desired, base)

    async def apply(self, plan: Plan, progress: Progress, *, before: NetworkState | None = None) -> None:
        """Raises OperationError, with the machine as it was before."""
        await apply(plan, self.keeper, progress)  # the executor would take all that is seen for the lab's own

    async def get_record(self) -> bytes | None:
        return self._record.read() if self._record else None

    async def set_record(self, record: bytes) -> None:
        if self._record:
            self._record.write(record)

    async def take_down(self) -> None:
        """All of it. Raises MachineError where something else would go with it."""
        nothing = NetworkState({self.keeper.default.host: Host({"": Namespace()})})
        await self.apply((await self.plan(nothing, nothing)).plan, lambda done: None)

    async def end(self) -> None:
        """Raises MachineError as `take_down`, and then it goes on."""
        await self.take_down()
        if self._record:
            self._record.remove()
        self.leave()

    def leave(self) -> None:
        """It goes on."""
        if not self.closed.is_set():
            self.closed.set()
            self.keeper.leave()


async def _settle(machine: Machine) -> None:
    """The kernel takes a namespace apart some time after its name has gone, and its veth pairs with it."""
    for _ in range(_LOOKS):
        if not _halves(await machine.read(), machine.mark, machine.links()):
            return
        await asyncio.sleep(_PAUSE)


def _halves(observed: NetworkState, mark: str, records: Mapping[Netns, Iterable[LinkRecord]]) -> list[Interface]:
    """The lab's ends of veth pairs whose other end is in no namespace that has a name."""
    _, links = marked(mark, records)
    return sorted(links - {interface for interface, _ in observed.links()})


async def _plan(machine: Machine, desired: NetworkState, base: NetworkState) -> Planned:
    observed = await machine.read()
    records = machine.links()
    namespaces, links = marked(machine.mark, records)
    ours, wanted = owned(observed, namespaces, links), to_own(desired)
    theirs = _others(records, links, ours)
    current = normalize(ours, base)
    plan = diff(current, wanted)
    reasons = [*unmet(desired, observed), *clashes(wanted, observed, ours)]
    going = {operation.netns for operation in plan if isinstance(operation, ops.RemoveNamespace)}
    reasons += [_half(interface) for interface in _halves(observed, machine.mark, records) if interface.netns not in going]
    reasons += [*_taken(plan, observed, machine.aliases, theirs), *_in_the_way(plan, records, theirs)]
    if reasons:
        raise MachineError(reasons)
    return Planned(current, plan)


def marked(mark: str, records: Mapping[Netns, Iterable[LinkRecord]]) -> tuple[set[Netns], set[Interface]]:
    """The namespaces and the links with a lab's mark, or in the group of those that were just made."""
    group = group_of(mark)
    found = [
        Interface(netns, record.name) for netns, here in records.items() for record in here if record.alias == mark or record.group == group
    ]
    namespaces = {interface.netns for interface in found if interface.name == "lo" and interface.netns.name}
    return namespaces, {interface for interface in found if interface.name != "lo"}


def labs_here(machine: Machine) -> list[str]:
    """The names of the labs that are on the machine."""
    marks = {record.alias for here in machine.links().values() for record in here}
    return sorted(mark.removeprefix(MARK) for mark in marks if mark.startswith(MARK))


Others = dict[Interface, LinkRecord]


def _others(records: Mapping[Netns, Iterable[LinkRecord]], marked: set[Interface], ours: NetworkState) -> Others:
    """The links that are not the lab's."""
    mine = marked | {interface for interface, _ in ours.links()}
    return {
        Interface(netns, record.name): record
        for netns, here in records.items()
        for record in here
        if record.name != "lo" and Interface(netns, record.name) not in mine
    }


def _taken(plan: Plan, observed: NetworkState, aliases: Mapping[str, str], theirs: Others) -> Iterator[Reason]:
    for operation in plan:
        match operation:
            case ops.AddNamespace(netns) if observed.namespace(netns) or netns.name in aliases:
                yield reason("machine_namespace_taken", name=netns.name)
            case ops.AddVeth(a, b):
                yield from (_taken_link(end) for end in (a, b) if end in theirs)
            case ops.AddBridge(interface) if interface in theirs:
                yield _taken_link(interface)


def _half(interface: Interface) -> Reason:
    where = f" -n {interface.netns.name}" if interface.netns.name else ""
    return reason("machine_end_lost", interface=interface, command=f"ip{where} link del {interface.name}")


def _taken_link(interface: Interface) -> Reason:
    return reason("machine_interface_taken", interface=interface)


def _in_the_way(plan: Plan, records: Mapping[Netns, Iterable[LinkRecord]], theirs: Others) -> Iterator[Reason]:
    """What would go, or lose its bridge, with what the plan removes."""
    for operation in plan:
        match operation:
            case ops.RemoveNamespace(netns):
                for interface in theirs:
                    if interface.netns == netns:
                        yield reason("machine_namespace_used", interface=interface)
            case ops.RemoveBridge(bridge):
                index = next(record.index for record in records[bridge.netns] if record.name == bridge.name)
                for interface, record in theirs.items():
                    if interface.netns == bridge.netns and record.master == index:
                        yield reason("machine_bridge_used", interface=interface, bridge=bridge.name, name=interface.name)
