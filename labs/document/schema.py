"""The lab document: what a person draws, as typed, immutable values.

YAML and JSON are the same thing here. These models hold the *structure* only (types, known keys, safe names, ranges); what is wrong
with the meaning of a drawing, such as a gateway that no subnet holds, is a problem and found in `labs.document.problems`.

Positions are in pixels at zoom 1, of a node's top left corner on the canvas, also those of nodes that a host holds: a host is drawn around
what it holds, and its own position counts while it is empty (`hostRect` in frontend/src/canvas/geometry.ts).
`labs.document.layout` has the sizes.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from labs.document.values import (
    Address,
    BitsPerSecond,
    Coordinate,
    EndText,
    Flag,
    Gateway,
    Hop,
    InterfaceName,
    Label,
    Mac,
    Metric,
    Milliseconds,
    Mtu,
    NodeName,
    NodePath,
    Percent,
    Prefix,
    Sysctls,
    Text,
    Title,
    Version,
)

RouteType = Literal["unicast", "blackhole", "unreachable", "prohibit"]


class Part(BaseModel):
    """A part of a document: immutable, and strict about its keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, use_attribute_docstrings=True)


class Interface(Part):
    """A network interface of a host, a namespace or a router.

    A host's interface at which no veth ends is one of its real network cards.
    """

    name: InterfaceName
    """As `ip link` shows it."""
    addresses: tuple[Address, ...] = ()
    """IPv4 and IPv6 addresses with their prefix lengths."""
    mac: Mac | None = None
    """Without it, the kernel chooses one."""
    mtu: Mtu | None = None
    """Without it, the link's, else 1500."""
    up: Flag = True
    """Whether it is switched on. While it is off, it has no routes and no IPv6 addresses."""


class Route(Part):
    """An entry of a routing table, as `ip route add` takes it."""

    to: Prefix
    """A prefix, or `default`, which is of the family of `via`, and IPv4 without it."""
    via: Gateway | None = None
    """The gateway, in a subnet of one of the node's interfaces."""
    dev: InterfaceName | None = None
    """The interface. Needed without `via`, and where several reach the gateway."""
    metric: Metric | None = None
    """Of two routes to one prefix, the one with the lower metric is taken. Without it, 0 for IPv4 and 1024 for IPv6."""
    type: RouteType = "unicast"
    """All but `unicast` are routes to nowhere, without `via` and `dev`: silent, or with an error to the sender."""


class _Node(Part):
    name: NodeName
    """Unique in its host. Links write it `host1/ns1`, or `ns1` for what is in no drawn host."""
    label: Label | None = None
    """What the canvas shows instead of the name, in any language."""
    x: Coordinate | None = None
    """Where it stands on the canvas: the left edge, in pixels at zoom 1."""
    y: Coordinate | None = None
    """The upper edge."""
    note: Text | None = None
    """A remark."""


class _Machine(_Node):
    """What has a network namespace: interfaces, routes and sysctls."""

    interfaces: tuple[Interface, ...] = ()
    """Its network interfaces. Those of links that are not listed are added when the document is completed."""
    routes: tuple[Route, ...] = ()
    """Its static routes. The routes to the subnets of its interfaces are there by themselves."""
    sysctls: Sysctls = Field(default_factory=dict)
    """Kernel parameters that differ from what the kind of the node has: those listed below."""


class Host(_Machine):
    """A Linux machine; the node itself is its default network namespace. It forwards IPv4 and IPv6."""

    kind: Literal["host"]


class Namespace(_Machine):
    """A network namespace."""

    kind: Literal["namespace"]
    host: NodeName | None = None
    """The host that it is on. Without it, the one that is not drawn, which is called `host`."""


class Router(_Machine):
    """A network namespace that forwards IPv4 and IPv6."""

    kind: Literal["router"]
    host: NodeName | None = None
    """The host that it is on. Without it, the one that is not drawn."""


