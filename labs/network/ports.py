"""Bridges and their ports."""

from __future__ import annotations

from collections.abc import Mapping

from labs.network.state import Link


def smallest_port_mtus(links: Mapping[str, Link]) -> dict[str, int]:
    """Of each bridge that has ports, the smallest MTU among them: the bridge's own, unless that is set (br_mtu_min, net/bridge/br_if.c)."""
    mtus: dict[str, int] = {}
    for link in links.values():
        if link.master is not None and (link.master not in mtus or link.mtu < mtus[link.master]):
            mtus[link.master] = link.mtu
    return mtus
