"""Links: what they end at, and what may be joined."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from labs.document.errors import Problem, problem
from labs.document.problems.survey import Survey
from labs.document.schema import Bridge, Host, Internet, Lan
from labs.document.segments import Groups
from labs.document.topology import LinkEnd, path_of

BRIDGE_PORTS = 1023
"""BR_MAX_PORTS - 1, net/bridge/br_private.h. In a sandbox a LAN is a bridge too."""


def link_problems(survey: Survey) -> Iterator[Problem]:
    yield from _ends_used_twice(survey)
    for i, (link, ends) in enumerate(zip(survey.document.links, survey.topology.links, strict=True)):
        yield from _ends(i, ends)
        yield from joint_problems(f"links[{i}]", *ends)
        if link.jitter and not link.delay:
            yield problem(f"links[{i}].jitter", "jitter_without_delay")
    yield from _unlinked(survey)
    yield from _loops(survey)
    yield from _full_bridges(survey)
    yield from _full_lans(survey)


def _ends_used_twice(survey: Survey) -> Iterator[Problem]:
    seen: dict[tuple[object, str], str] = {}
    for i, ends in enumerate(survey.topology.links):
        for j, end in enumerate(ends):
            if end.netns is None or end.interface is None:
                continue
            path = f"links[{i}].ends[{j}]"
            first = seen.setdefault((end.netns, end.interface), path)
            if first != path:
                yield problem(path, "end_twice", also=[first], interface=f"{end.text}:{end.interface}")


def _ends(i: int, ends: tuple[LinkEnd, LinkEnd]) -> Iterator[Problem]:
    for j, end in enumerate(ends):
        if not end.exists:
            yield problem(f"links[{i}].ends[{j}]", "end_unknown", node=end.text)
        elif end.netns is None and end.interface is not None:
            yield problem(f"links[{i}].ends[{j}]", "end_without_interface", node=end.text)


def joint_problems(path: str, a: LinkEnd, b: LinkEnd) -> Iterator[Problem]:
    """Why two nodes that are there cannot be linked."""
    if not a.exists or not b.exists:
        return
    if a.text == b.text:
        yield problem(path, "link_to_itself", node=a.text)
        return
    for end, other in ((a, b), (b, a)):
        if isinstance(end.node, Lan) and not isinstance(other.node, Host | Internet):
            yield problem(path, "lan_joins_hosts", lan=end.text, node=other.text)
            return
    if isinstance(a.node, Internet) and isinstance(b.node, Internet):
        yield problem(path, "internet_joins", node=a.text, other=b.text)
    elif a.netns and b.netns and a.netns.host != b.netns.host:
        yield problem(path, "link_across_hosts", a=a.text, b=b.text)


def _unlinked(survey: Survey) -> Iterator[Problem]:
    """An interface at which no link ends is a host's card, and nothing anywhere else."""
    for device in survey.devices:
        if device.link is None and not device.is_bridge and device.netns.name:
            yield problem(device.path, "interface_unlinked", name=device.name)


def _forwards_blindly(end: LinkEnd) -> bool:
    """Whether an end is at a bridge that is up and has no STP to break a loop."""
    return isinstance(end.node, Bridge) and end.node.up and not end.node.stp


def _loops(survey: Survey) -> Iterator[Problem]:
    """A loop is broken by one bridge with STP; without, one broadcast frame fills it."""
    groups = Groups()
    for i, (link, (a, b)) in enumerate(zip(survey.document.links, survey.topology.links, strict=True)):
        if link.up and a.text != b.text and _forwards_blindly(a) and _forwards_blindly(b) and not groups.join(a.text, b.text):
            yield problem(f"links[{i}]", "bridge_loop", bridge=a.text)


def _full_bridges(survey: Survey) -> Iterator[Problem]:
    ports = Counter(device.bridge for device in survey.devices if device.bridge is not None)
    for i, node in enumerate(survey.document.nodes):
        count = ports[path_of(node)]
        if isinstance(node, Bridge) and count > BRIDGE_PORTS:
            yield problem(f"nodes[{i}]", "bridge_full", bridge=path_of(node), count=count, limit=BRIDGE_PORTS)


def _full_lans(survey: Survey) -> Iterator[Problem]:
    cards = Counter(end.text for ends in survey.topology.links for end in ends if isinstance(end.node, Lan))
    for lan, count in cards.items():
        if count > BRIDGE_PORTS:
            yield problem(f"nodes[{survey.topology.indexes[lan]}]", "lan_full", lan=lan, count=count, limit=BRIDGE_PORTS)
