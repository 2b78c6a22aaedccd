"""What is said of a document that is wrong: a code and params for the page, which has its own languages, and the English text.

Each text says what is wrong and what to do about it. `{name}` stands for a param; a param is always text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

STRUCTURE: dict[str, str] = {
    # Shape
    "not_a_mapping": "{value} is not a mapping of keys to values",
    "not_a_list": "{value} is not a list",
    "not_text": "{value} is not text; put it in quotes",
    "not_a_flag": "{value} is neither true nor false",
    "not_an_integer": "{value} is not a whole number",
    "not_a_number": "{value} is not a number",
    "missing": "is missing; give it a value",
    "unknown_key": "there is no such key; the keys here are {known}",
    "sysctl_unknown": "this sysctl cannot be set here; those that can are {known}",
    "unknown_choice": "{value} is not one of {expected}",
    "version_unknown": "{value} is not a version of the document that is known here; write 1",
    "kind_unknown": "{value} is not a kind of node; the kinds are {expected}",
    "kind_missing": "is missing; the kinds of nodes are {expected}",
    "check_unknown": "a check needs `ping: ADDRESS` or `trace: ADDRESS`, one of them",
    "ends_two": "a link has two ends, such as [ns1, br0]",
    "invalid": "{reason}",
    # Values
    "too_small": "{value} is too small; the smallest is {lowest}",
    "too_large": "{value} is too large; the largest is {highest}",
    "too_long": "is too long: at most {longest} characters",
    "empty": "is empty; give it a value",
    "text_control": "holds the control character {character}; take it out",
    "name_unsafe": "{value} is not a name for {what}; use letters, digits, '.', '_' and '-', not first a '-'",
    "name_too_long": "{value} is too long a name for {what}: at most {longest} bytes",
    "name_reserved": "{value} is taken by Linux itself and cannot name {what}; choose another name",
    "not_an_interface_address": "{value} is not an IPv4 or IPv6 interface address; write it with its prefix length, such as 192.168.1.2/24",
    "not_an_address": "{value} is not an IPv4 or IPv6 address",
    "not_a_prefix": "{value} is not an IPv4 or IPv6 prefix, such as 192.168.2.0/24, nor 'default'",
    "prefix_host_bits": "{value} is an address in a subnet, not a subnet; write {network}",
    "not_a_mac": "{value} is not a MAC address, such as 02:00:00:00:00:01",
    "mac_not_unicast": "{value} is not the MAC address of one card; use one whose first byte is even, such as 02:00:00:00:00:01",
    # Limits
    "limit_entries": "there are {count} {what}, and the limit is {limit} (`{setting}`)",
    "limit_size": "the document is larger than the limit of {limit} characters (`{setting}`)",
    "limit_depth": "the document is nested deeper than the limit of {limit} levels (`{setting}`)",
}
"""Structural errors: refused everywhere."""

PROBLEMS: dict[str, str] = {
    # Names
    "name_twice": "two nodes are called {name}; give one of them another name",
    "host_unknown": "there is no host {host}; draw it, or choose one that is there",
    "in_unknown": "there is no namespace or router {name} in {host} that could hold this bridge; draw it, or leave out `in`",
    "host_name_implied": "a host called `host` and nodes that are in no drawn host cannot be told apart; rename it, or put them in a host",
    "interface_twice": "two interfaces in {place} are called {name}; rename one of them",
    "interface_is_port": "{name} is a port of the bridge {bridge} and needs no entry here; remove it, and give addresses to the bridge",
    "interface_unlinked": "no link ends at {name}; link it, or remove it",
    # Links
    "end_unknown": "there is no node {node}; draw it, or link another one",
    "end_twice": "two links end at {interface}; a cable has two ends: name another interface at one of them",
    "end_without_interface": "{node} has no interfaces; write the end as {node}",
    "link_to_itself": "the link ends where it begins, at {node}; link two different nodes",
    "link_across_hosts": "{a} and {b} are on different hosts, which no veth pair joins; link both hosts to a LAN, and add routes",
    "lan_joins_hosts": "{node} cannot be on the LAN {lan}, which joins the cards of drawn hosts; link {node} to a bridge or a host",
    "internet_joins": "the internet {node} cannot be linked to {other}; link it to a host, a namespace, a router or a bridge",
    "bridge_loop": "this link closes a loop of bridges without STP, in which frames would circle for ever; set `stp: true` on {bridge}",
    "bridge_full": "the bridge {bridge} has {count} ports, and Linux takes {limit}; use another bridge and link the two",
    "lan_full": "{count} cards are on the LAN {lan}, which a bridge plays, and Linux takes {limit}; use another LAN, and a router between",
    "jitter_without_delay": "jitter needs a delay that it varies; give the link a delay",
    # Addresses
    "address_unusable": "{address} cannot be the address of an interface: it is {what}; choose another",
    "address_is_network": "{address} is the address of the subnet {subnet} itself; choose one inside it, such as {example}",
    "address_is_broadcast": "{address} is the broadcast address of {subnet}; choose one inside it, such as {example}",
    "address_twice": "{address} is on {a} and on {b}, {where}; give one of them another address",
    "mac_twice": "{mac} is the MAC address of {a} and of {b} on the same segment; give one of them another",
    "mtu_ipv6": "an MTU of {mtu} is too small for IPv6, which needs 1280, and {interface} has {address}; raise it, or remove the address",
    # Routes
    "route_incomplete": "the route says neither `via` nor `dev`; give it the address of a gateway, or an interface",
    "route_with_next_hop": "a route of the type {type} leads nowhere; leave out `via` and `dev`",
    "route_families": "{to} and {via} are of different families; use IPv4 for both or IPv6 for both",
    "route_dev_unknown": "there is no interface {dev} in {place} that can carry a route; the interfaces there are {known}",
    "route_dev_ipv6": "the MTU of {dev} is {mtu}, too small for IPv6, which needs 1280; raise it, or remove the route",
    "route_twice": "two routes lead to {to} with the metric {metric}; remove one of them, or give it another metric",
    "route_is_connected": "Linux makes the route to {to} itself, for the address of {dev}; remove this one, or give it another metric",
    "gateway_unreached": "no interface of {place} is in a subnet with the gateway {via}; its subnets are {subnets}",
    "gateway_without_address": "{place} has no address, and reaches the gateway {via} by none; give an interface of it one first",
    "gateway_not_on_dev": "{dev} is in no subnet with the gateway {via}; its subnets are {subnets}",
    "gateway_needs_dev": "{via} is a link-local address, which is on every link; say which by `dev`",
    "gateway_ambiguous": "the gateway {via} is in the subnets of {devs} alike; say by `dev` which one is meant",
    "gateway_own": "{via} is an address of {place} itself; a gateway is another machine",
    "gateway_unusable": "{via} cannot be a gateway: it is {what}; choose another",
    "gateway_not_host": "{via} is no machine's address: it is the first or last of {subnet}; choose another",
    "gateway_behind_route": "the route to {to} leads the gateway {via} away from its own link; remove one of the two routes",
    # Checks
    "check_from_unknown": "there is no node {node} to check from; draw it, or choose another",
    "check_from_not_machine": "{node} is a {kind}, where nothing runs; check from a host, a namespace or a router",
}
"""Problems: saved and shown, but such a lab does not run."""

WORDS = STRUCTURE | PROBLEMS


def shown(value: Any, longest: int = 80) -> str:
    """A value as an error quotes it: text in quotes, on one line, not endless."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, (list, tuple)):
        return "a list"
    if isinstance(value, int) and abs(value) >= 10**longest:
        return "a number of more than 80 digits"
    text = repr(value[: longest + 1] if isinstance(value, str) else value)
    return text if len(text) <= longest + 2 else text[:longest] + "…" + text[0] * isinstance(value, str)


def say(code: str, params: Mapping[str, str]) -> str:
    """The English text for a code."""
    return WORDS[code].format_map(params)
