"""The kernel read back into a `NetworkState`: whoever made what is there, all of it that a state can hold.

Not in it, as the normal form wants: `lo`, the kernel's (link-local) and router advertisements' own addresses and routes, other
tables than `main`, kinds of links that no drawing has, and veth pairs whose other end is outside the lab. MAC addresses are as they are.
"""

from __future__ import annotations

import asyncio
import errno
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from labs.document.sysctls import SYSCTLS
from labs.kernel import dumps, nsids, rtnl
from labs.kernel.batch import dump
from labs.kernel.dumps import LinkRecord
from labs.kernel.errors import AgentError
from labs.kernel.memory import Memory
from labs.kernel.netconf import UNTOLD, read_told
from labs.kernel.netns import LANS, NetnsHandle, NetnsReader
from labs.messages.status import Stranger
from labs.network.normal import normalize
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
    sysctls: Mapping[str, int] = field(default_factory=dict)
    """Those that rtnetlink tells of."""
    _namespace: tuple[Mapping[int, LinkKind], Mapping[str, int], Namespace] | None = field(default=None, compare=False)

    def namespace(self, kinds: Mapping[int, LinkKind], untold: Mapping[str, int]) -> Namespace:
        """With what each link is, and the other sysctls. The last is remembered: a listing may be looked at again and again."""
        if self._namespace is None or self._namespace[:2] != (kinds, untold):
            self._namespace = kinds, untold, _namespace(self, kinds, {**self.sysctls, **untold})
        return self._namespace[2]


@dataclass(slots=True)
class Observation:
    state: NetworkState
    strangers: tuple[Stranger, ...]
    _normal: tuple[NetworkState, NetworkState] | None = field(default=None, repr=False, compare=False)

    def normal(self, base: NetworkState) -> NetworkState:
        """The state in the form in which states are compared: see `normalize`. The last is remembered."""
        if self._normal is None or self._normal[0] is not base:
            self._normal = base, normalize(self.state, base)
        return self._normal[1]


def _is_no_card(netns: Netns, record: LinkRecord) -> bool:
    return False


async def observe(keeper: NetnsReader, is_card: IsCard = _is_no_card) -> NetworkState:
    """What there is now, as far as a state can hold it; see `Observer`."""
    return (await Observer(keeper, is_card).look()).state


class _Links(NamedTuple):
    listings: dict[Netns, Listing]
    kinds: dict[Netns, dict[int, LinkKind]]
    """What each link is, by its index, but for those in LANS; a link that no state can hold is left out."""


class _Sight(NamedTuple):
    links: _Links
    sysctls: dict[Netns, dict[str, int]]
    """Those that the kernel tells nobody of."""
    observation: Observation


class Observer:
    """Looks at a lab. With a memory only what changed since the last time is read; where nothing did, it gives the same Observation.

    `is_card` tells a network card that no LAN of the lab holds. `open_memory` is called at the first look.
    """

    def __init__(
        self, keeper: NetnsReader, is_card: IsCard = _is_no_card, open_memory: Callable[[], Awaitable[Memory[Listing]]] | None = None
    ) -> None:
        self._keeper = keeper
        self._is_card = is_card
        self._open_memory = open_memory
        self._memory: Memory[Listing] | None = None
        self._last: _Sight | None = None
        self._turn = asyncio.Lock()
        """Who looks meanwhile need not read what this one has read."""

    async def look(self) -> Observation:
        """What there is now. Raises LabGoneError where the agent has ended."""
        async with self._turn:
            if self._memory is None and self._open_memory is not None:
                self._memory = await self._open_memory()
            return await self._look_until_whole()

    async def _look_until_whole(self) -> Observation:
        while True:
            handles = dict(self._keeper.handles)
            try:
                self._last = sight = await self._look(handles)
            except (OSError, AgentError):
                if self._keeper.handles == handles:
                    raise  # else a namespace came to its end while it was read
            else:
                return sight.observation

    async def _look(self, handles: Mapping[Netns, NetnsHandle]) -> _Sight:
        """The agent reads sysctls while links are read here."""
        last, names = self._last, [netns for netns in handles if netns != LANS]
        sysctls, links = await asyncio.gather(self._keeper.read_sysctls(names, UNTOLD), self._look_at_links(handles))
        if last and last.links is links and last.sysctls == sysctls:
            return last
        return _Sight(links, sysctls, _observation(links, sysctls))

    async def _look_at_links(self, handles: Mapping[Netns, NetnsHandle]) -> _Links:
        last, listings = self._last, await self._list_all(handles)
        if last and _are_the_same(last.links.listings, listings):
            return last.links
        by_nsid = _by_nsid(handles) if self._memory is None else self._memory.by_nsid
        peers = _peers(handles, by_nsid, {netns: listing.links for netns, listing in listings.items()})
        return _Links(listings, {netns: _kinds(netns, listings, peers, self._is_card) for netns in listings if netns != LANS})

    async def _list_all(self, handles: Mapping[Netns, NetnsHandle]) -> dict[Netns, Listing]:
        """All namespaces, the event loop having its turn in between."""
        listings, memory = {}, self._memory
        if memory is not None:
            memory.forget_changed(handles)
        clock = asyncio.get_running_loop().time
        turn_ends = clock()
        for netns, handle in handles.items():
            known = memory.recall(netns) if memory is not None else None
            if known is None and clock() >= turn_ends:
                await asyncio.sleep(0)
                turn_ends = clock() + _LOOP_SECONDS
            listing = known or _list(handle)
            if memory is not None and known is None and _is_told(listing):
                listing = memory.keep(handle, listing)
            listings[netns] = listing
        return listings


def _are_the_same(before: Mapping[Netns, Listing], now: Mapping[Netns, Listing]) -> bool:
    return before.keys() == now.keys() and all(listing is before[netns] for netns, listing in now.items())


def _observation(links: _Links, sysctls: Mapping[Netns, Mapping[str, int]]) -> Observation:
    listings, kinds = links
    lans = listings.get(LANS, Listing({}))
    hosts: dict[str, dict[str, Namespace]] = defaultdict(dict)
    strangers: list[Stranger] = []
    for netns, untold in sysctls.items():
        hosts[netns.host][netns.name] = listings[netns].namespace(kinds[netns], untold)
        strangers += _strangers(netns, listings[netns], kinds[netns])
    state = NetworkState(
        hosts={name: Host(namespaces) for name, namespaces in hosts.items()},
        lans=frozenset(record.alias for record in lans.links.values() if record.kind == "bridge"),
    )
    return Observation(state, tuple(sorted(strangers, key=lambda stranger: (stranger.node, stranger.interface, stranger.address or ""))))


def _list(handle: NetnsHandle) -> Listing:
    sock = handle.rtnl
    links = {record.index: record for record in map(dumps.link, dump(sock, rtnl.dump_links()))}
    listing = Listing(links, sysctls=read_told(sock))
    for index, address in filter(None, map(dumps.static_address, dump(sock, rtnl.dump_addresses()))):
        listing.addresses[index].append(address)
    for body in dump(sock, rtnl.dump_routes(rtnl.RT_TABLE_MAIN)):
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
            if netns not in own_nsid:
                raise OSError(errno.ENOENT, "The namespace came to its end while it was looked at", str(netns))
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
