"""Links removed side by side.

The kernel waits tens of milliseconds after each removal, for whoever may still use the link (synchronize_net, rcu_barrier). It waits once
for many links of one namespace, if they go as a group, and for several namespaces at the same time, if they are asked by several threads.
The threads have sockets of their own: the answers on a handle's are for who is in the event loop.
"""

from __future__ import annotations

import asyncio
import errno
import socket
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from labs.kernel import rtnl
from labs.kernel.batch import Refusal, transact
from labs.kernel.errors import AgentError
from labs.kernel.fuse import Step
from labs.kernel.lans import lan_bridge
from labs.kernel.netns import NetnsKeeper
from labs.network import operations as ops
from labs.network.state import Interface, Netns

_DOOMED = 0x746F7077  # the group of links that are about to be removed
_THREADS = 64


async def remove_links(keeper: NetnsKeeper, steps: Sequence[Step]) -> list[tuple[Step, Refusal]]:
    """Remove what the steps remove; returns those that were refused, in order."""
    by_netns: dict[Netns, list[Step]] = defaultdict(list)
    for step in steps:
        by_netns[_removed(step).netns].append(step)
    with ThreadPoolExecutor(min(_THREADS, len(by_netns)), "remove-links") as threads:
        removals = (_remove_in(keeper, netns, here, threads) for netns, here in by_netns.items())
        results = await asyncio.gather(*removals, return_exceptions=True)
    refused: dict[int, Refusal] = {}
    for result in results:
        if isinstance(result, BaseException):
            raise result
        refused |= result
    return [(step, refused[id(step)]) for step in steps if id(step) in refused]


def _removed(step: Step) -> Interface:
    """The link that is deleted; the other end of a pair goes with it."""
    match step.operation:
        case ops.RemoveVeth(a, _):
            return step.near or a
        case ops.RemoveCard(interface) | ops.RemoveBridge(interface):
            return interface
        case ops.RemoveLan(lan):
            return lan_bridge(lan)
    raise TypeError(f"{type(step.operation).__name__} removes no link")


async def _remove_in(keeper: NetnsKeeper, netns: Netns, steps: Sequence[Step], threads: ThreadPoolExecutor) -> dict[int, Refusal]:
    if netns not in keeper.handles:
        return {id(step): Refusal(errno.ENOENT, "There is no such namespace") for step in steps}
    try:
        sock = await keeper.open_socket(netns, socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
    except AgentError as error:
        return {id(step): Refusal(error.errno, error.message) for step in steps}
    names = [_removed(step).name for step in steps]
    refusals = await asyncio.get_running_loop().run_in_executor(threads, _remove, sock, names)
    return {id(step): refusal for step, refusal in zip(steps, refusals, strict=True) if refusal}


def _remove(sock: socket.socket, names: Sequence[str]) -> list[Refusal | None]:
    """In a thread. Closes the socket."""
    with sock:
        if len(names) == 1:
            requests = [rtnl.del_link(names[0])]
        else:
            requests = [*(rtnl.set_group(name, _DOOMED) for name in names), rtnl.del_group(_DOOMED)]
        answers = transact(sock, requests)
    refusals = [answer if isinstance(answer, Refusal) else None for answer in answers]
    return [refusal or refusals[-1] for refusal in refusals[: len(names)]]
