"""The kernel read back into a `NetworkState`: whoever made what is there, all of it that a state can hold.

Not in it, as the normal form wants: `lo`, the kernel's (link-local) and router advertisements' own addresses and routes, other
tables than `main`, kinds of links that no drawing has, and veth pairs whose other end is outside the lab. MAC addresses are as they are.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from labs.document.sysctls import SYSCTLS
from labs.kernel import dumps, nsids, rtnl
from labs.kernel.batch import dump
from labs.kernel.dumps import LinkRecord
from labs.kernel.errors import AgentError
from labs.kernel.memory import Memory
from labs.kernel.netns import LANS, NetnsHandle, NetnsReader
from labs.messages.status import Stranger
from labs.network.state import (
    Address,
    Bridge,
    Card,
    Host,
    Interface,
    Link,
    LinkKind,
    Namespace,
    Netem,
    Netns,
    NetworkState,
    Route,
    Veth,
)

IsCard = Callable[[Netns, LinkRecord], bool]

_MADE_BY_MODULES = {"tunl0", "gre0", "gretap0", "erspan0", "ip_vti0", "sit0", "ip6tnl0", "ip6gre0", "ip6_vti0"}
"""A tunnel's module puts one, down, into each new namespace (net.core.fb_tunnels_only_for_init_net)."""

_LOOP_SECONDS = 0.01  # of work, after which the event loop gets its turn


@dataclass(slots=True)
class Listing:
    """What rtnetlink lists in one namespace."""

    links: dict[int, LinkRecord]
    addresses: dict[int, list[Address]] = field(default_factory=lambda: defaultdict(list))
    routes: list[dumps.RouteRecord] = field(default_factory=list)
    netem: dict[int, Netem] = field(default_factory=dict)
    _namespace: tuple[Mapping[int, LinkKind], Mapping[str, int], Namespace] | None = None

    def namespace(self, kinds: Mapping[int, LinkKind], sysctls: Mapping[str, int]) -> Namespace:
        """With what each link is, and all sysctls. The last is remembered: a listing may be looked at again and again."""
        if self._namespace is None or self._namespace[:2] != (kinds, sysctls):
            self._namespace = kinds, sysctls, _namespace(self, kinds, sysctls)
        return self._namespace[2]


@dataclass(frozen=True, slots=True)
class Observation:
    state: NetworkState
    strangers: tuple[Stranger, ...]


def _is_no_card(netns: Netns, record: LinkRecord) -> bool:
    return False


async def observe(keeper: NetnsReader, is_card: IsCard = _is_no_card, memory: Memory[Listing] | None = None) -> NetworkState:
    """What there is now, as far as a state can hold it; see `look`."""
    return (await look(keeper, is_card, memory)).state


async def look(keeper: NetnsReader, is_card: IsCard = _is_no_card, memory: Memory[Listing] | None = None) -> Observation:
    """What there is now; with a `memory`, only what changed since is read. `is_card` tells a network card that no LAN of the lab holds.

    Raises LabGoneError where the agent has ended.
    """
    while True:
        handles = dict(keeper.handles)
        try:
            return await _observe(keeper, handles, is_card, memory)
        except (OSError, AgentError):
            if keeper.handles == handles:
                raise  # else a namespace came to its end while it was read


async def _observe(
    keeper: NetnsReader, handles: Mapping[Netns, NetnsHandle], is_card: IsCard, memory: Memory[Listing] | None
) -> Observation:
    names = [netns for netns in handles if netns != LANS]
    sysctls, (listings, kinds) = await asyncio.gather(keeper.read_sysctls(names), _list_with_kinds(handles, is_card, memory))
    lans = listings.get(LANS, Listing({}))
    hosts: dict[str, dict[str, Namespace]] = defaultdict(dict)
    strangers: list[Stranger] = []
    for netns, values in sysctls.items():
        hosts[netns.host][netns.name] = listings[netns].namespace(kinds[netns], values)
        strangers += _strangers(netns, listings[netns], kinds[netns])
    state = NetworkState(
        hosts={name: Host(namespaces) for name, namespaces in hosts.items()},
        lans=frozenset(record.alias for record in lans.links.values() if record.kind == "bridge"),
    )
    return Observation(state, tuple(sorted(strangers, key=lambda stranger: (stranger.node, stranger.interface, stranger.address or ""))))


async def _list_with_kinds(
    handles: Mapping[Netns, NetnsHandle], is_card: IsCard, memory: Memory[Listing] | None
) -> tuple[dict[Netns, Listing], dict[Netns, dict[int, LinkKind]]]:
    """All namespaces, and what each link is but for those in LANS. The agent reads the sysctls meanwhile."""
    listings = await _list_all(handles, memory)
    by_nsid = _by_nsid(handles) if memory is None else memory.by_nsid
    peers = _peers(handles, by_nsid, {netns: listing.links for netns, listing in listings.items()})
    kinds = {netns: _kinds(netns, listings, peers, is_card) for netns in listings if netns != LANS}
    return listings, kinds


async def _list_all(handles: Mapping[Netns, NetnsHandle], memory: Memory[Listing] | None) -> dict[Netns, Listing]:
    """All namespaces, the event loop having its turn in between."""
    listings = {}
    if memory is not None:
        memory.forget_changed(handles)
    clock = asyncio.get_running_loop().time
    turn_ends = clock()
    for netns, handle in handles.items():
        if clock() >= turn_ends:
            await asyncio.sleep(0)
            turn_ends = clock() + _LOOP_SECONDS
        known = memory.recall(netns) if memory is not None else None
        listings[netns] = known or _list(handle)
        if memory is not None and _is_told(listings[netns]):
            memory.keep(handle, listings[netns])
    return listings


