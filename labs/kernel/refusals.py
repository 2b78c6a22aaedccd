"""The kernel's refusals in words: what an errno means for an operation, and what to do about it.

Where the kernel has words of its own (extended ack), they are shown too.
"""

from __future__ import annotations

import errno
import os
from typing import NamedTuple

from labs.formats.entries import plan_entries
from labs.kernel.batch import Refusal
from labs.kernel.errors import KernelError
from labs.messages.status import RunError
from labs.network import operations as ops
from labs.network.operations import Operation


class Explanation(NamedTuple):
    reason: str
    """A word for programs, and for the page, which has its own for people."""
    meaning: str
    """What it means here, for where the kernel says nothing."""
    hint: str
    """What to do."""


_LINK_MADE = (ops.AddVeth, ops.AddBridge, ops.AddCard, ops.AddLan)
_BY_HAND = "It was changed by hand since it was last looked at: apply again, which starts from what is there"
_ADDRESS_NOT_TAKEN = Explanation("address-not-taken", "the interface does not take this address", "IPv6 needs an MTU of at least 1280")
_NO_IPV6 = Explanation(
    "no-ipv6",
    "IPv6 is switched off on this interface",
    "Switch it on there by `sysctl net.ipv6.conf.INTERFACE.disable_ipv6=0`, which takes an MTU of at least 1280",
)
_NO_WAY_TO_GATEWAY = Explanation(
    "gateway-unreachable",
    "no connected subnet holds the gateway",
    "Give an interface here an address in the gateway's subnet, or choose another gateway",
)
_NO_MEMORY = Explanation("no-memory", "the kernel has no memory left for it", "Stop other labs, or make this one smaller")
_NAME_TAKEN = Explanation("name-taken", "the name is taken", "Rename one of the two, or remove the one that is there")
_BRIDGE_FULL = Explanation("bridge-full", "a bridge has at most 1,023 ports", "Use a second bridge and link the two")
_NO_NETEM = Explanation("no-netem", "this kernel has no netem", "Leave out delay, jitter, loss and rate, or load sch_netem")
_NETEM_VALUES = Explanation("netem-values", "netem does not take these values", "Check delay, jitter, loss and rate")
_EXPLANATIONS: dict[tuple[type[Operation], int], Explanation] = {
    (ops.SetMaster, errno.EBUSY): Explanation("port-already", "the interface is a port already", "Take it out of the other bridge first"),
    (ops.SetMaster, errno.ELOOP): Explanation(
        "bridge-as-port", "a bridge cannot be a port of a bridge", "Link the two bridges by a veth pair"
    ),
    (ops.SetMaster, errno.EXFULL): _BRIDGE_FULL,
    (ops.SetMaster, errno.EOPNOTSUPP): Explanation("not-a-bridge", "the master is not a bridge", _BY_HAND),
    (ops.SetMtu, errno.EINVAL): Explanation(
        "mtu-out-of-range", "the MTU is out of the range that the device allows", "Choose one from 68 to 65535"
    ),
    (ops.SetMac, errno.EADDRNOTAVAIL): Explanation(
        "mac-not-valid", "this is no address of one interface", "The first byte must be even, and not all zero"
    ),
    (ops.SetNetem, errno.ENOENT): _NO_NETEM,
    (ops.SetNetem, errno.EINVAL): _NETEM_VALUES,
    (ops.SetNetemIn, errno.ENOENT): _NO_NETEM,
    (ops.SetNetemIn, errno.EINVAL): _NETEM_VALUES,
    (ops.SetLan, errno.EXFULL): _BRIDGE_FULL,
    (ops.AddCard, errno.EXFULL): _BRIDGE_FULL,
    (ops.AddAddress, errno.EEXIST): Explanation("address-exists", "the interface has this address already", "Remove one of the two"),
    (ops.AddAddress, errno.EADDRNOTAVAIL): Explanation("address-not-valid", "this is no address of an interface", "Use a unicast address"),
    (ops.AddAddress, errno.EINVAL): _ADDRESS_NOT_TAKEN,
    (ops.AddAddress, errno.ENOBUFS): _ADDRESS_NOT_TAKEN,
    (ops.AddAddress, errno.EACCES): _NO_IPV6,
    (ops.RemoveAddress, errno.EADDRNOTAVAIL): Explanation("no-such-address", "the interface does not have this address", _BY_HAND),
    (ops.SetUp, errno.EADDRNOTAVAIL): Explanation(
        "mac-not-valid", "the interface has no valid MAC address", "Give it one whose first byte is even"
    ),
    (ops.AddRoute, errno.ENETUNREACH): _NO_WAY_TO_GATEWAY,
    (ops.AddRoute, errno.EHOSTUNREACH): _NO_WAY_TO_GATEWAY,
    (ops.AddRoute, errno.ENETDOWN): Explanation("interface-down", "the interface is down", "Set it up first"),
    (ops.AddRoute, errno.EEXIST): Explanation(
        "route-exists", "there is such a route already", "Remove one of the two, or give it another metric"
    ),
    (ops.AddRoute, errno.EINVAL): Explanation(
        "gateway-not-valid", "the gateway cannot be used", "It must not be an address of this namespace itself"
    ),
    (ops.AddRoute, errno.EACCES): _NO_IPV6,
    (ops.RemoveRoute, errno.ESRCH): Explanation("no-such-route", "there is no such route", _BY_HAND),
    (ops.SetSysctl, errno.ENOENT): Explanation(
        "no-such-sysctl", "this kernel has no such sysctl", "Leave it out, or use a kernel that has it"
    ),
    (ops.SetSysctl, errno.EINVAL): Explanation("value-not-taken", "the kernel does not take this value", "Choose another"),
}
_ANYWHERE: dict[int, Explanation] = {
    errno.ENODEV: Explanation("no-such-interface", "there is no such interface", _BY_HAND),
    errno.ENOENT: Explanation("not-found", "there is no such thing", _BY_HAND),
    errno.EPERM: Explanation("not-allowed", "it is not allowed here", "The program needs the right to administer networks (CAP_NET_ADMIN)"),
    errno.EOPNOTSUPP: Explanation("not-supported", "this kernel cannot do it", "Load the kernel's module for it, or do without"),
    errno.ENOMEM: _NO_MEMORY,
    errno.ENOBUFS: _NO_MEMORY,
    errno.EMFILE: Explanation("too-many-files", "too many descriptors are open", "Raise the limit of open files (ulimit -n)"),
    errno.ENFILE: Explanation("too-many-files", "too many files are open on this machine", "Stop other labs"),
    errno.ENOSPC: Explanation("kernel-limit", "a limit of the kernel is reached", "Raise user.max_net_namespaces, or stop other labs"),
}
_UNFORESEEN = Explanation(
    "unforeseen", "", "Try again, which starts from what is there; where that fails too, the kernel's log may say more (dmesg)"
)


