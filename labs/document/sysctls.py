"""The sysctls that a document may set: an allow-list, each with its default in a new network namespace and its range.

Meanings: Documentation/networking/ip-sysctl.rst of the kernel. The defaults are explicit because a new namespace takes some of them
from the real machine (`devconf_inherit_init_net`), which must not leak into a lab.
"""

from typing import NamedTuple

IPV4_FORWARDING = "net.ipv4.ip_forward"
IPV6_FORWARDING = "net.ipv6.conf.all.forwarding"


class Sysctl(NamedTuple):
    default: int
    minimum: int
    maximum: int


SYSCTLS: dict[str, Sysctl] = {
    IPV4_FORWARDING: Sysctl(0, 0, 1),
    IPV6_FORWARDING: Sysctl(0, 0, 1),
    "net.ipv4.conf.all.rp_filter": Sysctl(0, 0, 2),
    "net.ipv4.conf.all.proxy_arp": Sysctl(0, 0, 1),
    "net.ipv4.conf.all.arp_ignore": Sysctl(0, 0, 8),
    "net.ipv4.conf.all.arp_announce": Sysctl(0, 0, 2),
    "net.ipv4.icmp_echo_ignore_all": Sysctl(0, 0, 1),
    "net.ipv4.ip_default_ttl": Sysctl(64, 1, 255),
    "net.ipv6.conf.all.accept_ra": Sysctl(1, 0, 2),
}