def _list(handle: NetnsHandle) -> Listing:
    sock = handle.rtnl
    listing = Listing({record.index: record for record in map(dumps.link, dump(sock, rtnl.dump_links()))})
    for index, address in filter(None, map(dumps.static_address, dump(sock, rtnl.dump_addresses()))):
        listing.addresses[index].append(address)
    for body in dump(sock, rtnl.dump_routes()):
        listing.routes += dumps.static_routes(body)
    if any(record.has_netem for record in listing.links.values()):
        listing.netem.update(filter(None, map(dumps.netem, dump(sock, rtnl.dump_qdiscs()))))
    return listing


def _is_told(listing: Listing) -> bool:
    """Whether the kernel tells of every change there: of a bridge's STP it does not while that is down (netdev_state_change)."""
    return all(record.up for record in listing.links.values() if record.kind == "bridge")


# The other ends of veth pairs

_End = tuple[Netns, int]
"""A link by its index."""


def _by_nsid(handles: Mapping[Netns, NetnsHandle]) -> Mapping[int, NetnsHandle]:
    """Namespaces by their ids in LANS; an ordinary user of the machine has none, and one namespace."""
    return nsids.identify(handles[LANS].rtnl, handles.values()) if LANS in handles else {}


def _peers(
    handles: Mapping[Netns, NetnsHandle], by_nsid: Mapping[int, NetnsHandle], links: Mapping[Netns, Mapping[int, LinkRecord]]
) -> dict[_End, _End]:
    """The other end of each end of a veth pair whose both ends are in the lab.

    An end names the other by its index and by an id of its namespace, which only means something in the end's own. Whoever knows most
    others is asked first, since one end of a pair is enough.
    """
    peers: dict[_End, _End] = {}
    home = handles[LANS].rtnl if LANS in handles else None
    own_nsid = {handle.netns: nsid for nsid, handle in by_nsid.items()}
    ends = {netns: [record for record in records.values() if record.kind == "veth"] for netns, records in links.items()}
    for netns in sorted(ends, key=lambda netns: len(ends[netns]), reverse=True):
        unpaired = [record for record in ends[netns] if (netns, record.index) not in peers]
        known: dict[int | None, Netns] = {None: netns}
        if home and any(record.peer_nsid is not None for record in unpaired):
            here = nsids.known_in(home, own_nsid[netns])
            known |= {there: by_nsid[nsid].netns for there, nsid in here.items() if nsid in by_nsid}
        for record in unpaired:
            peer_netns = known.get(record.peer_nsid)
            if peer_netns is not None and record.peer in links[peer_netns]:
                peers[netns, record.index] = peer_netns, record.peer
                peers[peer_netns, record.peer] = netns, record.index
    return peers


# A namespace


def _kinds(netns: Netns, listings: Mapping[Netns, Listing], peers: Mapping[_End, _End], is_card: IsCard) -> dict[int, LinkKind]:
    """What each link is, by its index; a link that no state can hold is left out."""
    kinds: dict[int, LinkKind] = {}
    for index, record in listings[netns].links.items():
        if record.kind == "bridge":
            kinds[index] = Bridge(stp=record.stp)
        elif (netns, index) in peers:
            peer_netns, peer_index = peers[netns, index]
            peer = listings[peer_netns].links[peer_index]
            kinds[index] = _card(peer, listings[LANS]) if peer_netns == LANS else Veth(Interface(peer_netns, peer.name))
        elif is_card(netns, record):
            kinds[index] = Card()
    return kinds


def _strangers(netns: Netns, listing: Listing, kinds: Mapping[int, LinkKind]) -> Iterable[Stranger]:
    """The links that no state can hold, but for those that every namespace may have, and the addresses that somebody gave `lo`."""
    for index, record in listing.links.items():
        if record.name == "lo":
            for address in sorted(map(str, (each for each in listing.addresses.get(index, ()) if not each.is_loopback))):
                yield Stranger(node=str(netns), interface=record.name, kind=record.kind, address=address)
        of_the_kernel = record.name == "lo" or (record.name in _MADE_BY_MODULES and not record.up)
        if index not in kinds and not of_the_kernel:
            yield Stranger(node=str(netns), interface=record.name, kind=record.kind)


def _card(port: LinkRecord, lans: Listing) -> Card:
    return Card(lans.links[port.master].alias if port.master in lans.links else None, lans.netem.get(port.index))


def _namespace(listing: Listing, kinds: Mapping[int, LinkKind], sysctls: Mapping[str, int]) -> Namespace:
    return Namespace(
        links={listing.links[index].name: _link(listing, listing.links[index], kind, kinds) for index, kind in kinds.items()},
        routes=frozenset(_routes(listing)),
        sysctls={key: value for key, value in sysctls.items() if value != SYSCTLS[key].default},
    )


def _link(listing: Listing, record: LinkRecord, kind: LinkKind, kinds: Mapping[int, LinkKind]) -> Link:
    on_bridge = isinstance(kinds.get(record.master), Bridge)
    return Link(
        kind=kind,
        up=record.up,
        mtu=record.mtu,
        mac=record.mac,
        master=listing.links[record.master].name if on_bridge else None,
        addresses=frozenset(listing.addresses.get(record.index, ())),
        netem=listing.netem.get(record.index),
    )


def _routes(listing: Listing) -> Iterable[Route]:
    for to, via, device, metric, kind in listing.routes:
        if not device:
            yield Route(to, via, None, metric, kind)
        elif device in listing.links:
            yield Route(to, via, listing.links[device].name, metric, kind)
