"""How the LANs of a lab are made of links: for each a bridge in the namespace LANS, for each card a veth pair whose other end is there.

Their names are made from what they stand for, so nothing needs to be looked up or remembered; a LAN's own name is its bridge's `ifalias`.
"""

from __future__ import annotations

from hashlib import blake2b

from labs.kernel.netns import LANS
from labs.network.state import Interface

CABLE_MTU = 65535
"""A LAN carries what its cards send, whatever their MTU (ETH_MAX_MTU)."""


def lan_bridge(lan: str) -> Interface:
    """The bridge that is a LAN."""
    return Interface(LANS, f"lan-{_digest(lan)}")


def card_port(card: Interface) -> Interface:
    """The other end of a card."""
    return Interface(LANS, f"card-{_digest(str(card))}")


def _digest(name: str) -> str:
    return blake2b(name.encode(), digest_size=5).hexdigest()
