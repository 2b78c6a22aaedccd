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
)

VERSION = 1
IMPLIED_HOST = "host"
"""What links and checks call the host that is not drawn."""

RouteType = Literal["unicast", "blackhole", "unreachable", "prohibit"]


class Part(BaseModel):
    """A part of a document: immutable, and strict about its keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Interface(Part):
    """A network interface of a host, a namespace or a router."""

    name: InterfaceName
    addresses: tuple[Address, ...] = ()
    mac: Mac | None = None
    mtu: Mtu | None = None
    """None: the link's, else 1500."""
    up: Flag = True


class Route(Part):
    """An entry of a routing table, as `ip route add` takes it."""

    to: Prefix
    via: Gateway | None = None
    dev: InterfaceName | None = None
    metric: Metric | None = None
    """None: the kernel's choice, 0 for IPv4 and 1024 for IPv6."""
    type: RouteType = "unicast"


class _Node(Part):
    name: NodeName
    label: Label | None = None
    """What the canvas shows instead of the name, in any language."""
    x: Coordinate | None = None
    y: Coordinate | None = None
    note: Text | None = None


class _Machine(_Node):
    """What has a network namespace: interfaces, routes and sysctls."""

    interfaces: tuple[Interface, ...] = ()
    routes: tuple[Route, ...] = ()
    sysctls: Sysctls = Field(default_factory=dict)


class Host(_Machine):
    """A Linux machine; the node itself is its default network namespace. It forwards IPv4 and IPv6."""

    kind: Literal["host"]


class Namespace(_Machine):
    """A network namespace."""

    kind: Literal["namespace"]
    host: NodeName | None = None


class Router(_Machine):
    """A network namespace that forwards IPv4 and IPv6."""

    kind: Literal["router"]
    host: NodeName | None = None


class Bridge(_Node):
    """A Linux bridge in its host's default namespace or, with `in`, in a namespace or router of the same host."""

    kind: Literal["bridge"]
    name: InterfaceName
    host: NodeName | None = None
    in_: NodeName | None = Field(default=None, alias="in")
    addresses: tuple[Address, ...] = ()
    """Of the bridge's own interface."""
    stp: Flag = False
    mtu: Mtu | None = None
    """None: the smallest of its ports'."""
    mac: Mac | None = None
    up: Flag = True


class Lan(_Node):
    """The medium between hosts: real in a simulated lab, nothing in an exported script."""

    kind: Literal["lan"]


class Internet(_Node):
    """The way out, with NAT. Not available in `run` yet."""

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
    """Milliseconds."""
    loss: Percent | None = None
    """Percent, each way."""
    rate: BitsPerSecond | None = None
    """Bits a second, each way."""


class PingCheck(Part):
    """`from` pings an address: an answer, an error, or silence."""

    from_: NodePath = Field(alias="from")
    ping: Gateway
    expect: Literal["reply", "unreachable", "timeout"] = "reply"


class TraceCheck(Part):
    """`from` traces the way to an address, and the hops that answer are these."""

    from_: NodePath = Field(alias="from")
    trace: Gateway
    expect: tuple[Hop, ...]


def _check_kind(value: Any) -> str | None:
    if isinstance(value, dict):
        return next((key for key in ("ping", "trace") if key in value), None)
    return "ping" if isinstance(value, PingCheck) else "trace" if isinstance(value, TraceCheck) else None


Check = Annotated[Annotated[PingCheck, Tag("ping")] | Annotated[TraceCheck, Tag("trace")], Discriminator(_check_kind)]


class Note(Part):
    """A piece of paper on the canvas."""

    text: Text
    x: Coordinate | None = None
    y: Coordinate | None = None
    width: Annotated[float, Field(strict=True, ge=40, le=2000)] | None = None
    height: Annotated[float, Field(strict=True, ge=24, le=2000)] | None = None


class LabDocument(Part):
    """A lab: `topoweb: 1` is the version of this format."""

    topoweb: Literal[1]
    name: Title
    description: Text = ""
    target: Literal["sandbox", "machine"] = "sandbox"
    """`machine` is the real machine's default namespace. Not available in `run` yet."""
    nodes: tuple[Node, ...] = ()
    links: tuple[Link, ...] = ()
    checks: tuple[Check, ...] = ()
    notes: tuple[Note, ...] = ()
