"""The machine itself, as a `NetnsKeeper`: its default network namespace, and those that have a name in /run/netns.

`setns` moves the calling thread alone, so a thread of its own goes to the namespaces; the rest of the process stays where it is.
Reading changes nothing: ids for namespaces, by which the ends of veth pairs are matched, are given in a namespace of the
thread's own, which ends with it.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeVar

from labs.document.sysctls import SYSCTLS
from labs.kernel import dumps, rtnl, syscalls
from labs.kernel.agent_hosts import open_netns, open_rtnl, read_sysctls, write_sysctl
from labs.kernel.batch import dump, transact
from labs.kernel.dumps import LinkRecord
from labs.kernel.errors import AgentError
from labs.kernel.netns import LANS, NetnsHandle
from labs.kernel.observe import observe
from labs.kernel.sysctl_watch import SysctlWatch
from labs.network.normal import normalize
from labs.network.state import Bridge, Card, Host, Interface, Link, Namespace, Netns, NetworkState

_SYSFS: Final = "/tmp"  # any directory that is always there; not /sys, which may have it already
RUN_NETNS: Final = Path("/run/netns")
_SET: Final = 3  # NET_ADDR_SET, include/uapi/linux/netdevice.h: somebody chose the MAC address

R = TypeVar("R")


class Machine:
    """Holds descriptors of its namespaces, to be used as `async with Machine("name") as machine`.

    An ordinary user sees the default namespace alone.
    """

    def __init__(self, host: str = "", mark: str = "", *, marked_only: bool = False) -> None:
        """`host`: what the machine is called in states. `mark`: the `ifalias` of every link that is made here, and of `lo` in every
        namespace. `marked_only`: beside the default namespace, hold none but those with the mark. Who holds a namespace keeps it there,
        also when its owner has taken its name away: so nobody should hold others' for long."""
        self.default = Netns(host, "")
        self.handles: dict[Netns, NetnsHandle] = {}
        self.netns_listeners: list[Callable[[Netns], None]] = []
        self.is_root = False
        """Whether this process may go into namespaces."""
        self.aliases: dict[str, str] = {}
        """Names in /run/netns of a namespace that has another one already, which is given."""
        self.mark = mark
        self._marked_only = marked_only
        self._thread = ThreadPoolExecutor(1, "machine")

    async def __aenter__(self) -> Self:
        return await self.open()

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await asyncio.shield(asyncio.wrap_future(self._leave()))

    async def open(self) -> Self:
        await self._inside(self._open)
        return self

    def leave(self) -> None:
        """Close all descriptors, once what is under way is done; nobody waits for that."""
        self._leave()

    def _leave(self) -> Future[None]:
        closed = self._thread.submit(self._close)
        self._thread.shutdown(wait=False)
        return closed

    async def _inside(self, work: Callable[..., R], *arguments: object) -> R:
        """In the thread that moves."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *arguments)

    # In the thread

    def _open(self) -> None:
        self.is_root = _may_move()
        self._hold(self.default, os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC))
        if self.is_root:
            syscalls.unshare(syscalls.CLONE_NEWNET)
            self._hold(LANS, os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC))
            self._look()

    def _look(self) -> None:
        """Hold the namespaces that have a name."""
        seen = {self.inode(netns): netns for netns in self.handles}
        for name in _names():
            directory = os.open(RUN_NETNS, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                fd = open_netns(name, directory)
            finally:
                os.close(directory)
            if fd is None:
                continue
            inode = os.fstat(fd).st_ino
            if inode in seen:
                self.aliases[name] = str(seen[inode])
                os.close(fd)
                continue
            seen[inode] = netns = Netns(self.default.host, name)
            self._hold(netns, fd)
            if self._marked_only and not self._is_marked(netns):
                self._drop(netns)

    def _is_marked(self, netns: Netns) -> bool:
        records = map(dumps.link, dump(self.handles[netns].rtnl, rtnl.dump_links()))
        return any(record.name == "lo" and record.alias == self.mark for record in records)

    def _hold(self, netns: Netns, fd: int) -> None:
        self._enter(fd)
        self.handles[netns] = NetnsHandle(netns, fd, open_rtnl())

    def _drop(self, netns: Netns) -> None:
        self.handles.pop(netns).close()

    def _close(self) -> None:
        for netns in list(self.handles):
            self._drop(netns)

    def _enter(self, fd: int) -> None:
        if self.is_root:
            syscalls.setns(fd, syscalls.CLONE_NEWNET)

    # What only a process inside can read

    async def read_sysctls(self, names: Sequence[Netns], keys: Sequence[str] = tuple(SYSCTLS)) -> dict[Netns, dict[str, int]]:
        """Raises AgentError where a namespace has gone: the kernel tells nobody that a name was taken from one."""
        self._drop_gone()
        return await self._inside(self._read_sysctls, names, keys)

    def _drop_gone(self) -> None:
        """Let go of namespaces whose name has gone, or is another's now."""
        gone = [netns for netns in self.handles if netns.name and netns != LANS and self.inode(netns) != _inode_of(netns.name)]
        for netns in gone:
            self._drop(netns)
        self._tell(gone)

    def _read_sysctls(self, names: Sequence[Netns], keys: Sequence[str]) -> dict[Netns, dict[str, int]]:
        values = {}
        for netns in names:
            if netns not in self.handles:
                raise AgentError(os.strerror(errno.ENOENT), errno=errno.ENOENT, subject=netns.name)
            self._enter(self.handles[netns].fd)
            here = dict(zip(SYSCTLS, read_sysctls(), strict=True))
            values[netns] = {key: here[key] for key in keys}
        return values

    async def watch_sysctls(self, keys: Sequence[str], changed: Callable[[], None]) -> None:
        watch, clock = SysctlWatch(), asyncio.get_running_loop().time
        while True:
            begun = clock()
            try:
                values = await self.read_sysctls([netns for netns in self.handles if netns != LANS], keys)
            except AgentError:  # a namespace came to its end while it was read
                changed()
            else:
                if watch.note(values, clock() - begun):
                    changed()
            await asyncio.sleep(watch.rest)

    async def open_socket(self, netns: Netns, family: int, kind: int, protocol_number: int) -> socket.socket:
        """A socket that was made in that namespace, not blocking."""
        return await self._inside(self._open_socket, netns, family, kind, protocol_number)

    def _open_socket(self, netns: Netns, family: int, kind: int, protocol_number: int) -> socket.socket:
        if netns not in self.handles:
            raise AgentError(os.strerror(errno.ENOENT), errno=errno.ENOENT, subject=netns.name)
        self._enter(self.handles[netns].fd)
        return socket.socket(family, kind | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK, protocol_number)

    async def write_sysctls(self, values: Sequence[tuple[Netns, str, int]]) -> None:
        await self._inside(self._write_sysctls, values)

    def _write_sysctls(self, values: Sequence[tuple[Netns, str, int]]) -> None:
        for netns, key, value in values:
            self._enter(self.handles[netns].fd)
            with _as_agent_error(key):
                write_sysctl(key, value)

    # Hosts and namespaces

    async def add_hosts(self, hosts: Sequence[str]) -> None:
        raise AgentError("The machine itself is the only host here", errno=errno.EPERM, subject=", ".join(hosts))

    async def remove_hosts(self, hosts: Sequence[str]) -> None:
        raise AgentError("The machine itself cannot be removed", errno=errno.EPERM, subject=", ".join(hosts))

    async def add_netns(self, names: Sequence[Netns]) -> None:
        await self._inside(self._add_all, names)
        self._tell(names)

    def _add_all(self, names: Sequence[Netns]) -> None:
        """All of them, or none."""
        _make_run_netns()
        added: list[Netns] = []
        for netns in names:
            try:
                with _as_agent_error(netns.name):
                    self._add(netns)
            except AgentError:
                self._remove_all(added)
                raise
            added.append(netns)

    def _add(self, netns: Netns) -> None:
        """As `ip netns add` does, with `lo` up and all sysctls that a lab may set at their defaults, whatever the machine's are."""
        path = RUN_NETNS / netns.name
        if path.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
        syscalls.unshare(syscalls.CLONE_NEWNET)
        self._hold(netns, os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC))
        try:
            transact(self.handles[netns].rtnl, [rtnl.set_link("lo", up=True, alias=self.mark)])
            for (key, sysctl), value in zip(SYSCTLS.items(), read_sysctls(), strict=True):
                if value != sysctl.default:
                    write_sysctl(key, sysctl.default)
            os.close(os.open(path, os.O_RDONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0))
            try:
                syscalls.mount("/proc/thread-self/ns/net", str(path), flags=syscalls.MS_BIND)
            except OSError:
                path.unlink()
                raise
        except OSError:
            self._drop(netns)
            raise

    async def remove_netns(self, names: Sequence[Netns]) -> None:
        await self._inside(self._remove_all, names)
        self._tell(names)

    def _remove_all(self, names: Sequence[Netns]) -> None:
        """As `ip netns del` does: processes in them stay, and the namespaces with them, without a name."""
        for netns in names:
            self._drop(netns)
            path = RUN_NETNS / netns.name
            with _as_agent_error(netns.name):
                syscalls.umount(str(path))
                path.unlink()

    def _tell(self, names: Sequence[Netns]) -> None:
        for netns in names:
            for listener in tuple(self.netns_listeners):
                listener(netns)

    # As a whole

    def links(self) -> dict[Netns, list[LinkRecord]]:
        """All links that there are, of whatever kind."""
        return {
            netns: list(map(dumps.link, dump(handle.rtnl, rtnl.dump_links()))) for netns, handle in self.handles.items() if netns != LANS
        }

    def inode(self, netns: Netns) -> int:
        """By which a namespace is told from others."""
        return os.fstat(self.handles[netns].fd).st_ino

    async def chosen_macs(self) -> set[Interface]:
        """The links whose MAC address was set by somebody. None for an ordinary user: only sysfs tells, a mount for each namespace."""
        return await self._inside(self._chosen_macs) if self.is_root else set()

    def _chosen_macs(self) -> set[Interface]:
        """Meanwhile the thread has mounts of its own, which nobody else sees."""
        found = set()
        with Path("/proc/self/ns/mnt").open("rb") as mounts:
            syscalls.unshare(syscalls.CLONE_NEWNS)
            try:
                syscalls.mount("none", "/", flags=syscalls.MS_REC | syscalls.MS_PRIVATE)
                for netns, handle in self.handles.items():
                    self._enter(handle.fd)
                    syscalls.mount("sysfs", _SYSFS, "sysfs")
                    found |= {Interface(netns, name) for name in _chosen_here()}
                    syscalls.umount(_SYSFS)
            finally:
                syscalls.setns(mounts.fileno(), syscalls.CLONE_NEWNS)
        return found

    def is_card(self, netns: Netns, record: LinkRecord) -> bool:
        """What is there without anybody having made it in this machine: hardware, and a container's way out, which is a veth whose other
        end is in no namespace of the machine. A port of a bridge is none in any drawing."""
        is_way_out = record.kind == "veth" and self.is_root
        return netns == self.default and record.is_ethernet and not record.master and (not record.kind or is_way_out)

    async def read(self) -> NetworkState:
        """The network as it is, for `normalize`."""
        return await observe(self, self.is_card)

    async def observe(self) -> NetworkState:
        """The network in normal form. MAC addresses that were chosen are in it, and those of bridges with addresses."""
        observed = await self.read()
        return normalize(observed, _fixed(observed, await self.chosen_macs()))


