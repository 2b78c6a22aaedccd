"""Play a plan on a state, forwards or back."""

from __future__ import annotations

from labs.network.collection import without_collection
from labs.network.draft import Draft
from labs.network.operations import Plan
from labs.network.state import NetworkState


@without_collection
def replay(plan: Plan, state: NetworkState) -> NetworkState:
    """The state that a plan leads to. Raises KeyError where an operation works on what is not there."""
    draft = Draft(state)
    for operation in plan:
        operation.forwards(draft)
    return draft.freeze()


def invert(plan: Plan) -> Plan:
    """The plan that undoes a plan: the inverses of its operations, the last one first."""
    return tuple(inverse for operation in reversed(plan) for inverse in operation.inverse())
