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


def say(words: Mapping[str, str], code: str, params: Mapping[str, str]) -> str:
    """The English text for a code."""
    return words[code].format_map(params)
