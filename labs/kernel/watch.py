"""The links and addresses of a lab as they are at this moment: read once, then kept up by events."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import TracebackType

from labs.kernel import dumps, rtnl
from labs.kernel.batch import dump
from labs.kernel.events import AddressEvent, Event, Events, LinkEvent, PortEvent, is_tentative
from labs.kernel.netns import LANS, NetnsHandle, NetnsKeeper
from labs.network.state import Address, Interface, Netns

logger = logging.getLogger(__name__)

_READ_AGAIN_AFTER = 0.05  # seconds: what fills the kernel's buffer is a burst, and half of it still to come
_TRY_AGAIN_AFTER = 1.0  # seconds: descriptors may be scarce for a moment


@dataclass(slots=True)
class SeenLink:
    index: int
    name: str
    up: bool
    carrier: bool
    ready: bool
    master: int
    """The index of the bridge that it is a port of; 0: none."""
    port_state: int | None
    """BR_STATE_* of include/uapi/linux/if_bridge.h."""
    addresses: dict[Address, bool] = field(default_factory=dict)
    """Each with whether it is tentative."""


Listener = Callable[[Interface | None], None]
"""Called with the interface that changed, and with None where everything was read anew."""


class Watch:
    """Follows a lab from `open` until `close`, or `async with Watch(keeper) as watch:`."""

    def __init__(self, keeper: NetnsKeeper) -> None:
        self._keeper = keeper
        self._links: dict[Netns, dict[int, SeenLink]] = {}
        self._indices: dict[Interface, int] = {}
        self._listeners: list[Listener] = []
        self._changes: list[Callable[[], None]] = []
        self._lost = False
        self._reading: asyncio.Task[None] | None = None
        self._events: Events | None = None

    async def open(self) -> None:
        """Read all there is; nothing where that was done already. Raises OSError where a namespace cannot be read."""
        if self._events is not None:
            return
        events = Events(await _netlink_socket(self._keeper), self._keeper.handles)
        events.open(self._on_event, self._on_lost)
        self._events = events
        try:
            await self.read()
        except BaseException:
            await self._stop(events)
            raise
        self._keeper.netns_listeners.append(self._on_netns)

    async def close(self) -> None:
        if self._events is None:
            return
        self._keeper.netns_listeners.remove(self._on_netns)
        await self._stop(self._events)

    async def _stop(self, events: Events) -> None:
        events.close()
        self._events = None
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)

    async def __aenter__(self) -> Watch:
        await self.open()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Returns what ends the listening."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def listen_to_all(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` at every change, also of what is not kept here, as a route is. Returns what ends the listening."""
        self._changes.append(listener)
        return lambda: self._changes.remove(listener)

    def links(self) -> Iterator[tuple[Netns, SeenLink]]:
        for netns, links in self._links.items():
            for link in links.values():
                yield netns, link

    def link(self, interface: Interface) -> SeenLink | None:
        index = self._indices.get(interface)
        return None if index is None else self.by_index(interface.netns, index)

    def by_index(self, netns: Netns, index: int) -> SeenLink | None:
        return self._links.get(netns, {}).get(index)

    async def read(self) -> None:
        """Read all namespaces that the lab has now."""
        assert self._events is not None
        self._events.identify()
        for netns, handle in list(self._keeper.handles.items()):
            if self._keeper.handles.get(netns) is handle:
                self._read_namespace(netns, handle)
            await asyncio.sleep(0)
        for netns in self._links.keys() - self._keeper.handles.keys():
            self._forget(netns)
        self._tell(None)

    def _read_namespace(self, netns: Netns, handle: NetnsHandle) -> None:
        """Notices of changes before this moment may still be queued; those of changes after it are too, so that the last word is right."""
        self._forget(netns)
        for record in map(dumps.link, dump(handle.rtnl, rtnl.dump_links())):
            ready = record.operstate in (rtnl.IF_OPER_UP, rtnl.IF_OPER_UNKNOWN)
            self._put(netns, SeenLink(record.index, record.name, record.up, record.carrier, ready, record.master, record.port_state))
        for address in filter(None, map(dumps.address, dump(handle.rtnl, rtnl.dump_addresses()))):
            if link := self._links[netns].get(address.link):  # else it was made since the links were listed, and is told
                link.addresses[address.address] = is_tentative(address.flags)

    def _put(self, netns: Netns, link: SeenLink) -> None:
        self._links.setdefault(netns, {})[link.index] = link
        self._indices[Interface(netns, link.name)] = link.index

    def _forget(self, netns: Netns) -> None:
        for link in self._links.pop(netns, {}).values():
            self._indices.pop(Interface(netns, link.name), None)

    def _on_netns(self, netns: Netns) -> None:
        """A namespace has come or gone. What happened in it before it has an id in LANS was not told: it is read."""
        assert self._events is not None
        self._forget(netns)
        try:
            if handle := self._keeper.handles.get(netns):
                self._events.identify()
                self._read_namespace(netns, handle)
        except OSError:  # whoever makes the namespace is not to be disturbed by who looks on
            self._on_lost()
        self._tell(None)

    def _on_lost(self) -> None:
        self._lost = True
        if self._reading is None or self._reading.done():
            self._reading = asyncio.get_running_loop().create_task(self._read_again())

    async def _read_again(self) -> None:
        while self._lost:
            self._lost = False
            await asyncio.sleep(_READ_AGAIN_AFTER)
            try:
                await self.read()
            except OSError as error:
                logger.warning("What was lost of a lab's events cannot be read: %s. Trying again", error)
                self._lost = True
                await asyncio.sleep(_TRY_AGAIN_AFTER)

    def _on_event(self, event: Event) -> None:
        for interface in self._take(event):
            self._tell(interface)
        self._tell_change()

    def _tell(self, interface: Interface | None) -> None:
        for listener in tuple(self._listeners):
            listener(interface)
        if interface is None:
            self._tell_change()

    def _tell_change(self) -> None:
        for listener in tuple(self._changes):
            listener()

    def _take(self, event: Event) -> tuple[Interface, ...]:
        """Note an event; returns the interfaces that it changed: two where one took another's place."""
        links = self._links.setdefault(event.netns, {})
        match event:
            case LinkEvent():
                return self._take_link(links, event)
            case PortEvent(index=index, port_state=state) if index in links:
                links[index].port_state = state
                return (Interface(event.netns, links[index].name),)
            case AddressEvent(index=index, address=address) if index in links:
                if event.gone:
                    links[index].addresses.pop(address, None)
                else:
                    links[index].addresses[address] = event.tentative
                return (Interface(event.netns, links[index].name),)
        return ()

    def _take_link(self, links: dict[int, SeenLink], event: LinkEvent) -> tuple[Interface, ...]:
        changed = {Interface(event.netns, event.name)}
        before = links.pop(event.index, None)
        if before:
            changed.add(Interface(event.netns, before.name))
            self._indices.pop(Interface(event.netns, before.name), None)
        if not event.gone:
            link = SeenLink(event.index, event.name, event.up, event.carrier, event.ready, event.master, event.port_state)
            link.addresses = before.addresses if before else {}
            self._put(event.netns, link)
        return tuple(changed)


async def _netlink_socket(keeper: NetnsKeeper) -> socket.socket:
    return await keeper.open_socket(LANS, socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
