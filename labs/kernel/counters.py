"""The byte counters of all links of a namespace, by one dump of the small message that has nothing else (RTM_GETSTATS)."""

from __future__ import annotations

import struct
from typing import NamedTuple

from labs.kernel import rtnl
from labs.kernel.batch import dump
from labs.kernel.netns import NetnsHandle

# include/uapi/linux/if_link.h
_RTM_GETSTATS = 94
_IFLA_STATS_LINK_64 = 1
_FILTER = 1 << (_IFLA_STATS_LINK_64 - 1)
_IF_STATS_MSG = struct.Struct("=BxHII")  # family, padding, index, filter
_BYTES_OF_LINK_STATS64 = struct.Struct("=16xQQ")  # behind rx_packets and tx_packets


class Counters(NamedTuple):
    received: int
    sent: int
    """Bytes since the link was made."""


def read_counters(handle: NetnsHandle) -> dict[int, Counters]:
    """By link index."""
    request = rtnl.Request(_RTM_GETSTATS, rtnl.NLM_F_DUMP, _IF_STATS_MSG.pack(0, 0, 0, _FILTER))
    counters = {}
    for payload in dump(handle.rtnl, request):
        _, _, index, _ = _IF_STATS_MSG.unpack_from(payload)
        for kind, value in rtnl.attributes(payload, _IF_STATS_MSG.size):
            if kind == _IFLA_STATS_LINK_64:
                counters[index] = Counters(*_BYTES_OF_LINK_STATS64.unpack_from(value))
    return counters