def _chosen_here() -> Iterator[str]:
    """The links of the namespace whose sysfs is mounted, whose MAC address was set."""
    for link in Path(_SYSFS, "class/net").iterdir():
        with suppress(OSError):  # no device, or gone
            if int((link / "addr_assign_type").read_text()) == _SET:
                yield link.name


def _may_move() -> bool:
    """Whether this thread may leave its network namespace; in the sandbox of a test, for one, by the user namespace that made it."""
    with Path("/proc/thread-self/ns/net").open("rb") as own:
        try:
            syscalls.setns(own.fileno(), syscalls.CLONE_NEWNET)
        except PermissionError:
            return False
    return True


def _make_run_netns() -> None:
    """As `ip netns add` does: a mount of its own, whose mounts all mount namespaces see."""
    RUN_NETNS.mkdir(mode=0o755, parents=True, exist_ok=True)
    try:
        syscalls.mount("", str(RUN_NETNS), "none", flags=syscalls.MS_SHARED | syscalls.MS_REC)
    except OSError as error:
        if error.errno != errno.EINVAL:  # it is no mount yet
            raise
        syscalls.mount(str(RUN_NETNS), str(RUN_NETNS), "none", flags=syscalls.MS_BIND | syscalls.MS_REC)
        syscalls.mount("", str(RUN_NETNS), "none", flags=syscalls.MS_SHARED | syscalls.MS_REC)


