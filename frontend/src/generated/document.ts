// Made by `npm run generate` from the Python sources. Do not edit.

/**
 * A lab: `topoweb: 1` is the version of this format.
 */
export interface LabDocument {
  topoweb: 1;
  name: string;
  description?: string;
  target?: 'sandbox' | 'machine';
  nodes?: (Host | Namespace | Router | Bridge | Lan | Internet)[];
  links?: Link[];
  checks?: (PingCheck | TraceCheck)[];
  notes?: Note[];
}
/**
 * A Linux machine; the node itself is its default network namespace. It forwards IPv4 and IPv6.
 */
export interface Host {
  name: string;
  label?: string | null;
  x?: number | null;
  y?: number | null;
  note?: string | null;
  interfaces?: Interface[];
  routes?: Route[];
  sysctls?: {
    'net.ipv4.ip_forward'?: number;
    'net.ipv6.conf.all.forwarding'?: number;
    'net.ipv4.conf.all.rp_filter'?: number;
    'net.ipv4.conf.all.proxy_arp'?: number;
    'net.ipv4.conf.all.arp_ignore'?: number;
    'net.ipv4.conf.all.arp_announce'?: number;
    'net.ipv4.icmp_echo_ignore_all'?: number;
    'net.ipv4.ip_default_ttl'?: number;
    'net.ipv6.conf.all.accept_ra'?: number;
  };
  kind: 'host';
}
/**
 * A network interface of a host, a namespace or a router.
 */
export interface Interface {
  name: string;
  /**
   * Items: An IPv4 or IPv6 address with its prefix length: `192.168.1.2/24`, `fd00:1::2/64`.
   */
  addresses?: string[];
  mac?: string | null;
  mtu?: number | null;
  up?: boolean;
}
/**
 * An entry of a routing table, as `ip route add` takes it.
 */
export interface Route {
  /**
   * An IPv4 or IPv6 prefix, `192.168.2.0/24` or `fd00:2::/64`, or `default`.
   */
  to: string;
  via?: string | null;
  dev?: string | null;
  metric?: number | null;
  type?: 'unicast' | 'blackhole' | 'unreachable' | 'prohibit';
}
/**
 * A network namespace.
 */
export interface Namespace {
  name: string;
  label?: string | null;
  x?: number | null;
  y?: number | null;
  note?: string | null;
  interfaces?: Interface[];
  routes?: Route[];
  sysctls?: {
    'net.ipv4.ip_forward'?: number;
    'net.ipv6.conf.all.forwarding'?: number;
    'net.ipv4.conf.all.rp_filter'?: number;
    'net.ipv4.conf.all.proxy_arp'?: number;
    'net.ipv4.conf.all.arp_ignore'?: number;
    'net.ipv4.conf.all.arp_announce'?: number;
    'net.ipv4.icmp_echo_ignore_all'?: number;
    'net.ipv4.ip_default_ttl'?: number;
    'net.ipv6.conf.all.accept_ra'?: number;
  };
  kind: 'namespace';
  host?: string | null;
}
/**
 * A network namespace that forwards IPv4 and IPv6.
 */
export interface Router {
  name: string;
  label?: string | null;
  x?: number | null;
  y?: number | null;
  note?: string | null;
  interfaces?: Interface[];
  routes?: Route[];
  sysctls?: {
    'net.ipv4.ip_forward'?: number;
    'net.ipv6.conf.all.forwarding'?: number;
    'net.ipv4.conf.all.rp_filter'?: number;
    'net.ipv4.conf.all.proxy_arp'?: number;
    'net.ipv4.conf.all.arp_ignore'?: number;
    'net.ipv4.conf.all.arp_announce'?: number;
    'net.ipv4.icmp_echo_ignore_all'?: number;
    'net.ipv4.ip_default_ttl'?: number;
    'net.ipv6.conf.all.accept_ra'?: number;
  };
  kind: 'router';
  host?: string | null;
}
/**
 * A Linux bridge in its host's default namespace or, with `in`, in a namespace or router of the same host.
 */
export interface Bridge {
  name: string;
  label?: string | null;
  x?: number | null;
  y?: number | null;
  note?: string | null;
  kind: 'bridge';
  host?: string | null;
  in?: string | null;
  /**
   * Items: An IPv4 or IPv6 address with its prefix length: `192.168.1.2/24`, `fd00:1::2/64`.
   */
  addresses?: string[];
  stp?: boolean;
  mtu?: number | null;
  mac?: string | null;
  up?: boolean;
}
/**
 * The medium between hosts: real in a simulated lab, nothing in an exported script.
 */
export interface Lan {
  name: string;
  label?: string | null;
  x?: number | null;
  y?: number | null;
  note?: string | null;
  kind: 'lan';
}
/**
 * The way out, with NAT. Not available in `run` yet.
 */
export interface Internet {
  name: string;
  label?: string | null;
  x?: number | null;
  y?: number | null;
  note?: string | null;
  kind: 'internet';
}
/**
 * A veth pair or, where one end is a LAN, the cable from a host's card to it.
 */
export interface Link {
  /**
   * @minItems 2
   * @maxItems 2
   */
  ends: [string, string];
  mtu?: number | null;
  up?: boolean;
  delay?: number | null;
  jitter?: number | null;
  loss?: number | null;
  rate?: number | null;
}
/**
 * `from` pings an address: an answer, an error, or silence.
 */
export interface PingCheck {
  from: string;
  /**
   * An IPv4 or IPv6 address: `192.168.1.1`, `fd00:1::1`.
   */
  ping: string;
  expect?: 'reply' | 'unreachable' | 'timeout';
}
/**
 * `from` traces the way to an address, and the hops that answer are these.
 */
export interface TraceCheck {
  from: string;
  /**
   * An IPv4 or IPv6 address: `192.168.1.1`, `fd00:1::1`.
   */
  trace: string;
  /**
   * Items: The address of a hop, or `*` for one that is silent.
   */
  expect: string[];
}
/**
 * A piece of paper on the canvas.
 */
export interface Note {
  text: string;
  x?: number | null;
  y?: number | null;
  width?: number | null;
  height?: number | null;
}
