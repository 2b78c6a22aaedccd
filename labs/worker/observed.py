"""The state a running lab is in, in the form that can be compared with what it should be."""

from __future__ import annotations

from labs.kernel.running import RunningLab
from labs.network.normal import normalize
from labs.network.state import NetworkState


async def observed_state(lab: RunningLab, base: NetworkState) -> NetworkState:
    """`base` is the state that was applied last: what it leaves to the kernel is left out."""
    return normalize(await lab.observe(), base)
