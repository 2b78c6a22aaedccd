"""What the nodes of a drawing have: interfaces, addresses, routes, sysctls."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address

from labs.document import schema
from labs.document.segments import Groups
from labs.document.sysctls import SYSCTLS
from labs.document.topology import netns_of, path_of
from labs.network.compile import FORWARDING, mac_of
from labs.network.draw.links import Cables
from labs.network.draw.nodes import Nodes
from labs.network.draw.parts import changed, part
from labs.network.draw.routes import draw_routes
from labs.network.ordering import address_key, natural
from labs.network.state import DEFAULT_MTU, IPV6_MIN_MTU, Address, Bridge, Card, Interface, Link, Netns, NetworkState, Veth


class _Asleep:
    """What links that are down would carry, as far as nobody else has it now: an address is on one interface of a namespace, and on one
    of a segment."""

    def __init__(self, state: NetworkState) -> None:
        self._segments = Groups()
        self._owners: dict[tuple[Hashable, IPv4Address | IPv6Address], Interface] = {}
        links = list(state.links())
        for interface, link in links:
            match link.kind:
                case Veth(peer):
                    self._segments.join(interface, peer)
                case Card(str(lan)):
                    self._segments.join(interface, lan)
            if link.master:
                self._segments.join(interface, Interface(interface.netns, link.master))
        for interface, link in links:
            for address in link.addresses:
                self._own(interface, address)

    def addresses(self, interface: Interface, drawn: Sequence[Address], link: Link) -> tuple[Address, ...]:
        """Those that are drawn and there, or that are not there only because the link is down; then those that are new."""
        bare = isinstance(link.kind, Bridge) and not link.addresses and link.mac is None  # with any, a bridge has a MAC of its own
        asleep = not link.up and link.mtu >= IPV6_MIN_MTU and not bare
        kept = [each for each in drawn if each in link.addresses or (asleep and each.version == 6 and self._own(interface, each))]
        return (*kept, *sorted(link.addresses - set(kept), key=address_key))

    def _own(self, interface: Interface, address: Address) -> bool:
        """Whether the interface is, or becomes, the one that has it."""
        places: tuple[Hashable, ...] = (interface.netns, self._segments.of(interface))
        owners = [self._owners.setdefault((place, address.ip), interface) for place in places]
        return owners == [interface, interface]


class Furnisher:
    def __init__(self, state: NetworkState, nodes: Nodes, cables: Cables) -> None:
        self._state = state
        self._cables = cables
        self._bridges: defaultdict[Netns, list[schema.Bridge]] = defaultdict(list)
        for node in nodes:
            if isinstance(node, schema.Bridge):
                self._bridges[_netns(node)].append(node)
        self._asleep = _Asleep(state)

    def furnish(self, node: schema.Node) -> schema.Node:
        """The node with what the state has of it."""
        match node:
            case schema.Host() | schema.Namespace() | schema.Router():
                return self._machine(node)
            case schema.Bridge():
                return self._bridge(node)
            case _:
                return node

    # Hosts, namespaces, routers

    def _machine(self, node: schema.Machine) -> schema.Machine:
        netns = _netns(node)
        namespace = self._state.namespace(netns)
        assert namespace is not None  # else the node would not be there
        interfaces = self._interfaces(netns, node.interfaces)
        awake = self._awake(netns, interfaces)
        active = {name: namespace.links[name] for name in awake if name in namespace.links}
        routes = draw_routes(node.routes, namespace.routes, active, awake) if node.routes or namespace.routes else ()
        sysctls = _sysctls(node, namespace.sysctls)
        return changed(node, interfaces=interfaces, routes=routes, sysctls=sysctls)

    def _interfaces(self, netns: Netns, drawn: Sequence[schema.Interface]) -> tuple[schema.Interface, ...]:
        listed = self._cables.listed[netns]
        found = {each.name: each for each in drawn if each.name in listed}
        for name in sorted(listed - found.keys(), key=natural):
            new = part(schema.Interface, name=name)
            if new:
                found[name] = new
        return tuple(self._interface(Interface(netns, name), each) for name, each in found.items())

    def _interface(self, interface: Interface, drawn: schema.Interface) -> schema.Interface:
        link = self._state.link(interface)
        if link is None:  # it leads to the internet, which there is not yet
            return drawn
        cable = self._cables.ends.get(interface)
        inherited = (cable.mtu if cable else None) or DEFAULT_MTU
        is_cable_up = cable is None or cable.up
        return changed(
            drawn,
            addresses=self._asleep.addresses(interface, drawn.addresses, link),
            mac=link.mac,
            mtu=drawn.mtu if (drawn.mtu or inherited) == link.mtu else link.mtu if inherited != link.mtu else None,
            up=drawn.up if (drawn.up and is_cable_up) == link.up else link.up,
        )

    def _awake(self, netns: Netns, interfaces: Sequence[schema.Interface]) -> dict[str, Link]:
        """The links of a namespace with all that is drawn, as if they were up."""
        links = {}
        parts: Sequence[schema.Interface | schema.Bridge] = (*interfaces, *self._bridges[netns])
        for drawn in parts:
            interface = Interface(netns, drawn.name)
            link = self._state.link(interface)
            addresses = self._asleep.addresses(interface, drawn.addresses, link) if link else drawn.addresses
            links[drawn.name] = Link(Card(), True, link.mtu if link else drawn.mtu or DEFAULT_MTU, addresses=frozenset(addresses))
        return links

    # Bridges

    def _bridge(self, node: schema.Bridge) -> schema.Bridge:
        interface = Interface(_netns(node), node.name)
        link = self._state.link(interface)
        assert link is not None  # else the node would not be there
        assert isinstance(link.kind, Bridge)
        ports = (self._state.link(Interface(interface.netns, name)) for name in self._cables.ports[interface])
        inherited = min((port.mtu for port in ports if port), default=DEFAULT_MTU)
        addresses = self._asleep.addresses(interface, node.addresses, link)
        own = mac_of(path_of(node)) if addresses else None
        return changed(
            node,
            addresses=addresses,
            stp=link.kind.stp,
            mtu=node.mtu if (node.mtu or inherited) == link.mtu else link.mtu if inherited != link.mtu else None,
            mac=node.mac if (node.mac or own) == link.mac else link.mac if link.mac != own else None,
            up=link.up,
        )


def _netns(node: schema.Machine | schema.Bridge) -> Netns:
    """That a node is, or that a bridge is in."""
    netns = netns_of(node)
    assert netns is not None  # only LANs and the internet have none
    return netns


def _sysctls(node: schema.Machine, wanted: Mapping[str, int]) -> dict[str, int]:
    """Those that are drawn so, or that are not what the kind of the node gives."""
    given = {} if isinstance(node, schema.Namespace) else FORWARDING
    values: dict[str, int] = {}
    for key in (*node.sysctls, *(key for key in SYSCTLS if key not in node.sysctls)):
        sysctl = SYSCTLS[key]
        value = wanted.get(key, sysctl.default)
        is_needed = value != given.get(key, sysctl.default)
        if (is_needed or node.sysctls.get(key) == value) and sysctl.minimum <= value <= sysctl.maximum:
            values[key] = value
    return values
