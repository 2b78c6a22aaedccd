"""What a namespace has learned of its neighbours (ARP, NDP) and is not so any more.

It is no part of a state, but who keeps the MAC address of a neighbour that has gone sends to it in vain for seconds before he asks anew,
and calls silence what is absence.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from ipaddress import ip_address

from labs.kernel import dumps, rtnl
from labs.kernel.batch import dump, transact
from labs.kernel.netns import NetnsHandle, NetnsKeeper
from labs.kernel.rtnl import Request
from labs.network.comparison import is_same_link
from labs.network.state import Gateway, Namespace, NetworkState


async def forget_gone(keeper: NetnsKeeper, before: NetworkState, after: NetworkState) -> None:
    """After a change, let the namespaces forget the neighbours whose addresses have gone, or are another link's now."""
    gone = set(_gone(before, after))
    if not gone:
        return
    for netns, namespace in after.namespaces():
        handle = keeper.handles.get(netns)
        if handle is not None and _reaches(namespace, gone):
            own = _indices(handle, namespace) if keeper.mark else None  # the machine has links of its own
            stale = [request for body in dump(handle.rtnl, rtnl.dump_neighbours()) if (request := _forget(body, gone, own))]
            if stale:
                transact(handle.rtnl, stale)  # what is refused is forgotten already
            await asyncio.sleep(0)


def _gone(before: NetworkState, after: NetworkState) -> Iterator[Gateway]:
    for interface, link in before.links():
        now = after.link(interface)
        if now == link:
            continue
        is_same = now is not None and is_same_link(link, now) and link.mac == now.mac
        kept = now.addresses if now is not None and is_same else frozenset()
        yield from (address.ip for address in link.addresses - kept)


def _reaches(namespace: Namespace, addresses: set[Gateway]) -> bool:
    return any(ip in own.network for link in namespace.links.values() if link.up for own in link.addresses for ip in addresses)


def _indices(handle: NetnsHandle, namespace: Namespace) -> set[int]:
    """Of the links that a state has there."""
    return {record.index for record in map(dumps.link, dump(handle.rtnl, rtnl.dump_links())) if record.name in namespace.links}


def _forget(body: bytes, gone: set[Gateway], own: set[int] | None) -> Request | None:
    """What makes the kernel forget a neighbour; None for one that is to stay: those that somebody set by hand too, those on links that are
    not the lab's `own`, and who is just being asked for, since what waits for the answer would be thrown away."""
    family, index, state, _, _ = rtnl.NDMSG.unpack_from(body)
    packed = next((bytes(value) for kind, value in rtnl.attributes(body, rtnl.NDMSG.size) if kind == rtnl.NDA_DST), None)
    if packed is None or state & (rtnl.NUD_INCOMPLETE | rtnl.NUD_NOARP | rtnl.NUD_PERMANENT) or ip_address(packed) not in gone:
        return None
    if own is not None and index not in own:
        return None
    return rtnl.del_neighbour(family, index, packed)
