"""What is seen in the kernel, brought to the form in which states are compared."""

from __future__ import annotations

from dataclasses import replace

from labs.network.ports import smallest_port_mtus
from labs.network.state import DEFAULT_MTU, Bridge, Host, Interface, Link, Namespace, Netns, NetworkState


def normalize(observed: NetworkState, base: NetworkState) -> NetworkState:
    """What was observed, without what the kernel chose by itself: MAC addresses and link-local addresses that `base` does not fix.

    `base` is the state that was applied last, best as `replay(plan, before)` gives it: that knows which bridges' MTUs were set by hand.
    """
    hosts = {
        name: Host({each: _namespace(Netns(name, each), namespace, base) for each, namespace in host.namespaces.items()})
        for name, host in observed.hosts.items()
    }
    return NetworkState(hosts, observed.lans)


def _namespace(netns: Netns, observed: Namespace, base: NetworkState) -> Namespace:
    mtus = smallest_port_mtus(observed.links)
    links = {name: _link(link, base.link(Interface(netns, name)), mtus.get(name, DEFAULT_MTU)) for name, link in observed.links.items()}
    return Namespace(links, observed.routes, observed.sysctls)


def _link(observed: Link, base: Link | None, mtu_of_ports: int) -> Link:
    fixed = base.addresses if base else frozenset()
    return observed._replace(
        kind=_bridge(observed, observed.kind, base, mtu_of_ports) if isinstance(observed.kind, Bridge) else observed.kind,
        mac=observed.mac if base and base.mac is not None else None,
        addresses=observed.addresses - {a for a in observed.addresses if a.version == 6 and a.is_link_local and a not in fixed},
    )


def _bridge(observed: Link, kind: Bridge, base: Link | None, mtu_of_ports: int) -> Bridge:
    """The kernel does not tell whose MTU was set: one that was, or that is not what the ports give, was."""
    was_set = base is not None and isinstance(base.kind, Bridge) and base.kind.mtu_set
    return replace(kind, mtu_set=was_set or observed.mtu != mtu_of_ports)