class Bridge(_Node):
    """A Linux bridge in its host's default namespace or, with `in`, in a namespace or router of the same host."""

    kind: Literal["bridge"]
    name: InterfaceName
    """Also that of its own interface."""
    host: NodeName | None = None
    """The host that it is on. Without it, the one that is not drawn."""
    in_: NodeName | None = Field(default=None, alias="in")
    """The namespace or router of that host that it is in. Without it, the host's default namespace."""
    addresses: tuple[Address, ...] = ()
    """Of the bridge's own interface, by which the namespace takes part in the network."""
    stp: Flag = False
    """Whether it speaks the spanning tree protocol, which breaks loops."""
    mtu: Mtu | None = None
    """Without it, the smallest of its ports'."""
    mac: Mac | None = None
    """Without it, one derived from its name where it has addresses, else one of its ports'."""
    up: Flag = True
    """Whether it is switched on."""


class Lan(_Node):
    """The medium between hosts: real in a simulated lab, nothing in an exported script."""

    kind: Literal["lan"]


class Internet(_Node):
    """The way out, with NAT. Not available yet: such a drawing is saved, and neither run, planned nor exported."""

    kind: Literal["internet"]


Machine = Host | Namespace | Router
Node = Annotated[Host | Namespace | Router | Bridge | Lan | Internet, Field(discriminator="kind")]


class Link(Part):
    """A veth pair or, where one end is a LAN, the cable from a host's card to it."""

    ends: tuple[EndText, EndText]
    """`host1/ns1:veth-ns1`, `ns1:veth-ns1`, or without the interface while it is not named yet."""
    mtu: Mtu | None = None
    """Of both ends, where they do not say otherwise."""
    up: Flag = True
    """False: both ends are down."""
    delay: Milliseconds | None = None
    """Milliseconds, each way."""
    jitter: Milliseconds | None = None
    """Milliseconds. The kernel takes 2,147 of any more."""
    loss: Percent | None = None
    """Percent, each way."""
    rate: BitsPerSecond | None = None
    """Bits a second, each way."""


class PingCheck(Part):
    """`from` pings an address: an answer, an error, or silence."""

    from_: NodePath = Field(alias="from")
    """A host, a namespace or a router, as links write it."""
    ping: Gateway
    """The address."""
    expect: Literal["reply", "unreachable", "timeout"] = "reply"
    """`unreachable` is an error on sending or from a router; `timeout` is silence."""


class TraceCheck(Part):
    """`from` traces the way to an address, and the hops that answer are these."""

    from_: NodePath = Field(alias="from")
    """A host, a namespace or a router, as links write it."""
    trace: Gateway
    """The address."""
    expect: tuple[Hop, ...]
    """The addresses that answer, in order, `*` for a silent one."""


def _check_kind(value: Any) -> str | None:
    if isinstance(value, dict):
        return next((key for key in ("ping", "trace") if key in value), None)
    return "ping" if isinstance(value, PingCheck) else "trace" if isinstance(value, TraceCheck) else None


Check = Annotated[Annotated[PingCheck, Tag("ping")] | Annotated[TraceCheck, Tag("trace")], Discriminator(_check_kind)]


class Note(Part):
    """A piece of paper on the canvas."""

    text: Text
    """What is written on it."""
    x: Coordinate | None = None
    """The left edge, in pixels at zoom 1."""
    y: Coordinate | None = None
    """The upper edge."""
    width: Annotated[float, Field(strict=True, ge=40, le=2000)] | None = None
    """In pixels."""
    height: Annotated[float, Field(strict=True, ge=24, le=2000)] | None = None
    """In pixels."""


class LabDocument(Part):
    """A lab."""

    topoweb: Version
    """The version of this format."""
    name: Title
    """Of the lab, in any language."""
    description: Text = ""
    """What it shows."""
    target: Literal["sandbox", "machine"] = "sandbox"
    """Where it runs: `machine` is the real machine's default namespace, by a superuser, or by `topoweb run --target machine` as root."""
    nodes: tuple[Node, ...] = ()
    """Hosts, namespaces, routers, bridges, LANs."""
    links: tuple[Link, ...] = ()
    """What joins them."""
    checks: tuple[Check, ...] = ()
    """What should reach what."""
    notes: tuple[Note, ...] = ()
    """Papers on the canvas."""
