"""Small labs as their documents say them."""

from __future__ import annotations

from typing import Any


def pair(*, up: bool = True, second: str = "192.168.1.2/24") -> dict[str, Any]:
    """Two namespaces and the veth pair between them; a check pings."""
    return {
        "topoweb": 1,
        "name": "pair",
        "nodes": [
            {"name": "ns1", "kind": "namespace", "interfaces": [{"name": "veth-ns1", "addresses": ["192.168.1.1/24"]}]},
            {"name": "ns2", "kind": "namespace", "interfaces": [{"name": "veth-ns2", "addresses": [second]}]},
        ],
        "links": [{"ends": ["ns1:veth-ns1", "ns2:veth-ns2"], "up": up}],
        "checks": [{"from": "ns1", "ping": "192.168.1.2", "expect": "reply"}],
    }


PAIR_LINK = "ns1:veth-ns1--ns2:veth-ns2"


def star(size: int, *, prefix: str = "n") -> dict[str, Any]:
    """Namespaces on one bridge."""
    return {
        "topoweb": 1,
        "name": "star",
        "nodes": [
            {"name": "br0", "kind": "bridge"},
            *(
                {
                    "name": f"{prefix}{n}",
                    "kind": "namespace",
                    "interfaces": [{"name": f"veth-{prefix}{n}", "addresses": [f"10.0.{n // 250}.{n % 250 + 1}/16"]}],
                }
                for n in range(size)
            ),
        ],
        "links": [{"ends": [f"{prefix}{n}:veth-{prefix}{n}", f"br0:veth-{prefix}{n}-br"]} for n in range(size)],
    }


def routed() -> dict[str, Any]:
    """Two subnets and a router between them."""
    return {
        "topoweb": 1,
        "name": "routed",
        "nodes": [
            {
                "name": "ns1",
                "kind": "namespace",
                "interfaces": [{"name": "veth-ns1", "addresses": ["192.168.1.2/24"]}],
                "routes": [{"to": "default", "via": "192.168.1.1"}],
            },
            {
                "name": "ns2",
                "kind": "namespace",
                "interfaces": [{"name": "veth-ns2", "addresses": ["192.168.2.2/24"]}],
                "routes": [{"to": "default", "via": "192.168.2.1"}],
            },
            {
                "name": "r",
                "kind": "router",
                "interfaces": [
                    {"name": "veth-ns1-router", "addresses": ["192.168.1.1/24"]},
                    {"name": "veth-ns2-router", "addresses": ["192.168.2.1/24"]},
                ],
            },
        ],
        "links": [{"ends": ["ns1:veth-ns1", "r:veth-ns1-router"]}, {"ends": ["ns2:veth-ns2", "r:veth-ns2-router"]}],
        "checks": [
            {"from": "ns1", "ping": "192.168.2.2", "expect": "reply"},
            {"from": "ns1", "trace": "192.168.2.2", "expect": ["192.168.1.1", "192.168.2.2"]},
            {"from": "ns1", "ping": "192.168.3.3", "expect": "unreachable"},
        ],
    }
