"""The kernel's tables of neighbours (ARP, NDP): one for each family, of all network namespaces of a machine together.

It takes 1,024 entries of each (`gc_thresh3` in net/ipv4/arp.c), one for each who pings and one for each who answers. What finds the table
full is not sent, and nobody is told: whoever pings it in a lab calls that silence.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

ENTRIES: Final = 65_536
"""Of half a kilobyte each, while they are used."""
_SYSCTLS: Final = Path("/proc/sys/net")
_FAMILIES: Final = ("ipv4", "ipv6")


def enlarge_tables(entries: int = ENTRIES, sysctls: Path = _SYSCTLS) -> str | None:
    """Let the tables take so many entries, if they take fewer; where that may not be, returns what to do. It holds until the machine starts
    again."""
    for family in _FAMILIES:
        for name, value in (("gc_thresh3", entries), ("gc_thresh2", entries // 2)):  # above the second, entries are dropped within 5 s
            sysctl = sysctls / family / "neigh/default" / name
            try:
                if int(sysctl.read_text()) < value:
                    sysctl.write_text(str(value))
            except FileNotFoundError:
                continue  # no IPv6, or not this namespace's to set
            except OSError as error:
                return f"{os.strerror(error.errno or 0)}: all labs together have few neighbours. As root: {_by_hand(entries)}"
    return None


def _by_hand(entries: int) -> str:
    return "sysctl -w " + " ".join(f"net.{family}.neigh.default.gc_thresh3={entries}" for family in _FAMILIES)
