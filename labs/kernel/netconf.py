"""The sysctls that rtnetlink reads, and whose changes it tells (RTM_NEWNETCONF, include/uapi/linux/netconf.h).

The others are to be read in each namespace, again and again: nobody is told of them.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from functools import lru_cache
from socket import AF_INET, AF_INET6
from typing import Final

from labs.document.sysctls import IPV4_FORWARDING, IPV6_FORWARDING, SYSCTLS
from labs.kernel import rtnl
from labs.kernel.batch import Refusal, transact

_TOLD: Final = {
    AF_INET: {
        rtnl.NETCONFA_FORWARDING: IPV4_FORWARDING,
        rtnl.NETCONFA_RP_FILTER: "net.ipv4.conf.all.rp_filter",
        rtnl.NETCONFA_PROXY_NEIGH: "net.ipv4.conf.all.proxy_arp",
    },
    AF_INET6: {rtnl.NETCONFA_FORWARDING: IPV6_FORWARDING},
}
UNTOLD: Final = tuple(key for key in SYSCTLS if not any(key in told.values() for told in _TOLD.values()))


_REQUESTS: Final = [rtnl.get_netconf(family) for family in _TOLD]


def read_told(sock: socket.socket) -> Mapping[str, int]:
    """The values of all but UNTOLD, in the namespace of the socket. Raises OSError."""
    ipv4, ipv6 = transact(sock, _REQUESTS)
    for answer in (ipv4, ipv6):
        if isinstance(answer, Refusal):
            raise OSError(answer.errno, answer.text or os.strerror(answer.errno))
    return _values(ipv4, ipv6)


@lru_cache(maxsize=256)
def _values(*answers: bytes) -> Mapping[str, int]:
    """Most namespaces say the same."""
    return {
        told[kind]: rtnl.U32.unpack(value)[0]
        for told, answer in zip(_TOLD.values(), answers, strict=True)
        for kind, value in rtnl.attributes(answer, rtnl.RTGENMSG.size, told)
    }
