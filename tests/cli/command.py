"""`topoweb` as a person calls it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ARGV = [sys.executable, "-m", "topoweb.cli"]


def topoweb(*args: str | Path, text: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command; `text` is its standard input."""
    return subprocess.run([*ARGV, *map(str, args)], input=text, capture_output=True, text=True, timeout=120, check=False)


PAIR = """
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

HOSTS = """
topoweb: 1
name: Two hosts
nodes:
  - {name: host1, kind: host, interfaces: [{name: eth0, addresses: [10.0.2.15/24]}]}
  - {name: host2, kind: host, interfaces: [{name: eth0, addresses: [10.0.2.16/24]}]}
  - {name: wire, kind: lan}
links:
  - {ends: ["host1:eth0", "wire"]}
  - {ends: ["host2:eth0", "wire"]}
checks:
  - {from: host1, ping: 10.0.2.16}
  - {from: host1, trace: 10.0.2.16, expect: [10.0.2.16]}
"""
