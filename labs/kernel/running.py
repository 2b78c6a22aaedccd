"""What a runner needs of a lab, wherever it is: `Lab` in a sandbox, `MachineLab` on the machine itself."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Literal, NamedTuple, Protocol

from labs.kernel.executor import Progress
from labs.kernel.netns import NetnsHandle, NetnsKeeper
from labs.kernel.observe import Observation
from labs.kernel.probes import Prober
from labs.network.operations import Plan
from labs.network.state import Netns, NetworkState

Target = Literal["sandbox", "machine"]


class Planned(NamedTuple):
    """What there is of a lab, in the form that states are compared in, and the plan that begins there."""

    current: NetworkState
    plan: Plan


class RunningLab(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def target(self) -> Target: ...

    @property
    def keeper(self) -> NetnsKeeper: ...

    @property
    def handles(self) -> Mapping[Netns, NetnsHandle]: ...

    @property
    def prober(self) -> Prober: ...

    @property
    def closed(self) -> asyncio.Event:
        """Set when the lab has ended or was left."""

    async def observe(self) -> NetworkState:
        """What there is now of the lab's own, by whomever, as far as a state can hold it."""

    async def look(self) -> Observation:
        """That, and what no state can hold."""

    async def plan(self, desired: NetworkState, base: NetworkState) -> Planned:
        """What leads from what is observed now to what a document means. `base` is the state that was applied last: what it leaves to the
        kernel is left out. Raises MachineError where there is no room for what is desired."""

    async def apply(self, plan: Plan, progress: Progress, *, before: NetworkState | None) -> None:
        """Raises OperationError, with the network as it was before."""

    async def get_record(self) -> bytes | None:
        """What was left last."""

    async def set_record(self, record: bytes) -> None:
        """Leave this with the lab, for as long as it lives."""

    async def end(self) -> None: ...

    def leave(self) -> None:
        """Let go of it."""
