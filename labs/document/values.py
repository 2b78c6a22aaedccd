"""The words of a document: names, addresses, prefixes and numbers, each as narrow as the kernel and the shell can hold.

A value that does not fit raises a `PydanticCustomError` whose context has a `code` of `labs.document.wording` and its params.
"""

from __future__ import annotations

import contextlib
import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    PlainSerializer,
    PlainValidator,
    StringConstraints,
    WithJsonSchema,
)
from pydantic.config import JsonDict
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from labs.document.sysctls import SYSCTLS
from labs.document.wording import shown

INTERFACE_NAME_BYTES = 15  # IFNAMSIZ - 1, include/uapi/linux/if.h
NODE_NAME_BYTES = 63
NAME_PATTERN = r"[A-Za-z0-9._][A-Za-z0-9._-]*"
"""No white space, quote or control character, and no leading `-`, which commands would take for an option."""

DIRECTORIES = frozenset({".", ".."})
RESERVED_INTERFACES = DIRECTORIES | {"lo", "all", "default"}
"""`lo` is there already; `all` and `default` are in /proc/sys/net/ipv4/conf (sysctl_dev_name_is_allowed, net/ipv4/devinet.c)."""

IpInterface = IPv4Interface | IPv6Interface
IpAddress = IPv4Address | IPv6Address
IpNetwork = IPv4Network | IPv6Network


def refuse(code: str, **params: object) -> PydanticCustomError:
    """The error to raise for a value that does not fit; `code` is one of `labs.document.wording.STRUCTURE`."""
    return PydanticCustomError("document", "{code}", {"code": code} | params)


# Names


def check_name(value: str, what: str, longest: int, reserved: frozenset[str]) -> str:
    if not re.fullmatch(NAME_PATTERN, value):
        raise refuse("name_unsafe", value=shown(value), what=what)
    if len(value) > longest:
        raise refuse("name_too_long", value=shown(value), what=what, longest=longest)
    if value in reserved:
        raise refuse("name_reserved", value=shown(value), what=what)
    return value


def node_name(value: str) -> str:
    return check_name(value, "a node", NODE_NAME_BYTES, DIRECTORIES)


def interface_name(value: str) -> str:
    return check_name(value, "an interface", INTERFACE_NAME_BYTES, RESERVED_INTERFACES)


def node_path(value: str) -> str:
    """`host1/ns1`, or `ns1` for what is not in a drawn host."""
    host, slash, name = value.rpartition("/")
    if slash:
        node_name(host)
    node_name(name)
    return value


class End(NamedTuple):
    """An end of a link as written: `host1/ns1:veth-ns1`; without an interface while that is not named yet."""

    node: str
    interface: str | None = None

    def __str__(self) -> str:
        return self.node if self.interface is None else f"{self.node}:{self.interface}"


def split_end(text: str) -> End:
    node, colon, interface = text.partition(":")
    return End(node, interface if colon else None)


def end_text(value: str) -> str:
    end = split_end(value)
    node_path(end.node)
    if end.interface is not None:
        interface_name(end.interface)
    return value


Text_ = Annotated[str, Field(strict=True)]


def _pattern(pattern: str, example: str, longest: int | None = None) -> Any:
    """What the JSON Schema says of a name; the check itself is ours, whose errors say more."""
    schema: JsonDict = {"pattern": f"^{pattern}$", "examples": [example]}
    if longest is not None:
        schema["maxLength"] = longest
    return Field(json_schema_extra=schema)


NodeName = Annotated[Text_, AfterValidator(node_name), _pattern(NAME_PATTERN, "ns1", NODE_NAME_BYTES)]
InterfaceName = Annotated[Text_, AfterValidator(interface_name), _pattern(NAME_PATTERN, "veth-ns1", INTERFACE_NAME_BYTES)]
NodePath = Annotated[Text_, AfterValidator(node_path), _pattern(f"({NAME_PATTERN}/)?{NAME_PATTERN}", "host1/ns1")]
EndText = Annotated[Text_, AfterValidator(end_text), _pattern(f"({NAME_PATTERN}/)?{NAME_PATTERN}(:{NAME_PATTERN})?", "host1/ns1:veth-ns1")]


# Text


def _without(controls: str) -> Callable[[str], str]:
    """A check that text holds none of the control characters but `controls`: they would break out of a script's comment or a database."""

    def check(value: str) -> str:
        for character in value:
            if unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} and character not in controls:
                raise refuse("text_control", character=f"U+{ord(character):04X}")
        return value

    return check


Label = Annotated[Text_, StringConstraints(max_length=200), AfterValidator(_without(""))]
"""One line, any language."""
Title = Annotated[Text_, StringConstraints(min_length=1, max_length=200), AfterValidator(_without(""))]
Text = Annotated[Text_, StringConstraints(max_length=10_000), AfterValidator(_without("\n\t"))]


