"""Links from outside into the namespaces of a lab, to see when the kernel has freed them: a veth goes with its other end."""

from __future__ import annotations

import os
import select
import socket
from collections.abc import Collection
from types import TracebackType
from typing import Self

from labs.kernel import rtnl, syscalls
from labs.kernel.batch import Refusal, dump, transact
from labs.kernel.netns import NetnsHandle

EVERY = 10
"""One namespace in so many gets a sentinel, the last always."""
PATIENCE = 60.0
_RTMGRP_LINK = 1  # include/uapi/linux/rtnetlink.h


class Sentinels:
    """Made in a network namespace of its own. Only the machine's root may reach into a lab from outside."""

    def __init__(self, handles: Collection[NetnsHandle]) -> None:
        self._handles = [*list(handles)[::EVERY], list(handles)[-1]]
        home = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        syscalls.unshare(syscalls.CLONE_NEWNET)
        try:
            self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK, socket.NETLINK_ROUTE)
            self._events = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK, socket.NETLINK_ROUTE)
            self._events.bind((0, _RTMGRP_LINK))
        finally:
            syscalls.setns(home, syscalls.CLONE_NEWNET)
            os.close(home)

    def __enter__(self) -> Self:
        pairs = [rtnl.add_veth(rtnl.End(f"sentinel{i}"), rtnl.End(f"sentinel{i}"), handle.fd) for i, handle in enumerate(self._handles)]
        refused = [answer for answer in transact(self._socket, pairs) if isinstance(answer, Refusal)]
        if refused:
            raise RuntimeError(f"No sentinel in a lab: {refused[0]}")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._socket.close()
        self._events.close()

    def wait_until_gone(self) -> None:
        poll = select.poll()
        poll.register(self._events, select.POLLIN)
        while len(dump(self._socket, rtnl.dump_links())) > 1:  # lo stays
            if not poll.poll(PATIENCE * 1000):
                raise TimeoutError("The kernel does not free the lab's namespaces")
            while poll.poll(0):
                self._events.recv(1 << 20)
