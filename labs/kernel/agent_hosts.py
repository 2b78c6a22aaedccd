"""The hosts and network namespaces of a lab, as its agent makes and holds them. The agent alone moves between them (setns(2))."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import struct
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from labs.document.sysctls import SYSCTLS
from labs.kernel import sandbox, syscalls
from labs.kernel.commands import Place
from labs.kernel.netns import LANS
from labs.network.state import Netns

_PROMOTE_SECONDARIES: Final = "net.ipv4.conf.all.promote_secondaries"
_WANTED: Final = {key: sysctl.default for key, sysctl in SYSCTLS.items()} | {_PROMOTE_SECONDARIES: 1}
"""What a new namespace has. With promote_secondaries, removing an address takes no other with it."""

_SIOCSIFFLAGS: Final = 0x8914
_LO_UP: Final = struct.pack("16sh22x", b"lo", 0x1)  # struct ifreq with IFF_UP
_NETLINK_CAP_ACK: Final = 10
_NETLINK_EXT_ACK: Final = 11
_SOL_NETLINK: Final = 270
_RAW: Final = socket.SOCK_RAW | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
_OWN_NETNS: Final = "/proc/thread-self/ns/net"


@dataclass(slots=True)
class Host:
    mount: int
    """Descriptors of its mount, UTS and network namespaces."""
    uts: int
    namespaces: dict[str, int] = field(default_factory=dict)


def _open_own(kind: str) -> int:
    return os.open(f"/proc/thread-self/ns/{kind}", os.O_RDONLY | os.O_CLOEXEC)


class Hosts:
    def __init__(self) -> None:
        """The calling process is in the sandbox's first namespaces: those of the agent itself, and of the LANs."""
        self._base = Host(_open_own("mnt"), _open_own("uts"), {LANS.name: _open_own("net")})
        self._hosts: dict[str, Host] = {}
        self._set_lo_up()
        self._leaks = [(key, value) for key, value in _WANTED.items() if read_sysctl(key) != value]
        """What the machine leaks into a new namespace, or the kernel sets otherwise."""
        self._set_defaults()

    def names(self) -> list[Netns]:
        return [LANS, *(Netns(host_name, name) for host_name, host in self._hosts.items() for name in host.namespaces)]

    def _host(self, name: str) -> Host:
        try:
            return self._hosts[name]
        except KeyError:
            raise FileNotFoundError(errno.ENOENT, "There is no such host", name or "host") from None

    def _fd(self, netns: Netns) -> int:
        if netns == LANS:
            return self._base.namespaces[LANS.name]
        try:
            return self._host(netns.host).namespaces[netns.name]
        except KeyError:
            raise FileNotFoundError(errno.ENOENT, "There is no such namespace", str(netns)) from None

    def place(self, netns: Netns) -> Place:
        host = self._host(netns.host)
        return Place(host.mount, host.uts, self._fd(netns), is_default=not netns.name)

    # Hosts

    def add(self, names: Sequence[str]) -> None:
        """All of them, or none."""
        with ExitStack() as undo, self._back_home():
            for name in names:
                if name in self._hosts:
                    raise FileExistsError(errno.EEXIST, "There is a host of this name already", name or "host")
                self._go_home()
                sandbox.enter_new_host(name or "host")
                self._hosts[name] = Host(_open_own("mnt"), _open_own("uts"), {"": _open_own("net")})
                undo.callback(self._forget_host, name)
                self._set_lo_up()
                self._set_defaults()
            undo.pop_all()

    def remove(self, names: Sequence[str]) -> list[Netns]:
        """Returns their namespaces, which are no more."""
        gone = []
        for name in names:
            host = self._host(name)
            gone += [Netns(name, namespace) for namespace in host.namespaces]
            self._kill_inside([os.fstat(fd).st_ino for fd in host.namespaces.values()])
            self._forget_host(name)
        return gone

    def _forget_host(self, name: str) -> None:
        host = self._hosts.pop(name)
        for fd in (host.mount, host.uts, *host.namespaces.values()):
            os.close(fd)

    # Namespaces

    def add_netns(self, names: Sequence[Netns]) -> None:
        """All of them, or none."""
        with ExitStack() as undo, self._back_home():
            entered = None
            for netns in names:
                host = self._host(netns.host)
                if host is not entered:
                    syscalls.setns(host.mount, syscalls.CLONE_NEWNS)
                    entered = host
                host.namespaces[netns.name] = self._make_netns(netns.name)
                undo.callback(self.remove_netns, [netns])
            undo.pop_all()

    def _make_netns(self, name: str) -> int:
        path = f"/run/netns/{name}"
        os.close(os.open(path, os.O_RDONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0))
        try:
            syscalls.unshare(syscalls.CLONE_NEWNET)
            self._set_lo_up()
            self._set_defaults()
            syscalls.mount(_OWN_NETNS, path, flags=syscalls.MS_BIND)
        except OSError:
            os.unlink(path)
            raise
        return os.open(_OWN_NETNS, os.O_RDONLY | os.O_CLOEXEC)

    def remove_netns(self, names: Sequence[Netns]) -> list[Netns]:
        """Processes in them are killed: they would keep the namespaces alive. Returns their names."""
        fds = [self._fd(netns) for netns in names]
        self._kill_inside([os.fstat(fd).st_ino for fd in fds])
        with self._back_home():
            for netns, fd in zip(names, fds, strict=True):
                host = self._hosts[netns.host]
                syscalls.setns(host.mount, syscalls.CLONE_NEWNS)
                path = f"/run/netns/{netns.name}"
                with suppress(OSError):  # deleted by hand
                    syscalls.umount(path)
                    os.unlink(path)
                os.close(fd)
                del host.namespaces[netns.name]
        return list(names)

    def _kill_inside(self, inodes: Sequence[int]) -> None:
        """Kill the processes of these network namespaces."""
        wanted = {f"net:[{inode}]" for inode in inodes}
        for entry in os.listdir("/proc"):
            if entry.isdecimal() and entry != "1":
                with suppress(OSError):  # it has ended
                    if os.readlink(f"/proc/{entry}/ns/net") in wanted:
                        os.kill(int(entry), 9)

    # What is done in a namespace

    @contextmanager
    def descriptors(self, names: Sequence[Netns]) -> Iterator[list[int]]:
        """For each the four of `NetnsHandle`, in its order; the sockets are closed at the end: whoever was sent them has them."""
        with ExitStack() as opened, self._back_home():
            descriptors: list[int] = []
            for netns in names:
                fd = self._fd(netns)
                syscalls.setns(fd, syscalls.CLONE_NEWNET)
                rtnl = opened.enter_context(socket.socket(socket.AF_NETLINK, _RAW, socket.NETLINK_ROUTE))
                rtnl.setsockopt(_SOL_NETLINK, _NETLINK_CAP_ACK, 1)
                rtnl.setsockopt(_SOL_NETLINK, _NETLINK_EXT_ACK, 1)
                icmp = opened.enter_context(socket.socket(socket.AF_INET, _RAW, socket.IPPROTO_ICMP))
                icmp6 = opened.enter_context(socket.socket(socket.AF_INET6, _RAW, socket.IPPROTO_ICMPV6))
                descriptors += [fd, rtnl.fileno(), icmp.fileno(), icmp6.fileno()]
            yield descriptors

    def open_socket(self, netns: Netns, family: int, kind: int, protocol: int) -> socket.socket:
        with self._back_home():
            syscalls.setns(self._fd(netns), syscalls.CLONE_NEWNET)
            return socket.socket(family, kind | socket.SOCK_CLOEXEC, protocol)

    def read_sysctls(self, names: Sequence[Netns]) -> list[list[int]]:
        """For each, the values of SYSCTLS in their order."""
        values = []
        with self._back_home():
            for netns in names:
                syscalls.setns(self._fd(netns), syscalls.CLONE_NEWNET)
                values.append([read_sysctl(key) for key in SYSCTLS])
        return values

    def write_sysctls(self, values: Sequence[tuple[Netns, str, int]]) -> None:
        with self._back_home():
            for netns, key, value in values:
                if key not in SYSCTLS:
                    raise PermissionError(errno.EPERM, "This sysctl is not among those that a lab may set", key)
                syscalls.setns(self._fd(netns), syscalls.CLONE_NEWNET)
                write_sysctl(key, value)

    def _set_defaults(self) -> None:
        for key, value in self._leaks:
            write_sysctl(key, value)

    @staticmethod
    def _set_lo_up() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            fcntl.ioctl(sock, _SIOCSIFFLAGS, _LO_UP)

    @contextmanager
    def _back_home(self) -> Iterator[None]:
        try:
            yield
        finally:
            self._go_home()

    def _go_home(self) -> None:
        syscalls.setns(self._base.namespaces[LANS.name], syscalls.CLONE_NEWNET)
        syscalls.setns(self._base.uts, syscalls.CLONE_NEWUTS)
        syscalls.setns(self._base.mount, syscalls.CLONE_NEWNS)


def _sysctl_path(key: str) -> str:
    return "/proc/sys/" + key.replace(".", "/")


def read_sysctl(key: str) -> int:
    """In the network namespace of the calling process."""
    fd = os.open(_sysctl_path(key), os.O_RDONLY | os.O_CLOEXEC)
    try:
        return int(os.read(fd, 32))
    finally:
        os.close(fd)


def write_sysctl(key: str, value: int) -> None:
    fd = os.open(_sysctl_path(key), os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(fd, b"%d" % value)
    finally:
        os.close(fd)
