// Made by `npm run generate` from the Python sources. Do not edit.

/**
 * A lab.
 */
export interface LabDocument {
  /**
   * The version of this format.
   */
  topoweb: 1;
  /**
   * Of the lab, in any language.
   */
  name: string;
  /**
   * What it shows.
   */
  description?: string;
  /**
   * Where it runs: `machine` is the real machine's default namespace, by a superuser, or by `topoweb run --target machine` as root.
   */
  target?: 'sandbox' | 'machine';
  /**
   * Hosts, namespaces, routers, bridges, LANs.
   */
  nodes?: (Host | Namespace | Router | Bridge | Lan | Internet)[];
  /**
   * What joins them.
   */
  links?: Link[];
  /**
   * What should reach what.
   */
  checks?: (PingCheck | TraceCheck)[];
  /**
   * Papers on the canvas.
   */
  notes?: Note[];
}
/**
 * A Linux machine; the node itself is its default network namespace. It forwards IPv4 and IPv6.
 */
export interface Host {
  /**
   * Unique in its host. Links write it `host1/ns1`, or `ns1` for what is in no drawn host.
   */
  name: string;
  /**
   * What the canvas shows instead of the name, in any language.
   */
  label?: string | null;
  /**
   * Where it stands on the canvas: the left edge, in pixels at zoom 1.
   */
  x?: number | null;
  /**
   * The upper edge.
   */
  y?: number | null;
  /**
   * A remark.
   */
  note?: string | null;
  /**
   * Its network interfaces. Those of links that are not listed are added when the document is completed.
   */
  interfaces?: Interface[];
  /**
   * Its static routes. The routes to the subnets of its interfaces are there by themselves.
   */
  routes?: Route[];
  /**
   * Kernel parameters that differ from what the kind of the node has: those listed below.
   */
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
 *
 * A host's interface at which no veth ends is one of its real network cards.
 */
export interface Interface {
  /**
   * As `ip link` shows it.
   */
  name: string;
  /**
   * IPv4 and IPv6 addresses with their prefix lengths.
   */
  addresses?: string[];
  /**
   * Without it, the kernel chooses one.
   */
  mac?: string | null;
  /**
   * Without it, the link's, else 1500.
   */
  mtu?: number | null;
  /**
   * Whether it is switched on. While it is off, it has no routes and no IPv6 addresses.
   */
  up?: boolean;
}
/**
 * An entry of a routing table, as `ip route add` takes it.
 */
export interface Route {
  /**
   * A prefix, or `default`, which is of the family of `via`, and IPv4 without it.
   */
  to: string;
  /**
   * The gateway, in a subnet of one of the node's interfaces.
   */
  via?: string | null;
  /**
   * The interface. Needed without `via`, and where several reach the gateway.
   */
  dev?: string | null;
  /**
   * Of two routes to one prefix, the one with the lower metric is taken. Without it, 0 for IPv4 and 1024 for IPv6.
   */
  metric?: number | null;
  /**
   * All but `unicast` are routes to nowhere, without `via` and `dev`: silent, or with an error to the sender.
   */
  type?: 'unicast' | 'blackhole' | 'unreachable' | 'prohibit';
}
/**
 * A network namespace.
 */
export interface Namespace {
  /**
   * Unique in its host. Links write it `host1/ns1`, or `ns1` for what is in no drawn host.
   */
  name: string;
  /**
   * What the canvas shows instead of the name, in any language.
   */
  label?: string | null;
  /**
   * Where it stands on the canvas: the left edge, in pixels at zoom 1.
   */
  x?: number | null;
  /**
   * The upper edge.
   */
  y?: number | null;
  /**
   * A remark.
   */
  note?: string | null;
  /**
   * Its network interfaces. Those of links that are not listed are added when the document is completed.
   */
  interfaces?: Interface[];
  /**
   * Its static routes. The routes to the subnets of its interfaces are there by themselves.
   */
  routes?: Route[];
  /**
   * Kernel parameters that differ from what the kind of the node has: those listed below.
   */
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
  /**
   * The host that it is on. Without it, the one that is not drawn, which is called `host`.
   */
  host?: string | null;
}
/**
 * A network namespace that forwards IPv4 and IPv6.
 */
export interface Router {
  /**
   * Unique in its host. Links write it `host1/ns1`, or `ns1` for what is in no drawn host.
   */
  name: string;
  /**
   * What the canvas shows instead of the name, in any language.
   */
  label?: string | null;
  /**
   * Where it stands on the canvas: the left edge, in pixels at zoom 1.
   */
  x?: number | null;
  /**
   * The upper edge.
   */
  y?: number | null;
  /**
   * A remark.
   */
  note?: string | null;
  /**
   * Its network interfaces. Those of links that are not listed are added when the document is completed.
   */
  interfaces?: Interface[];
  /**
   * Its static routes. The routes to the subnets of its interfaces are there by themselves.
   */
  routes?: Route[];
  /**
   * Kernel parameters that differ from what the kind of the node has: those listed below.
   */
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
  /**
   * The host that it is on. Without it, the one that is not drawn.
   */
  host?: string | null;
}
/**
 * A Linux bridge in its host's default namespace or, with `in`, in a namespace or router of the same host.
 */
export interface Bridge {
  /**
   * Also that of its own interface.
   */
  name: string;
  /**
   * What the canvas shows instead of the name, in any language.
   */
  label?: string | null;
  /**
   * Where it stands on the canvas: the left edge, in pixels at zoom 1.
   */
  x?: number | null;
  /**
   * The upper edge.
   */
  y?: number | null;
  /**
   * A remark.
   */
  note?: string | null;
  kind: 'bridge';
  /**
   * The host that it is on. Without it, the one that is not drawn.
   */
  host?: string | null;
  /**
   * The namespace or router of that host that it is in. Without it, the host's default namespace.
   */
  in?: string | null;
  /**
   * Of the bridge's own interface, by which the namespace takes part in the network.
   */
  addresses?: string[];
  /**
   * Whether it speaks the spanning tree protocol, which breaks loops.
   */
  stp?: boolean;
  /**
   * Without it, the smallest of its ports'.
   */
  mtu?: number | null;
  /**
   * Without it, one derived from its name where it has addresses, else one of its ports'.
   */
  mac?: string | null;
  /**
   * Whether it is switched on.
   */
  up?: boolean;
}
/**
 * The medium between hosts: real in a simulated lab, nothing in an exported script.
 */
export interface Lan {
  /**
   * Unique in its host. Links write it `host1/ns1`, or `ns1` for what is in no drawn host.
   */
  name: string;
  /**
   * What the canvas shows instead of the name, in any language.
   */
  label?: string | null;
  /**
   * Where it stands on the canvas: the left edge, in pixels at zoom 1.
   */
  x?: number | null;
  /**
   * The upper edge.
   */
  y?: number | null;
  /**
   * A remark.
   */
  note?: string | null;
  kind: 'lan';
}
/**
 * The way out, with NAT. Not available yet: such a drawing is saved, and neither run, planned nor exported.
 */
export interface Internet {
  /**
   * Unique in its host. Links write it `host1/ns1`, or `ns1` for what is in no drawn host.
   */
  name: string;
  /**
   * What the canvas shows instead of the name, in any language.
   */
  label?: string | null;
  /**
   * Where it stands on the canvas: the left edge, in pixels at zoom 1.
   */
  x?: number | null;
  /**
   * The upper edge.
   */
  y?: number | null;
  /**
   * A remark.
   */
  note?: string | null;
  kind: 'internet';
}
/**
 * A veth pair or, where one end is a LAN, the cable from a host's card to it.
 */
export interface Link {
  /**
   * `host1/ns1:veth-ns1`, `ns1:veth-ns1`, or without the interface while it is not named yet.
   *
   * @minItems 2
   * @maxItems 2
   */
  ends: [string, string];
  /**
   * Of both ends, where they do not say otherwise.
   */
  mtu?: number | null;
  /**
   * False: both ends are down.
   */
  up?: boolean;
  /**
   * Milliseconds, each way.
   */
  delay?: number | null;
  /**
   * Milliseconds. The kernel takes 2,147 of any more.
   */
  jitter?: number | null;
  /**
   * Percent, each way.
   */
  loss?: number | null;
  /**
   * Bits a second, each way.
   */
  rate?: number | null;
}
/**
 * `from` pings an address: an answer, an error, or silence.
 */
export interface PingCheck {
  /**
   * A host, a namespace or a router, as links write it.
   */
  from: string;
  /**
   * The address.
   */
  ping: string;
  /**
   * `unreachable` is an error on sending or from a router; `timeout` is silence.
   */
  expect?: 'reply' | 'unreachable' | 'timeout';
}
/**
 * `from` traces the way to an address, and the hops that answer are these.
 */
export interface TraceCheck {
  /**
   * A host, a namespace or a router, as links write it.
   */
  from: string;
  /**
   * The address.
   */
  trace: string;
  /**
   * The addresses that answer, in order, `*` for a silent one.
   */
  expect: string[];
}
/**
 * A piece of paper on the canvas.
 */
export interface Note {
  /**
   * What is written on it.
   */
  text: string;
  /**
   * The left edge, in pixels at zoom 1.
   */
  x?: number | null;
  /**
   * The upper edge.
   */
  y?: number | null;
  /**
   * In pixels.
   */
  width?: number | null;
  /**
   * In pixels.
   */
  height?: number | null;
}
