"""Small networks that the kernel's tests begin with, and a lab seen as a state."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network

from labs.kernel.executor import apply
from labs.kernel.lab import Lab
from labs.kernel.observe import observe
from labs.network.normal import normalize
from labs.network.operations import (
    AddAddress,
    AddBridge,
    AddCard,
    AddHost,
    AddLan,
    AddNamespace,
    AddRoute,
    AddVeth,
    Plan,
    SetMaster,
    SetUp,
)
from labs.network.replay import replay
from labs.network.state import EMPTY, IPV6_METRIC, Interface, Netns, NetworkState, Route

HOST, NS1, NS2 = Netns("", ""), Netns("", "ns1"), Netns("", "ns2")
BR0, BR1 = Interface(HOST, "br0"), Interface(HOST, "br1")
VETH, PORT = Interface(NS1, "veth-ns1"), Interface(HOST, "veth-ns1-br")
VETH2, PORT2 = Interface(NS2, "veth-ns2"), Interface(HOST, "veth-ns2-br")
CARD = Interface(HOST, "eth0")
ADDRESS = IPv4Interface("192.168.1.2/24")
ADDRESS6 = IPv6Interface("2001:db8::2/64")
GATEWAY = IPv4Address("192.168.1.1")
GATEWAY6 = IPv6Address("2001:db8::1")
DEFAULT = Route(IPv4Network("0.0.0.0/0"), GATEWAY, VETH.name)
DEFAULT6 = Route(IPv6Network("::/0"), GATEWAY6, VETH.name, IPV6_METRIC)
MAC = "02:00:00:00:00:01"

BRIDGED: Plan = (
    AddHost(""),
    AddLan("wire"),
    AddNamespace(NS1),
    AddNamespace(NS2),
    AddBridge(BR0, "02:00:00:00:00:b0"),
    AddBridge(BR1),
    AddVeth(VETH, PORT),
    SetMaster(PORT, "br0"),
    AddVeth(VETH2, PORT2),
    AddCard(CARD, "wire"),
    SetUp(BR0),
    SetUp(PORT),
)
"""Two namespaces, one of them on a bridge, and a host with a card."""
ADDRESSED: Plan = (
    *BRIDGED,
    AddAddress(VETH, ADDRESS),
    SetUp(VETH),
    AddAddress(VETH, ADDRESS6),
)
ROUTED: Plan = (*ADDRESSED, AddRoute(NS1, DEFAULT), AddRoute(NS1, DEFAULT6))


async def observed(lab: Lab, base: NetworkState) -> NetworkState:
    return normalize(await observe(lab.keeper), base)


async def built(lab: Lab, plan: Plan) -> NetworkState:
    """The state that a plan leads an empty lab to."""
    await apply(plan, lab.keeper)
    return replay(plan, EMPTY)
