"""Documents that the web's tests draw."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def namespace(name: str, *addresses: str, **more: Any) -> Json:
    return {"name": name, "kind": "namespace", "interfaces": [{"name": f"veth-{name}", "addresses": list(addresses)}], **more}


def pair(name: str = "A cable") -> Json:
    """Experiment 1: two namespaces and a cable between them."""
    return {
        "topoweb": 1,
        "name": name,
        "nodes": [namespace("ns1", "10.0.0.1/24"), namespace("ns2", "10.0.0.2/24")],
        "links": [{"ends": ["ns1:veth-ns1", "ns2:veth-ns2"]}],
        "checks": [{"from": "ns1", "ping": "10.0.0.2"}],
    }


def with_problem() -> Json:
    """A gateway that no subnet holds."""
    document = pair()
    document["nodes"][0]["routes"] = [{"to": "default", "via": "172.16.0.1"}]
    return document


def two_hosts() -> Json:
    return {
        "topoweb": 1,
        "name": "Two hosts",
        "nodes": [
            {"name": "host1", "kind": "host", "interfaces": [{"name": "eth0", "addresses": ["10.0.2.1/24"]}]},
            {"name": "host2", "kind": "host", "interfaces": [{"name": "eth0", "addresses": ["10.0.2.2/24"]}]},
            {"name": "wire", "kind": "lan"},
        ],
        "links": [{"ends": ["host1:eth0", "wire"]}, {"ends": ["host2:eth0", "wire"]}],
    }
