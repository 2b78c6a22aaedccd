"""The networks that are built: N namespaces on bridges, as a lab document and as scripts that others would write."""

from __future__ import annotations

from collections.abc import Iterator

from labs.document.schema import LabDocument


def address(i: int) -> str:
    return f"10.{i >> 8}.{i & 255}.1/8"


def star(n: int, bridges: int = 1) -> LabDocument:
    """N namespaces, each with an address, in equal shares on bridges. Larger than a user's document may be, if need be."""
    namespaces = [
        {"name": f"ns{i}", "kind": "namespace", "interfaces": [{"name": f"veth-ns{i}", "addresses": [address(i)]}]} for i in range(n)
    ]
    ports = -(-n // bridges)
    links = [{"ends": [f"ns{i}:veth-ns{i}", f"br{i // ports}:veth-ns{i}-br"]} for i in range(n)]
    nodes = [{"name": f"br{k}", "kind": "bridge"} for k in range(bridges)] + namespaces
    return LabDocument.model_validate({"topoweb": 1, "name": f"Star of {n}", "nodes": nodes, "links": links})


def textbook(n: int) -> Iterator[str]:
    """The star as the article would type it: one command a line, links moved to where they belong."""
    yield "set -e"
    yield "brctl addbr br0"
    for i in range(n):
        yield f"ip netns add ns{i}"
        yield f"ip link add veth-ns{i} type veth peer name veth-ns{i}-br"
        yield f"ip link set veth-ns{i} netns ns{i}"
        yield f"brctl addif br0 veth-ns{i}-br"
        yield f"ip -n ns{i} addr add {address(i)} dev veth-ns{i}"
        yield f"ip link set veth-ns{i}-br up"
        yield f"ip -n ns{i} link set lo up"
        yield f"ip -n ns{i} link set veth-ns{i} up"
    yield "ip link set br0 up"


def batch(n: int) -> Iterator[str]:
    """As few processes as `ip -batch` allows: one for the host and one for each namespace, links made in place."""
    yield "set -e"
    yield "ip -batch - <<'END'"
    yield "link add br0 type bridge"
    yield "link set br0 up"
    for i in range(n):
        yield f"netns add ns{i}"
    for i in range(n):
        yield f"link add veth-ns{i}-br up master br0 type veth peer name veth-ns{i} netns ns{i}"
    yield "END"
    for i in range(n):
        yield f"ip -n ns{i} -batch - <<'END'"
        yield "link set lo up"
        yield f"addr add {address(i)} dev veth-ns{i}"
        yield f"link set veth-ns{i} up"
        yield "END"
