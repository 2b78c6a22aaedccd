"""The page that describes the document's format, made from the schema.

python -m labs.document.format_page > docs/document-format.md
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from labs.document.limits import DEFAULT_LIMITS, Limits
from labs.document.parse import CHECK_KINDS, LISTS, NODE_KINDS
from labs.document.schema import LabDocument, Lan
from labs.document.sysctls import SYSCTLS
from labs.document.wording import PROBLEMS

INTRODUCTION = """\
# The lab document

A lab is one document, in YAML or JSON, which are the same thing here. It says what is drawn on the canvas; `topoweb run FILE` makes it
real. This page is made from the schema (`python -m labs.document.format_page`), so it has every key that there is.

Of YAML, anchors, aliases and tags are not taken, a key may be there only once in a mapping, and values are read as YAML 1.2 has them:
`yes` and `12:30` are text, `true` and `12` are not.

Two kinds of things can be wrong with a document. *Errors* are in its structure: a type, an unknown key, an unsafe name, a limit. Such a
document is refused everywhere, with all of its errors, each with its path. *Problems* are in its meaning, such as a gateway that no subnet
holds. A half-drawn lab has them: it can be saved, they are shown at their place, and it does not run until they are gone.
"""

NAMES = """\
## Names

An end of a link and the `from` of a check name a node by its path: `host1/ns1` for what is in a drawn host, `ns1` for anything else. A
bridge in a namespace is called like one in its host. An end adds the interface: `host1/ns1:veth-ns1`.

Where no host is drawn, one is implied, and nodes without `host` are in it. It is called `host`; its default namespace has the interfaces
that links give it (`host:veth-ns1-host`), and the bridges. It forwards IPv4 and IPv6 once one of these has an address.

What a document leaves unnamed is named when it is completed, in a textbook's style: an end in `ns1` is `veth-ns1`, the other end of
that cable `veth-ns1-br` at a bridge, `veth-ns1-router` at a router, `veth-ns1-host` in a host's default namespace; a card is `eth0`.
"""

EXAMPLE = """\
topoweb: 1
name: Two hosts, routed
description: An example of every key.
nodes:
  - name: host1
    kind: host
    label: 左边的主机
    interfaces:
      - {name: enp0s3, addresses: [10.0.2.15/24], mac: "02:00:00:00:02:0f", mtu: 1500, up: true}
    routes:
      - {to: 192.168.2.0/24, via: 10.0.2.16, dev: enp0s3, metric: 100}
      - {to: 192.168.0.0/16, type: blackhole}
    sysctls: {net.ipv4.conf.all.rp_filter: 0}
  - name: br0
    kind: bridge
    host: host1
    addresses: [192.168.1.1/24, "fd00:1::1/64"]
    stp: true
    mtu: 1400
    mac: "02:00:00:00:01:01"
    up: true
  - name: ns1
    kind: namespace
    host: host1
    interfaces:
      - {name: veth-ns1, addresses: [192.168.1.2/24, "fd00:1::2/64"]}
    routes:
      - {to: default, via: 192.168.1.1}
      - {to: "::/0", via: "fd00:1::1"}
    x: 16
    y: 48
    note: Pings host2 over both routers.
  - {name: br1, kind: bridge, host: host1, in: ns1}
  - {name: host2, kind: host, interfaces: [{name: enp0s3, addresses: [10.0.2.16/24]}], routes: [{to: 192.168.1.0/24, via: 10.0.2.15}]}
  - name: r1
    kind: router
    host: host2
    interfaces:
      - {name: veth-r1, addresses: [192.168.2.2/24]}
    routes:
      - {to: default, via: 192.168.2.1}
  - {name: br0, kind: bridge, host: host2, addresses: [192.168.2.1/24]}
  - {name: wire, kind: lan}
links:
  - {ends: ["host1/ns1:veth-ns1", "host1/br0:veth-ns1-br"], mtu: 1400, up: true}
  - {ends: ["host2/r1:veth-r1", "host2/br0:veth-r1-br"], delay: 20, jitter: 2.5, loss: 0.1, rate: 1000000}
  - {ends: ["host1:enp0s3", wire]}
  - {ends: ["host2:enp0s3", wire]}
checks:
  - {from: host1/ns1, ping: 192.168.2.2, expect: reply}
  - {from: host1/ns1, trace: 192.168.2.2, expect: [192.168.1.1, 10.0.2.16, 192.168.2.2]}
notes:
  - {text: "Look at the second hop.", x: 640, y: 432, width: 200, height: 112}
