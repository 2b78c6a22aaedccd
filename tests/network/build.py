"""Short ways to say networks in tests."""

from __future__ import annotations

from ipaddress import ip_address, ip_interface, ip_network
from typing import Any

import yaml

from labs.document.parse import parse
from labs.network.compile import compile
from labs.network.operations import Plan
from labs.network.state import IPV6_METRIC, Host, Interface, Link, Namespace, Netns, NetworkState, Route

HOST = Netns("", "")
NS1 = Netns("", "ns1")
NS2 = Netns("", "ns2")


def drawn(text: str) -> NetworkState:
    """What a document means, given its nodes and links as YAML."""
    return compile(parse({"topoweb": 1, "name": "Test"} | yaml.safe_load(text)))


def network(*lans: str, **namespaces: Namespace) -> NetworkState:
    """A network on the implied host; `host` is its default namespace."""
    default = namespaces.pop("host", Namespace())
    return NetworkState({"": Host({"": default} | namespaces)}, frozenset(lans))


def namespace(*routes: Route, **links: Link) -> Namespace:
    """Links by their names, with `_` for `-`."""
    return Namespace({name.replace("_", "-"): link for name, link in links.items()}, frozenset(routes))


def with_addresses(link: Link, *addresses: str) -> Link:
    return link._replace(addresses=frozenset(map(ip_interface, addresses)))


def route(to: str, via: str | None = None, dev: str | None = None, **more: Any) -> Route:
    """`to` is a prefix or `default` (of IPv4)."""
    prefix = ip_network("0.0.0.0/0" if to == "default" else to)
    more.setdefault("metric", IPV6_METRIC if prefix.version == 6 else 0)
    return Route(prefix, ip_address(via) if via else None, dev, **more)


def interface(text: str) -> Interface:
    """`ns1:veth-ns1`, and of the implied host's default namespace `host:br0`."""
    netns, _, name = text.partition(":")
    return Interface(HOST if netns == "host" else Netns("", netns), name)


def said(plan: Plan) -> list[str]:
    return [operation.describe() for operation in plan]
