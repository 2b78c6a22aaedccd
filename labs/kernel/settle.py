"""Waiting until a network that was just built carries packets: no fixed sleep, the kernel says when.

- A link that comes up drops what it is given until the kernel has looked at it once more, some milliseconds later (linkwatch).
- Duplicate address detection takes one to two seconds; until then an IPv6 address is not used (RFC 4862, section 5.4).
- A bridge with STP listens and learns for 15 seconds each before it forwards (`forward_delay`, ip-link(8)).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from labs.kernel.watch import SeenLink, Watch
from labs.network.state import Interface, Netns

BOUND = 50.0
"""Seconds: more than STP takes; what is not settled then is probed as it is."""
_BR_STATE_DISABLED, _BR_STATE_LISTENING, _BR_STATE_LEARNING = 0, 1, 2  # include/uapi/linux/if_bridge.h


@dataclass(frozen=True, slots=True)
class Unsettled:
    """What is being waited for."""

    links: tuple[Interface, ...] = ()
    """Interfaces that have a carrier but do not pass packets yet."""
    addresses: tuple[Interface, ...] = ()
    """Interfaces with IPv6 addresses that duplicate address detection is not done with."""
    ports: tuple[Interface, ...] = ()
    """Bridge ports that do not forward yet."""

    def __bool__(self) -> bool:
        return bool(self.links or self.addresses or self.ports)

    def __str__(self) -> str:
        parts = []
        if self.links:
            parts.append(f"links to come up: {_list(self.links)}")
        if self.addresses:
            parts.append(f"duplicate address detection on {_list(self.addresses)}")
        if self.ports:
            parts.append(f"spanning tree on {_list(self.ports)}")
        return " and ".join(parts)


def _list(interfaces: tuple[Interface, ...]) -> str:
    shown = ", ".join(map(str, interfaces[:3]))
    return shown if len(interfaces) <= 3 else f"{shown} and {len(interfaces) - 3} more"


async def settle(watch: Watch, *, ipv6: bool, on_wait: Callable[[Unsettled], None] | None = None, bound: float = BOUND) -> Unsettled:
    """Wait until nothing is unsettled, at most `bound` seconds; returns what still is. `on_wait` is told whenever that changes."""
    changed = asyncio.Event()
    stop_listening = watch.listen(lambda _: changed.set())
    told = Unsettled()
    try:
        async with asyncio.timeout(bound):
            while now := unsettled(watch, ipv6=ipv6):
                if now != told and on_wait:
                    on_wait(now)
                told = now
                changed.clear()
                await changed.wait()
    except TimeoutError:
        return unsettled(watch, ipv6=ipv6)
    finally:
        stop_listening()
    return Unsettled()


def unsettled(watch: Watch, *, ipv6: bool) -> Unsettled:
    links, addresses, ports = [], [], []
    for netns, link in watch.links():
        if not (link.up and link.carrier):
            continue
        if not link.ready:
            links.append(Interface(netns, link.name))
        if ipv6 and _detects_duplicates(link):
            addresses.append(Interface(netns, link.name))
        if _is_becoming_ready(watch, netns, link):
            ports.append(Interface(netns, link.name))
    return Unsettled(tuple(sorted(links)), tuple(sorted(addresses)), tuple(sorted(ports)))


def _detects_duplicates(link: SeenLink) -> bool:
    """Its own link-local address counts too: a router asks for neighbours with it, and it is not announced before it is ready."""
    ipv6 = [(address, tentative) for address, tentative in link.addresses.items() if address.version == 6]
    if not ipv6 or link.name == "lo":
        return False
    return any(tentative for _, tentative in ipv6) or not any(address.is_link_local for address, _ in ipv6)


def _is_becoming_ready(watch: Watch, netns: Netns, link: SeenLink) -> bool:
    """A port that has its carrier but that the bridge has not enabled yet counts: the kernel tells the bridge a little later."""
    if link.port_state not in (_BR_STATE_DISABLED, _BR_STATE_LISTENING, _BR_STATE_LEARNING):
        return False
    bridge = watch.by_index(netns, link.master)
    return bridge is not None and bridge.up