"""


def format_page() -> str:
    """The page in Markdown."""
    return "\n".join(_sections()) + "\n"


def _sections() -> Iterator[str]:
    yield INTRODUCTION
    yield f"## An example\n\n```yaml\n{EXAMPLE}```\n"
    yield NAMES
    yield "## Keys\n"
    yield from _part("The document", LabDocument)
    yield from _part("In `nodes`, of every kind", Lan)
    for kind, model in NODE_KINDS.items():
        yield from _part(f"In `nodes`: {kind}", model, beyond=Lan)
    for name in ("interfaces", "routes", "links"):
        yield from _part(f"In `{name}`", LISTS[name])
    for kind, model in CHECK_KINDS.items():
        yield from _part(f"In `checks`: {kind}", model)
    yield from _part("In `notes`", LISTS["notes"])
    yield from _sysctls()
    yield from _limits(DEFAULT_LIMITS)
    yield from _problems()


def _part(title: str, model: type[BaseModel], beyond: type[BaseModel] | None = None) -> Iterator[str]:
    """A model's keys, where given only those that another has not, or not so."""
    schema, other = (each.model_json_schema(by_alias=True) if each else {} for each in (model, beyond))
    known = other.get("properties", {})
    rows = [
        f"| `{key}` | {_value(each)} | {each.get('description', 'What it is.')}{'' if key in schema['required'] else _default(each)} |"
        for key, each in schema["properties"].items()
        if each != known.get(key) and (key != "kind" or beyond is None)
    ]
    yield f"### {title}\n"
    if beyond is not None or model is not Lan:
        yield f"{' '.join((model.__doc__ or '').split())}\n"
    if rows:
        yield "\n".join(["| Key | Value | Meaning |", "| --- | --- | --- |", *rows, ""])


def _default(schema: Mapping[str, Any]) -> str:
    match schema.get("default"):
        case None | "" | [] | {}:
            return " *Optional.*"
        case bool() as flag:
            return f" *Optional, `{str(flag).lower()}`.*"
        case value:
            return f" *Optional, `{value}`.*"


def _value(schema: Mapping[str, Any]) -> str:
    """What may stand as a value, in words."""
    match schema:
        case {"anyOf": [*choices]}:
            return _value(next(choice for choice in choices if choice.get("type") != "null"))
        case {"type": "array", "prefixItems": [first, *_]}:
            return f"two texts, {_scalar(first)}"
        case {"type": "array", "items": {"type": "string"} as items}:
            return f"list of texts, {_scalar(items)}"
        case {"type": "array"}:
            return "list, see below"
        case {"type": "object"}:
            return "mapping, see below"
        case _:
            return _scalar(schema)


def _scalar(schema: Mapping[str, Any]) -> str:
    match schema:
        case {"const": str() as value} if value in NODE_KINDS:
            return ", ".join(f"`{kind}`" for kind in NODE_KINDS)
        case {"const": value}:
            return f"`{value}`"
        case {"enum": [*values]}:
            return ", ".join(f"`{value}`" for value in values)
        case {"type": "boolean"}:
            return "`true` or `false`"
        case {"examples": [*examples]}:
            return "such as " + ", ".join(f"`{example}`" for example in examples)
        case {"type": "string", "maxLength": longest}:
            return f"text, at most {longest:,} characters"
        case {"type": kind, "minimum": lowest, "maximum": highest}:
            return f"{'whole number' if kind == 'integer' else 'number'}, {lowest:,.15g} to {highest:,.15g}"
        case _:
            raise ValueError(f"There are no words yet for {schema!r}.")


def _sysctls() -> Iterator[str]:
    yield "### Sysctls\n"
    yield "Those that a host, a namespace or a router may set. A host and a router forward without being told to.\n"
    yield "| Name | Default | Range |\n| --- | --- | --- |"
    for name, sysctl in SYSCTLS.items():
        yield f"| `{name}` | {sysctl.default} | {sysctl.minimum} to {sysctl.maximum} |"
    yield ""


def _limits(limits: Limits) -> Iterator[str]:
    yield "## Limits\n"
    yield "A server may set others; the error of a document that is over one names it.\n"
    yield "| Limit | At most |\n| --- | --- |"
    for name in Limits.__dataclass_fields__:
        yield f"| `{name}` | {getattr(limits, name):,} |"
    yield ""


def _problems() -> Iterator[str]:
    yield "## Problems\n"
    yield "| Code | In words |\n| --- | --- |"
    for code, words in PROBLEMS.items():
        yield f"| `{code}` | {words} |"


if __name__ == "__main__":
    sys.stdout.write(format_page())
