"""By which names and addresses the server may be called: what `HOST` means for allowed hosts and origins."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
EVERYWHERE = {"0.0.0.0", "::", "[::]", ""}


def allowed_hosts(host: str) -> list[str]:
    """The values of `Host:` that are answered when the server listens on `host`: never any name, against DNS rebinding."""
    if host in EVERYWHERE:
        return list(dict.fromkeys([*LOOPBACK, socket.gethostname(), socket.getfqdn(), *local_addresses()]))
    if host in LOOPBACK or host == "::1":
        return list(LOOPBACK)
    return [f"[{host}]" if ":" in host else host]


def local_addresses() -> list[str]:
    """The addresses of this machine, as the kernel lists them."""
    ipv4 = re.findall(r"\|-- (\S+)\n\s+/32 host LOCAL", _read("/proc/net/fib_trie"))
    ipv6 = [
        f"[{socket.inet_ntop(socket.AF_INET6, bytes.fromhex(line[:32]))}]"
        for line in _read("/proc/net/if_inet6").splitlines()
        if not line.startswith("fe80")
    ]
    return list(dict.fromkeys([*ipv4, *ipv6]))


def public_host(host: str) -> str:
    """What to write into a link to a server that listens on `host`."""
    if host in EVERYWHERE:
        return next((address for address in local_addresses() if not address.startswith(("127.", "["))), "localhost")
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def origins(hosts: Iterable[str], port: int) -> list[str]:
    """The origins of pages that the server itself serves."""
    return [f"http://{host}" if port == 80 else f"http://{host}:{port}" for host in hosts]


def hosts_of(urls: Iterable[str]) -> list[str]:
    return [name for url in urls if (name := urlsplit(url).hostname)]


def _read(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:
        return ""  # a kernel without that family