# Addresses


def _parser(*kinds: type, code: str) -> Callable[[Any], Any]:
    """Parse text as the first of `kinds` that takes it. Plain decimal prefix lengths only; no masks, zones or leading zeros.

    What was parsed lately is remembered: a document is parsed after every edit, mostly as it was, and what is the same object is compared
    and made sooner.
    """

    @lru_cache(maxsize=16_384)
    def parsed(text: str) -> Any:
        for kind in kinds:
            with contextlib.suppress(ValueError):
                return kind(text)
        return None

    def parse(value: Any) -> Any:
        if isinstance(value, kinds):
            return value
        found = None
        if isinstance(value, str) and re.fullmatch(r"[0-9A-Fa-f.:]{2,45}(/(0|[1-9][0-9]{0,2}))?", value):
            found = parsed(value)  # short text alone is remembered
        if found is None:
            raise refuse(code, value=shown(value))
        return found

    return parse


parse_address = _parser(IPv4Interface, IPv6Interface, code="not_an_interface_address")
parse_gateway = _parser(IPv4Address, IPv6Address, code="not_an_address")
parse_network = _parser(IPv4Network, IPv6Network, code="not_a_prefix")


def parse_prefix(value: Any) -> Any:
    """A network or `default`. Host bits are an error that says which network was meant."""
    if value == "default":
        return value
    try:
        return parse_network(value)
    except PydanticCustomError as error:
        try:
            network = parse_address(value).network
        except PydanticCustomError:
            raise error from None
        raise refuse("prefix_host_bits", value=shown(value), network=network) from None


def _ip_schema(*examples: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "maxLength": 49, "examples": list(examples)})


as_text = PlainSerializer(str, return_type=str)

Address = Annotated[IpInterface, PlainValidator(parse_address), as_text, _ip_schema("192.168.1.2/24", "fd00:1::2/64")]
Gateway = Annotated[IpAddress, PlainValidator(parse_gateway), as_text, _ip_schema("192.168.1.1", "fd00:1::1")]
Prefix = Annotated[
    Literal["default"] | IpNetwork, PlainValidator(parse_prefix), as_text, _ip_schema("default", "192.168.2.0/24", "fd00:2::/64")
]


def _hop(value: Any) -> Any:
    return value if value == "*" else parse_gateway(value)


Hop = Annotated[IpAddress | Literal["*"], PlainValidator(_hop), as_text, _ip_schema("192.168.1.1", "*")]


def _mac(value: str) -> str:
    mac = value.lower()
    if not re.fullmatch(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}", mac):
        raise refuse("not_a_mac", value=shown(value))
    if int(mac[:2], 16) & 1 or mac == "00:00:00:00:00:00":  # is_valid_ether_addr, include/linux/etherdevice.h
        raise refuse("mac_not_unicast", value=shown(value))
    return mac


Mac = Annotated[Text_, AfterValidator(_mac), _pattern("[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}", "02:00:00:00:00:01")]


# Numbers


def _version(value: Any) -> Any:
    """`true` and `1.0` equal 1 in Python, and are no versions."""
    if type(value) is not int:
        raise refuse("version_unknown", value=shown(value))
    return value


Version = Annotated[Literal[1], BeforeValidator(_version)]
Flag = Annotated[bool, Field(strict=True)]
Mtu = Annotated[int, Field(strict=True, ge=68, le=65535)]
"""From ETH_MIN_MTU to ETH_MAX_MTU (include/uapi/linux/if_ether.h), a veth's and a bridge's range."""
Metric = Annotated[int, Field(strict=True, ge=0, le=4294967295)]
Coordinate = Annotated[float, Field(strict=True, ge=-1e6, le=1e6, allow_inf_nan=False)]
"""Pixels at zoom 1."""
Milliseconds = Annotated[float, Field(strict=True, ge=0, le=60_000, allow_inf_nan=False)]
Percent = Annotated[float, Field(strict=True, ge=0, le=100, allow_inf_nan=False)]
BitsPerSecond = Annotated[int, Field(strict=True, ge=8_000, le=100_000_000_000)]


class _SysctlsSchema:
    """A mapping with the allow-list's keys only, each within its range."""

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        fields = {
            name: core_schema.typed_dict_field(core_schema.int_schema(strict=True, ge=sysctl.minimum, le=sysctl.maximum), required=False)
            for name, sysctl in SYSCTLS.items()
        }
        return core_schema.typed_dict_schema(fields, extra_behavior="forbid")


Sysctls = Annotated[dict[str, int], _SysctlsSchema]
