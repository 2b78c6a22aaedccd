"""Sysctls that a script sets though they are the defaults of a lab: on a real machine they may be otherwise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from labs.document.schema import Host, LabDocument, Namespace, Router
from labs.document.sysctls import IPV4_FORWARDING, IPV6_FORWARDING, SYSCTLS
from labs.document.topology import netns_of
from labs.formats.surroundings import made_by
from labs.network import operations as ops
from labs.network.state import Netns


def with_explicit_sysctls(plan: list[ops.Operation], document: LabDocument, host: str) -> list[ops.Operation]:
    """The plan, with what a machine would hand down to its namespaces set to what the document means.

    That is what the document says in so many words, and both forwardings wherever they matter: on a host that is drawn, and in a
    namespace with two or more interfaces.
    """
    present = {(op.netns, op.key) for op in plan if isinstance(op, ops.SetSysctl)}
    missing = {key: value for key, value in _meant(plan, document, host) if key not in present}
    start = next((n for n, op in enumerate(plan) if isinstance(op, ops.SetSysctl | ops.AddAddress | ops.SetUp | ops.AddRoute)), len(plan))
    settings = [ops.SetSysctl(netns, key, value, previous=value) for (netns, key), value in sorted(missing.items())]
    return plan[:start] + settings + plan[start:]


def _meant(plan: list[ops.Operation], document: LabDocument, host: str) -> Iterator[tuple[tuple[Netns, str], int]]:
    interfaces = Counter(interface.netns for interface in made_by(plan))
    routing = [netns for netns, count in interfaces.items() if netns.name and count > 1]
    drawn = [Netns(host, "")] if host else []
    for netns in routing + drawn:
        for key in (IPV4_FORWARDING, IPV6_FORWARDING):
            yield (netns, key), SYSCTLS[key].default
    for node in document.nodes:
        own = netns_of(node)
        if own and own.host == host and isinstance(node, Host | Namespace | Router):
            yield from (((own, key), value) for key, value in node.sysctls.items())