def explain(operation: Operation, number: int) -> Explanation:
    """What the errno means for this operation. The meaning is empty where nothing is known beyond the errno's own name."""
    if number == errno.EEXIST and isinstance(operation, (*_LINK_MADE, ops.AddNamespace, ops.AddHost)):
        return _NAME_TAKEN
    return _EXPLANATIONS.get((type(operation), number)) or _ANYWHERE.get(number) or _UNFORESEEN


def errno_name(number: int) -> str:
    """`ENETUNREACH`."""
    return errno.errorcode.get(number, str(number))


class OperationError(KernelError):
    """An operation that the kernel or the agent refused. What was applied before it has been undone, but for `leftovers`."""

    code = "operation-failed"

    def __init__(self, operation: Operation, n: int, refusal: Refusal, leftovers: tuple[Operation, ...] = ()) -> None:
        explanation = explain(operation, refusal.errno)
        netns, self.interface = operation.place()
        self.operation = operation
        self.n = n
        """Its number in the plan, from 1."""
        self.node = str(netns) if netns else None
        """The namespace that it works in, as links write it."""
        self.errno = refusal.errno
        self.kernel = refusal.text
        """The kernel's or the agent's own words; may be empty."""
        self.leftovers = leftovers
        """What would complete the way back, where that failed too: what it removes is left over, what it adds is lacking."""
        why = refusal.text or explanation.meaning or os.strerror(refusal.errno)
        message = f"{operation.describe()}: {why.rstrip('.')} ({errno_name(refusal.errno)})"
        super().__init__(message, hint=explanation.hint, params=self._params(explanation))

    def __str__(self) -> str:
        return str(self.run_error())

    def _params(self, explanation: Explanation) -> dict[str, str]:
        texts = {
            "n": str(self.n),
            "op": type(self.operation).__name__,
            "node": self.node or "",
            "interface": self.interface or "",
            "errno": errno_name(self.errno),
            "kernel": self.kernel,
            "reason": explanation.reason,
            "meaning": explanation.meaning,
        }
        return {key: text for key, text in texts.items() if text}

    def run_error(self) -> RunError:
        """As it travels to the page."""
        return RunError(
            message=self.message,
            code=self.code,
            params=self.params,
            n=self.n,
            op=type(self.operation).__name__,
            node=self.node,
            interface=self.interface,
            errno=errno_name(self.errno),
            kernel=self.kernel or None,
            hint=self.hint or None,
            leftovers=plan_entries(self.leftovers),
        )
