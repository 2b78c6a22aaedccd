"""The sysctls that rtnetlink reads, and of whose every change it tells (RTM_NEWNETCONF, include/uapi/linux/netconf.h).

The others are to be read in each namespace, again and again: nobody is told of them. So is IPv6's forwarding, of which only is told whether
it is 0 (addrconf_fixup_forwarding, net/ipv6/addrconf.c).
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from labs.document.sysctls import IPV4_FORWARDING, SYSCTLS
from labs.kernel import rtnl
from labs.kernel.batch import Refusal, transact

_TOLD: Final = {
    rtnl.NETCONFA_FORWARDING: IPV4_FORWARDING,
    rtnl.NETCONFA_RP_FILTER: "net.ipv4.conf.all.rp_filter",
    rtnl.NETCONFA_PROXY_NEIGH: "net.ipv4.conf.all.proxy_arp",
}
UNTOLD: Final = tuple(key for key in SYSCTLS if key not in _TOLD.values())


def read_told(sock: socket.socket) -> Mapping[str, int]:
    """The values of all but UNTOLD, in the namespace of the socket. Raises OSError."""
    (answer,) = transact(sock, [rtnl.get_netconf(socket.AF_INET)])
    if isinstance(answer, Refusal):
        raise OSError(answer.errno, answer.text or os.strerror(answer.errno))
    return _values(answer)


@lru_cache(maxsize=256)
def _values(answer: bytes) -> Mapping[str, int]:
    """Most namespaces say the same."""
    return {_TOLD[kind]: rtnl.S32.unpack(value)[0] for kind, value in rtnl.attributes(answer, rtnl.RTGENMSG.size, _TOLD)}
