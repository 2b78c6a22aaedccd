"""What is seen in the kernel, brought to the form in which states are compared."""

from __future__ import annotations

from dataclasses import replace

from labs.network.ports import smallest_port_mtus
from labs.network.state import BARE, DEFAULT_MTU, Bridge, Host, Link, Namespace, Netns, NetworkState


def normalize(observed: NetworkState, base: NetworkState) -> NetworkState:
    """What was observed, without what the kernel chose by itself: MAC addresses and link-local addresses that `base` does not fix.

    `base` is the state that was applied last, best as `replay(plan, before)` gives it: that knows which bridges' MTUs were set by hand.
    A namespace that is as it says is the one in it, the same object: most are, and states are compared again and again.
    """
    hosts = {
        name: Host({each: _namespace(namespace, base.namespace(Netns(name, each)) or BARE) for each, namespace in host.namespaces.items()})
        for name, host in observed.hosts.items()
    }
    return NetworkState(hosts, observed.lans)


def _namespace(observed: Namespace, base: Namespace) -> Namespace:
    mtus = smallest_port_mtus(observed.links)
    links = {name: _link(link, base.links.get(name), mtus.get(name, DEFAULT_MTU)) for name, link in observed.links.items()}
    found = Namespace(links, observed.routes, observed.sysctls)
    return base if found == base else found


def _link(observed: Link, base: Link | None, mtu_of_ports: int) -> Link:
    kind, up, mtu, mac, master, addresses, netem = observed
    if isinstance(kind, Bridge):
        kind = _bridge(observed, kind, base, mtu_of_ports)
    if base is None or base.mac is None:
        mac = None
    by_kernel = [address for address in addresses if address.version == 6 and address.is_link_local]
    if by_kernel:
        addresses = addresses.difference(by_kernel) | (addresses & base.addresses if base else frozenset())
    return Link(kind, up, mtu, mac, master, addresses, netem)


def _bridge(observed: Link, kind: Bridge, base: Link | None, mtu_of_ports: int) -> Bridge:
    """The kernel does not tell whose MTU was set: one that was, or that is not what the ports give, was."""
    was_set = base is not None and isinstance(base.kind, Bridge) and base.kind.mtu_set
    return replace(kind, mtu_set=was_set or observed.mtu != mtu_of_ports)