@contextmanager
def _as_agent_error(subject: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise AgentError(os.strerror(error.errno or 0), errno=error.errno or 0, subject=subject) from error


def _inode_of(name: str) -> int | None:
    """Of the namespace of that name."""
    try:
        return (RUN_NETNS / name).stat().st_ino
    except FileNotFoundError:
        return None


def _names() -> list[str]:
    return sorted(path.name for path in RUN_NETNS.iterdir()) if RUN_NETNS.is_dir() else []


def _fixed(observed: NetworkState, chosen: set[Interface]) -> NetworkState:
    """What of an observed network is not the kernel's choice, for `normalize`. A card's MAC address is its own."""

    def link(interface: Interface, seen: Link) -> Link:
        made = isinstance(seen.kind, Bridge) and seen.addresses
        keeps = made or (interface in chosen and not isinstance(seen.kind, Card))
        return seen._replace(mac=seen.mac if keeps else None, addresses=frozenset())

    def namespace(netns: Netns, seen: Namespace) -> Namespace:
        return replace(seen, links={name: link(Interface(netns, name), each) for name, each in seen.links.items()})

    hosts = {
        name: Host({each: namespace(Netns(name, each), found) for each, found in host.namespaces.items()})
        for name, host in observed.hosts.items()
    }
    return NetworkState(hosts)
