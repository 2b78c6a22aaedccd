"""The lab document: what a person draws, as typed, immutable values.

YAML and JSON are the same thing here. These models hold the *structure* only (types, known keys, safe names, ranges); what is wrong
with the meaning of a drawing, such as a gateway that no subnet holds, is a problem and found in `labs.document.problems`.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

VERSION = 1
INTERFACE_NAME_BYTES = 15  # IFNAMSIZ - 1, include/uapi/linux/if.h
NODE_NAME_BYTES = 63
IMPLIED_HOST = "host"
"""What links and checks call the host that is not drawn."""


def _address_type(*kinds: type, what: str) -> BeforeValidator:
    def parse(value: Any) -> Any:
        if isinstance(value, kinds):
            return value
        if isinstance(value, str) and re.fullmatch(r"[0-9A-Fa-f.:/]{1,64}", value):
            for kind in kinds:
                try:
                    return kind(value)
                except ValueError:
                    continue
        raise ValueError(f"{value!r:.80} is not {what}")

    return BeforeValidator(parse)


Address = Annotated[
    IPv4Interface | IPv6Interface, _address_type(IPv4Interface, IPv6Interface, what="an IPv4 or IPv6 interface address")
]
Gateway = Annotated[IPv4Address | IPv6Address, _address_type(IPv4Address, IPv6Address, what="an IPv4 or IPv6 address")]
Prefix = Literal["default"] | Annotated[IPv4Network | IPv6Network, _address_type(IPv4Network, IPv6Network, what="a prefix or 'default'")]
NodeName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,63}$")]
InterfaceName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,15}$")]
Mac = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{2}(:[0-9a-f]{2}){5}$", to_lower=True)]
Mtu = Annotated[int, Field(strict=True, ge=68, le=65535)]
Metric = Annotated[int, Field(strict=True, ge=0, le=4294967295)]
Label = Annotated[str, StringConstraints(max_length=200)]
Text = Annotated[str, StringConstraints(max_length=10_000)]
Coordinate = Annotated[float, Field(ge=-1e6, le=1e6, allow_inf_nan=False)]
SysctlName = Annotated[str, StringConstraints(max_length=80)]
RouteType = Literal["unicast", "blackhole", "unreachable", "prohibit"]


class Part(BaseModel):
    """A part of a document: immutable, and strict about its keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Interface(Part):
    name: InterfaceName
    addresses: tuple[Address, ...] = ()
    mac: Mac | None = None
    mtu: Mtu | None = None
    up: bool = True


class Route(Part):
    to: Prefix
    via: Gateway | None = None
    dev: InterfaceName | None = None
    metric: Metric | None = None
    type: RouteType = "unicast"


class _Node(Part):
    name: NodeName
    label: Label | None = None
    x: Coordinate | None = None
    y: Coordinate | None = None
    """The top left corner on the canvas, in pixels, also inside a host: a host's outline is drawn around what it holds."""
    note: Text | None = None


class _Machine(_Node):
    """What has a network namespace: interfaces, routes and sysctls."""

    interfaces: tuple[Interface, ...] = ()
    routes: tuple[Route, ...] = ()
    sysctls: dict[SysctlName, int] = Field(default_factory=dict)


class Host(_Machine):
    """A Linux machine; the node itself is its default network namespace."""

    kind: Literal["host"]


class Namespace(_Machine):
    kind: Literal["namespace"]
    host: NodeName | None = None


class Router(_Machine):
    """A namespace that forwards IPv4 and IPv6."""

    kind: Literal["router"]
    host: NodeName | None = None


class Bridge(_Node):
    """A Linux bridge in its host's default namespace or, with `in`, in a namespace or router of the same host."""

    kind: Literal["bridge"]
    name: InterfaceName
    host: NodeName | None = None
    in_: NodeName | None = Field(default=None, alias="in")
    addresses: tuple[Address, ...] = ()
    stp: bool = False
    mtu: Mtu | None = None
    mac: Mac | None = None
    up: bool = True


class Lan(_Node):
    """The medium between hosts: real in a simulated lab, nothing in an exported script."""

    kind: Literal["lan"]


class Internet(_Node):
    """The way out, with NAT."""

    kind: Literal["internet"]


Node = Annotated[Host | Namespace | Router | Bridge | Lan | Internet, Field(discriminator="kind")]

# One end of a link as written: `host1/ns1:veth-ns1`, `ns1:veth-ns1`, or without the interface while it is not named yet.
EndText = Annotated[
    str, StringConstraints(pattern=r"^([A-Za-z0-9._-]{1,63}/)?[A-Za-z0-9._-]{1,63}(:[A-Za-z0-9._-]{1,15})?$")
]
Milliseconds = Annotated[float, Field(ge=0, le=60_000, allow_inf_nan=False)]


class Link(Part):
    """A veth pair or, where one end is a LAN, the cable from a host's card to it."""

    ends: tuple[EndText, EndText]
    mtu: Mtu | None = None
    up: bool = True
    delay: Milliseconds | None = None
    """Milliseconds, each way."""
    jitter: Milliseconds | None = None
    loss: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)] | None = None
    """Percent."""
    rate: Annotated[int, Field(strict=True, ge=8_000, le=100_000_000_000)] | None = None
    """Bits a second."""


NodePath = Annotated[str, StringConstraints(pattern=r"^([A-Za-z0-9._-]{1,63}/)?[A-Za-z0-9._-]{1,63}$")]


class PingCheck(Part):
    from_: NodePath = Field(alias="from")
    ping: Gateway
    expect: Literal["reply", "unreachable", "timeout"] = "reply"


class TraceCheck(Part):
    from_: NodePath = Field(alias="from")
    trace: Gateway
    expect: tuple[Gateway | Literal["*"], ...]


class Note(Part):
    """A piece of paper on the canvas."""

    text: Text
    x: Coordinate | None = None
    y: Coordinate | None = None
    width: Annotated[float, Field(ge=40, le=2000)] | None = None
    height: Annotated[float, Field(ge=24, le=2000)] | None = None


class LabDocument(Part):
    topoweb: Literal[1]
    name: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    description: Text = ""
    target: Literal["sandbox", "machine"] = "sandbox"
    nodes: tuple[Node, ...] = ()
    links: tuple[Link, ...] = ()
    checks: tuple[PingCheck | TraceCheck, ...] = ()
    notes: tuple[Note, ...] = ()
