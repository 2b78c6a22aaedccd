"""Commands as argument lists: the one place where they become shell text, always quoted."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Literal

Program = Literal["ip", "tc", "brctl", "sysctl"]


@dataclass(frozen=True, slots=True)
class Command:
    """A command that does its work in one network namespace of the host where it is typed."""

    program: Program
    args: tuple[str, ...]
    netns: str = ""
    """The namespace's name in /run/netns; "" for the default namespace."""

    def words(self) -> list[str]:
        if not self.netns:
            return [self.program, *self.args]
        if self.program in ("ip", "tc"):
            return [self.program, "-n", self.netns, *self.args]
        return ["ip", "netns", "exec", self.netns, self.program, *self.args]

    def __str__(self) -> str:
        """As typed in a shell: `ip -n ns1 link set veth-ns1 up`.

        >>> str(Command("brctl", ("addbr", "br0"), netns="ns1"))
        'ip netns exec ns1 brctl addbr br0'
        """
        return shlex.join(self.words())


def ip(*args: str, netns: str = "") -> Command:
    return Command("ip", args, netns)


# What `ip link` takes for a keyword where it expects a device (iplink_parse, iproute2's ip/iplink.c); it matches prefixes of some.
_LINK_KEYWORDS = """ up down dev name index link address broadcast brd txqueuelen txqlen qlen mtu xdp xdpgeneric xdpdrv xdpoffload netns
 multicast allmulticast promisc trailers arp carrier vf master vrf nomaster dynamic type alias group mode state numtxqueues numrxqueues
 addrgenmode link-netns link-netnsid protodown protodown_reason gso_max_size gso_max_segs gro_max_size parentdev peer help"""


def device(name: str) -> tuple[str, ...]:
    """A device as an argument of `ip link`: its bare name as people type it, with `dev` before it where that could be misread.

    >>> device("br0"), device("up")
    (('br0',), ('dev', 'up'))
    """
    misread = name.startswith("-") or f" {name}" in _LINK_KEYWORDS
    return ("dev", name) if misread else (name,)
