"""From a network to a drawing of it: `compile` backwards, onto a document of which stays what means the same.

    draw(observed, onto=document)   # what was made by hand, taken into the drawing

Names, order, labels, notes, checks and positions stay, and so does each choice of the two ways in which a document says some things
(a link's MTU or its interfaces'; a namespace that is set to forward, or a router). What a link that is down would carry is not in the
state, and stays in the drawing.
"""

from __future__ import annotations

from labs.document import schema
from labs.document.layout import arrange
from labs.document.naming import complete
from labs.document.topology import Topology
from labs.network.collection import without_collection
from labs.network.compile import compile
from labs.network.diff import diff
from labs.network.draw.links import Cables
from labs.network.draw.machines import Furnisher
from labs.network.draw.nodes import Nodes
from labs.network.operations import Plan
from labs.network.state import NetworkState

__all__ = ["draw", "not_drawable"]


@without_collection
def draw(state: NetworkState, onto: schema.LabDocument) -> schema.LabDocument:
    """The completed document, changed so that it means `state`, which is in normal form; new nodes have a place.

    What no document can hold is left out: see `not_drawable`. Checks that begin at a node that is gone go with it.
    """
    onto = complete(onto)
    topology = Topology(onto)
    nodes = Nodes(state, onto)
    cables = Cables(state, topology, nodes)
    furnisher = Furnisher(state, nodes, cables)
    drawn = onto.model_copy(update={"nodes": tuple(map(furnisher.furnish, nodes)), "links": tuple(cables.links)})
    if onto.checks:
        there = Topology(drawn)
        checks = tuple(check for check in onto.checks if there.netns(check.from_) or not topology.netns(check.from_))
        drawn = drawn.model_copy(update={"checks": checks})
    return arrange(drawn) if nodes.new else drawn


def not_drawable(state: NetworkState, drawn: schema.LabDocument) -> Plan:
    """What the drawing of a state cannot hold: the operations that lead from what it means to the state."""
    return diff(compile(drawn), state)
