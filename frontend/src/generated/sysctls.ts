// Made by `npm run generate` from the Python sources. Do not edit.

export const SYSCTLS: Readonly<Record<string, { default: number; minimum: number; maximum: number }>> = {
  "net.ipv4.ip_forward": {
    "default": 0,
    "minimum": 0,
    "maximum": 1
  },
  "net.ipv6.conf.all.forwarding": {
    "default": 0,
    "minimum": 0,
    "maximum": 1
  },
  "net.ipv4.conf.all.rp_filter": {
    "default": 0,
    "minimum": 0,
    "maximum": 2
  },
  "net.ipv4.conf.all.proxy_arp": {
    "default": 0,
    "minimum": 0,
    "maximum": 1
  },
  "net.ipv4.conf.all.arp_ignore": {
    "default": 0,
    "minimum": 0,
    "maximum": 8
  },
  "net.ipv4.conf.all.arp_announce": {
    "default": 0,
    "minimum": 0,
    "maximum": 2
  },
  "net.ipv4.icmp_echo_ignore_all": {
    "default": 0,
    "minimum": 0,
    "maximum": 1
  },
  "net.ipv4.ip_default_ttl": {
    "default": 64,
    "minimum": 1,
    "maximum": 255
  },
  "net.ipv6.conf.all.accept_ra": {
    "default": 1,
    "minimum": 0,
    "maximum": 2
  }
};
