"""The elementary operations: each is what one `ip`, `brctl` or `sysctl` command does.

An operation knows what it does to a state (`forwards`), what undoes it (`inverse`) and how to say itself (`describe`). How it becomes
shell text (`labs.formats`) or netlink (`labs.kernel`) is said there. What removes something carries what goes with it (`contents`: the
operations that would bring that back), so that `inverse` is exact.
"""

from labs.network.operations.addresses import AddAddress, AddRoute, RemoveAddress, RemoveRoute, ReplaceRoute
from labs.network.operations.base import Change, Operation, Plan
from labs.network.operations.links import AddBridge, AddCard, AddVeth, RemoveBridge, RemoveCard, RemoveVeth
from labs.network.operations.machines import AddHost, AddLan, AddNamespace, RemoveHost, RemoveLan, RemoveNamespace
from labs.network.operations.settings import SetDown, SetLan, SetMac, SetMaster, SetMtu, SetNetem, SetNetemIn, SetStp, SetSysctl, SetUp

__all__ = [
    "AddAddress",
    "AddBridge",
    "AddCard",
    "AddHost",
    "AddLan",
    "AddNamespace",
    "AddRoute",
    "AddVeth",
    "Change",
    "Operation",
    "Plan",
    "RemoveAddress",
    "RemoveBridge",
    "RemoveCard",
    "RemoveHost",
    "RemoveLan",
    "RemoveNamespace",
    "RemoveRoute",
    "RemoveVeth",
    "ReplaceRoute",
    "SetDown",
    "SetLan",
    "SetMac",
    "SetMaster",
    "SetMtu",
    "SetNetem",
    "SetNetemIn",
    "SetStp",
    "SetSysctl",
    "SetUp",
]
