"""The article's experiments as documents, with its names and addresses."""

from __future__ import annotations

from labs.document.parse import parse
from labs.document.schema import LabDocument
from labs.formats.document_text import load


def document(text: str) -> LabDocument:
    return parse(load(text))


VETH_PAIR = """
topoweb: 1
name: A veth pair
nodes:
  - {name: ns1, kind: namespace, interfaces: [{name: veth-ns1, addresses: [192.168.1.1/24]}]}
  - {name: ns2, kind: namespace, interfaces: [{name: veth-ns2, addresses: [192.168.1.2/24]}]}
links:
  - {ends: ["ns1:veth-ns1", "ns2:veth-ns2"]}
checks:
  - {from: ns1, ping: 192.168.1.2}
"""

BRIDGE = """
topoweb: 1
name: A bridge
nodes:
  - {name: virtual-bridge, kind: bridge}
  - {name: ns1, kind: namespace, interfaces: [{name: veth-ns1, addresses: [192.168.1.1/24]}]}
  - {name: ns2, kind: namespace, interfaces: [{name: veth-ns2, addresses: [192.168.1.2/24]}]}
  - {name: ns3, kind: namespace, interfaces: [{name: veth-ns3, addresses: [192.168.1.3/24]}]}
links:
  - {ends: ["ns1:veth-ns1", "virtual-bridge:veth-ns1-br"]}
  - {ends: ["ns2:veth-ns2", "virtual-bridge:veth-ns2-br"]}
  - {ends: ["ns3:veth-ns3", "virtual-bridge:veth-ns3-br"]}
"""

ROUTER = """
topoweb: 1
name: A router
nodes:
  - {name: ns-router, kind: router,
     interfaces: [{name: veth-ns1-router, addresses: [192.168.1.1/24]}, {name: veth-ns2-router, addresses: [192.168.2.1/24]}]}
  - {name: ns1, kind: namespace, interfaces: [{name: veth-ns1, addresses: [192.168.1.2/24]}],
     routes: [{to: 192.168.2.0/24, via: 192.168.1.1}]}
  - {name: ns2, kind: namespace, interfaces: [{name: veth-ns2, addresses: [192.168.2.2/24]}],
     routes: [{to: 192.168.1.0/24, via: 192.168.2.1}]}
links:
  - {ends: ["ns1:veth-ns1", "ns-router:veth-ns1-router"]}
  - {ends: ["ns2:veth-ns2", "ns-router:veth-ns2-router"]}
"""

TWO_HOSTS = """
topoweb: 1
name: Two hosts, routed
nodes:
  - {name: host1, kind: host, interfaces: [{name: enp0s3, addresses: [10.0.2.15/24]}], routes: [{to: 192.168.2.0/24, via: 10.0.2.16}]}
  - {name: br0, kind: bridge, host: host1, addresses: [192.168.1.1/24]}
  - {name: ns1, kind: namespace, host: host1, interfaces: [{name: veth-ns1, addresses: [192.168.1.2/24]}],
     routes: [{to: default, via: 192.168.1.1}]}
  - {name: host2, kind: host, interfaces: [{name: enp0s3, addresses: [10.0.2.16/24]}], routes: [{to: 192.168.1.0/24, via: 10.0.2.15}]}
  - {name: br0, kind: bridge, host: host2, addresses: [192.168.2.1/24]}
  - {name: ns1, kind: namespace, host: host2, interfaces: [{name: veth-ns1, addresses: [192.168.2.2/24]}],
     routes: [{to: default, via: 192.168.2.1}]}
  - {name: wire, kind: lan}
links:
  - {ends: ["host1/ns1:veth-ns1", "host1/br0:veth-ns1-br"]}
  - {ends: ["host2/ns1:veth-ns1", "host2/br0:veth-ns1-br"]}
  - {ends: ["host1:enp0s3", "wire"]}
  - {ends: ["host2:enp0s3", "wire"]}
checks:
  - {from: host1/ns1, ping: 192.168.2.2}
  - {from: host1/ns1, trace: 192.168.2.2, expect: [192.168.1.1, 10.0.2.16, 192.168.2.2]}
"""
