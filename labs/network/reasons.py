"""What keeps a lab off the machine itself, as values: which, of what, and in words, each with what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

WORDS: Final[dict[str, str]] = {
    # What the lab is
    "machine_one_host": "A lab on the machine itself has one host; this one has {hosts}",
    "machine_renamed": "In the lab that runs, this machine is {host}: stop the lab, then run it by its new name",
    # What the lab asks of what is not its own
    "machine_sysctl": "{key} is not {value} on this machine: sysctl -w {key}={value}",
    "machine_card_missing": "This machine has no network card {card}: plug it in, or change its name in the lab",
    "machine_card_own": "{card} is this machine's own: take delay, jitter, loss, rate and MAC address from it in the lab",
    "machine_card_down": "{card} is down: ip link set {card} up",
    "machine_card_mtu": "The MTU of {card} is not {mtu}: ip link set {card} mtu {mtu}",
    "machine_card_address": "{card} has no address {address}: ip addr add {address} dev {card}",
    "machine_route": "This machine does not have this route: ip route add {route}",
    # What is there already
    "machine_subnet_taken": "{to} at {dev} is part of what this machine reaches by {way}: choose another subnet for the lab",
    "machine_namespace_taken": "There is a namespace {name} on this machine already: rename one of the two",
    "machine_interface_taken": "There is an interface {interface} already, and it is not the lab's: rename one of the two",
    # What leans on the lab
    "machine_end_lost": "The other end of {interface} is in a namespace that has lost its name: {command}",
    "machine_namespace_used": "{interface} is not the lab's, and would go with its namespace: remove it, or move it elsewhere",
    "machine_bridge_used": "{interface} is not the lab's, and a port of {bridge}: ip link set {name} nomaster",
}


@dataclass(frozen=True, slots=True)
class Reason:
    code: str
    """Which, for the page, which says it in its own languages: a key of `WORDS`."""
    params: Mapping[str, str] = field(hash=False)

    def __str__(self) -> str:
        return WORDS[self.code].format_map(self.params)


def reason(code: str, **params: object) -> Reason:
    return Reason(code, {name: str(value) for name, value in params.items()})
