"""The hosts and network namespaces of a lab, as its agent makes and holds them. The agent alone moves between them (setns(2))."""

from __future__ import annotations

import errno
import fcntl
import os
import resource
import select
import signal
import socket
import struct
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from labs.document.sysctls import IPV4_FORWARDING, SYSCTLS
from labs.kernel import sandbox, syscalls
from labs.kernel.commands import Place
from labs.kernel.netns import LANS, RTNL_OPTIONS, SOL_NETLINK
from labs.network.state import Netns

_NS_GET_NSTYPE: Final = 0xB703
_SIOCSIFFLAGS: Final = 0x8914
_LO_UP: Final = struct.pack("16sh22x", b"lo", 0x1)  # struct ifreq with IFF_UP
_RAW: Final = socket.SOCK_RAW | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
_INHERITED: Final = tuple(key for key in SYSCTLS if key == IPV4_FORWARDING or key.startswith("net.ipv4.conf.all."))
_FRESH: Final = 3.0
"""Seconds for which sysctls are as they were read, where no process of the lab has run that could set one."""
_OWN_NETNS: Final = "/proc/thread-self/ns/net"
_RUN_NETNS: Final = "/run/netns"


@dataclass(slots=True)
class HeldNetns:
    """A network namespace that is held by its descriptor."""

    fd: int
    inode: int
    """By which one that was made anew is told."""
    sysctls: Sequence[int] = ()
    """Descriptors of SYSCTLS in their order, once these have been read: to find the files takes the kernel ten times as long."""
    values: dict[int, int] = field(default_factory=dict)
    """Of SYSCTLS, by their place there: what was read a moment ago, and since any process ran in the lab."""
    rtnl: socket.socket | None = None
    """As `NetnsHandle` has it, until the first to ask has got it."""

    @classmethod
    def of(cls, fd: int, rtnl: socket.socket | None = None) -> HeldNetns:
        return cls(fd, os.fstat(fd).st_ino, rtnl=rtnl)

    @classmethod
    def own(cls) -> HeldNetns:
        """That of the calling process, with `lo` up: any socket will do to ask for that (netdevice(7))."""
        rtnl = open_rtnl()
        try:
            fcntl.ioctl(rtnl, _SIOCSIFFLAGS, _LO_UP)
            return cls.of(_open(_OWN_NETNS), rtnl)
        except OSError:
            rtnl.close()
            raise

    def close(self) -> None:
        for fd in (self.fd, *self.sysctls):
            os.close(fd)
        self.close_rtnl()

    def close_rtnl(self) -> None:
        if self.rtnl:
            self.rtnl.close()
            self.rtnl = None

    def take_rtnl(self) -> socket.socket:
        """One that the caller closes; moves the calling process there where it must be opened first."""
        rtnl, self.rtnl = self.rtnl, None
        if rtnl is None:
            syscalls.setns(self.fd, syscalls.CLONE_NEWNET)
            rtnl = open_rtnl()
        return rtnl


@dataclass(slots=True)
class Host:
    """Descriptors of what a host is made of."""

    mount: int
    uts: int
    default: HeldNetns
    """Its default network namespace."""
    run_netns: int
    """The directory."""
    mountinfo: int
    """Polls with EPOLLPRI after each change of the host's mounts (proc(5))."""
    named: dict[str, HeldNetns] = field(default_factory=dict)
    settings: dict[str, int] = field(default_factory=dict)
    """The sysctls of its default network namespace that the lab has set; others are the defaults, or set by hand."""

    def namespaces(self) -> dict[str, HeldNetns]:
        return {"": self.default} | self.named

    def close(self) -> None:
        for fd in (self.mount, self.uts, self.run_netns, self.mountinfo):
            os.close(fd)
        for netns in self.namespaces().values():
            netns.close()


def _open(path: str, flags: int = os.O_RDONLY, *, directory: int | None = None) -> int:
    return os.open(path, flags | os.O_CLOEXEC, 0, dir_fd=directory)


def _open_own(kind: str) -> int:
    return _open(f"/proc/thread-self/ns/{kind}")


class Hosts:
    def __init__(self) -> None:
        """The calling process is in the sandbox's first namespaces: those of the agent itself, and of the LANs."""
        self._mount, self._uts, self._lans = _open_own("mnt"), _open_own("uts"), HeldNetns.own()
        self._hosts: dict[str, Host] = {}
        self.mounts = select.epoll()
        """Readable where a host's mounts have changed: then `look`."""
        self._machines = dict(zip(SYSCTLS, read_sysctls(), strict=True))
        """With which a new namespace begins."""
        self._leaks = [(key, sysctl.default) for key, sysctl in SYSCTLS.items() if self._machines[key] != sysctl.default]
        """What the machine leaks into a new namespace. Only this is written: the more namespaces, the longer a write takes."""
        self._set_defaults()
        self._most_held = resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2
        """Descriptors above this number are for what cannot do without."""
        self.somebody_ran = False
        """Whether a process of the lab has ended since sysctls were read last."""
        self.sysctls_since = time.monotonic()
        """None of the `HeldNetns.values` was read before."""

    def names(self) -> list[Netns]:
        return [LANS, *(Netns(host_name, name) for host_name, host in self._hosts.items() for name in host.namespaces())]

    def _host(self, name: str) -> Host:
        try:
            return self._hosts[name]
        except KeyError:
            raise FileNotFoundError(errno.ENOENT, "There is no such host", name or "host") from None

    def _held(self, netns: Netns) -> HeldNetns:
        if netns == LANS:
            return self._lans
        host = self._host(netns.host)
        if not netns.name:
            return host.default
        try:
            return host.named[netns.name]
        except KeyError:
            raise FileNotFoundError(errno.ENOENT, "There is no such namespace", str(netns)) from None

    def place(self, netns: Netns) -> Place:
        host = self._host(netns.host)
        return Place(host.mount, host.uts, self._held(netns).fd, is_default=not netns.name)

    # Hosts

    def add(self, names: Sequence[str]) -> None:
        """All of them, or none."""
        with ExitStack() as undo, self._back_home():
            for name in names:
                if name in self._hosts:
                    raise FileExistsError(errno.EEXIST, "There is a host of this name already", name or "host")
                self._go_home()
                sandbox.enter_new_host(name or "host")
                self._hosts[name] = host = self._open_host()
                undo.callback(self._forget, name)
                self.mounts.register(host.mountinfo, select.EPOLLPRI)
            undo.pop_all()

    def _open_host(self) -> Host:
        """That which the calling process is in."""
        with ExitStack() as opened:

            def keep(fd: int) -> int:
                opened.callback(os.close, fd)
                return fd

            default = HeldNetns.own()
            opened.callback(default.close)
            self._set_defaults()
            mount, uts = keep(_open_own("mnt")), keep(_open_own("uts"))
            run_netns, mountinfo = keep(_open(_RUN_NETNS, os.O_RDONLY | os.O_DIRECTORY)), keep(_open("/proc/thread-self/mountinfo"))
            host = Host(mount, uts, default, run_netns, mountinfo)
            opened.pop_all()
            return host

    def remove(self, names: Sequence[str]) -> list[Netns]:
        """Returns their namespaces, which are no more."""
        gone = []
        for name in names:
            namespaces = self._host(name).namespaces()
            gone += [Netns(name, namespace) for namespace in namespaces]
            _kill_inside(namespaces.values())
            self._forget(name)
        return gone

    def _forget(self, name: str) -> None:
        host = self._hosts.pop(name)
        self.mounts.unregister(host.mountinfo)
        host.close()

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
                host.named[netns.name] = self._make_netns(netns.name)
                undo.callback(self.remove_netns, [netns])
            undo.pop_all()

    def _make_netns(self, name: str) -> HeldNetns:
        path = f"{_RUN_NETNS}/{name}"
        os.close(_open(path, os.O_RDONLY | os.O_CREAT | os.O_EXCL))
        try:
            syscalls.unshare(syscalls.CLONE_NEWNET)
            self._set_defaults()
            syscalls.mount(_OWN_NETNS, path, flags=syscalls.MS_BIND)
            return HeldNetns.own()
        except OSError:
            _delete(path)
            raise

    def remove_netns(self, names: Sequence[Netns]) -> None:
        """Processes in them are killed: they would keep the namespaces alive."""
        namespaces = [self._held(netns) for netns in names]
        for held in namespaces:
            held.close_rtnl()  # where descriptors are short, that leaves the one that killing takes
        _kill_inside(namespaces)
        with self._back_home():
            for netns in names:
                host = self._hosts[netns.host]
                syscalls.setns(host.mount, syscalls.CLONE_NEWNS)
                host.named.pop(netns.name).close()
                _delete(f"{_RUN_NETNS}/{netns.name}")

    def look(self) -> tuple[list[Netns], list[Netns]]:
        """What was added and deleted by hand (`ip netns add`, `ip netns del`) since the last look.

        All hosts are looked at: who found `mounts` readable has taken the news of which changed (mounts_poll, fs/proc_namespace.c).
        """
        self.mounts.poll(0)
        added, gone = [], []
        for host_name, host in self._hosts.items():
            made = []
            seen = dict(_inodes(host.run_netns))
            for name, file in list(host.named.items()):
                if seen.get(name) != file.inode:
                    host.named.pop(name).close()
                    gone.append(Netns(host_name, name))
            for name in seen.keys() - host.named.keys():
                fd = open_netns(name, host.run_netns)
                if fd is not None:
                    host.named[name] = HeldNetns.of(fd)
                    made.append(Netns(host_name, name))
            added += made
            if made:
                with suppress(OSError):  # descriptors may be short, or one is gone again: they are told of all the same
                    self._inherit(Netns(host_name, ""), made)
        return added, gone

    def _inherit(self, default: Netns, made: Sequence[Netns]) -> None:
        """Give namespaces made by hand what was set by hand in their host, as they have it where the host is a machine.

        The kernel gives them what is set on the real machine (devinet_init_net, net/ipv4/devinet.c), which must not leak into a lab. What
        is no longer that value was set in the new namespace already.
        """
        hosts, *begun = self.read_sysctls([default, *made], list(SYSCTLS))
        values = dict(zip(SYSCTLS, hosts, strict=True))
        settings = self._host(default.host).settings
        by_hand = {key: values[key] for key in _INHERITED if values[key] != settings.get(key, SYSCTLS[key].default)}
        for netns, own in zip(made, begun, strict=True):
            untouched = [key for key, value in zip(SYSCTLS, own, strict=True) if value == self._machines[key]]
            wanted = dict(self._leaks) | by_hand
            self.write_sysctls([(netns, key, wanted[key]) for key in untouched if key in wanted])

    # What is done in a namespace

    @contextmanager
    def descriptors(self, names: Sequence[Netns]) -> Iterator[list[int]]:
        """For each the two of `NetnsHandle`, in its order; the sockets are closed at the end: whoever was sent them has them."""
        with ExitStack() as opened, self._back_home():
            descriptors: list[int] = []
            for netns in names:
                held = self._held(netns)
                descriptors += [held.fd, opened.enter_context(held.take_rtnl()).fileno()]
            yield descriptors

    def open_socket(self, netns: Netns, family: int, kind: int, protocol: int) -> socket.socket:
        with self._back_home():
            syscalls.setns(self._held(netns).fd, syscalls.CLONE_NEWNET)
            return socket.socket(family, kind | socket.SOCK_CLOEXEC, protocol)

    def read_sysctls(self, names: Sequence[Netns], keys: Sequence[str]) -> list[list[int]]:
        """For each, the values of these of SYSCTLS in their order. Raises KeyError for another.

        Those that cannot differ from what was read are not read again.
        """
        places = [_PLACES[key] for key in keys]
        if self.sysctls_may_differ():
            self._forget_values()
        with self._back_home():
            return [self._read_sysctls(self._held(netns), places) for netns in names]

    def read_all_sysctls(self, keys: Sequence[str]) -> list[tuple[Netns, list[int]]]:
        """As `read_sysctls`, of all namespaces but LANS."""
        names = self.names()[1:]
        return list(zip(names, self.read_sysctls(names, keys), strict=True))

    def sysctls_may_differ(self) -> bool:
        """From what was read: while a process of the lab runs and after that, and after `_FRESH` seconds, since nothing tells of who comes
        from outside (nsenter)."""
        return self.somebody_ran or _somebody_runs() or time.monotonic() - self.sysctls_since > _FRESH

    def _forget_values(self) -> None:
        self.somebody_ran, self.sysctls_since = False, time.monotonic()
        for held in self._all_held():
            held.values.clear()

    def _all_held(self) -> Iterator[HeldNetns]:
        yield self._lans
        for host in self._hosts.values():
            yield host.default
            yield from host.named.values()

    def _read_sysctls(self, netns: HeldNetns, places: Sequence[int]) -> list[int]:
        if any(place not in netns.values for place in places):
            netns.values.update(zip(places, self._read_files(netns, places), strict=True))
        return [netns.values[place] for place in places]

    def _read_files(self, netns: HeldNetns, places: Sequence[int]) -> list[int]:
        if netns.sysctls:
            return _values(netns.sysctls[place] for place in places)
        syscalls.setns(netns.fd, syscalls.CLONE_NEWNET)
        with ExitStack() as opened:
            sysctls = _open_sysctls(opened)
            if max(sysctls) < self._most_held:
                netns.sysctls = sysctls
                opened.pop_all()
            return _values(sysctls[place] for place in places)

    def write_sysctls(self, values: Sequence[tuple[Netns, str, int]]) -> None:
        with self._back_home():
            for netns, key, value in values:
                if key not in SYSCTLS:
                    raise PermissionError(errno.EPERM, "This sysctl is not among those that a lab may set", key)
                held = self._held(netns)
                syscalls.setns(held.fd, syscalls.CLONE_NEWNET)
                held.values.clear()
                write_sysctl(key, value)
                if not netns.name:
                    self._hosts[netns.host].settings[key] = value

    def _set_defaults(self) -> None:
        for key, value in self._leaks:
            write_sysctl(key, value)

    @contextmanager
    def _back_home(self) -> Iterator[None]:
        try:
            yield
        finally:
            self._go_home()

    def _go_home(self) -> None:
        syscalls.setns(self._lans.fd, syscalls.CLONE_NEWNET)
        syscalls.setns(self._uts, syscalls.CLONE_NEWUTS)
        syscalls.setns(self._mount, syscalls.CLONE_NEWNS)


def open_rtnl() -> socket.socket:
    """As `NetnsHandle` has it, in the network namespace of the calling thread."""
    rtnl = socket.socket(socket.AF_NETLINK, _RAW, socket.NETLINK_ROUTE)
    for option in RTNL_OPTIONS:
        rtnl.setsockopt(SOL_NETLINK, option, 1)
    return rtnl


def _inodes(directory: int) -> Iterator[tuple[str, int]]:
    """The files in a directory with the inode of what is mounted on each: `ip netns del` unmounts a file before it deletes it."""
    for name in os.listdir(directory):
        with suppress(OSError):  # deleted meanwhile
            yield name, os.stat(name, dir_fd=directory).st_ino


def open_netns(name: str, directory: int) -> int | None:
    """None where the file is not, or not yet, a network namespace."""
    with suppress(OSError):
        fd = _open(name, os.O_RDONLY | os.O_NONBLOCK, directory=directory)
        try:
            if fcntl.ioctl(fd, _NS_GET_NSTYPE) == syscalls.CLONE_NEWNET:
                return fd
        except OSError:  # no namespace at all
            os.close(fd)
            raise
        os.close(fd)
    return None


def _delete(path: str) -> None:
    with suppress(OSError):  # not mounted, or gone by hand
        syscalls.umount(path)
    with suppress(FileNotFoundError):
        Path(path).unlink()


def _kill_inside(namespaces: Iterable[HeldNetns]) -> None:
    """Kill the processes of these network namespaces."""
    wanted = {f"net:[{netns.inode}]" for netns in namespaces}
    for process in Path("/proc").iterdir():
        if process.name.isdecimal() and process.name != "1":
            with suppress(OSError):  # it has ended
                if str((process / "ns/net").readlink()) in wanted:
                    os.kill(int(process.name), signal.SIGKILL)


def _somebody_runs() -> bool:
    """Whether a process of the lab is there, be it a zombie: each is a child of PID 1, or of one that is."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def _sysctl_path(key: str) -> str:
    return "/proc/sys/" + key.replace(".", "/")


_PLACES = {key: place for place, key in enumerate(SYSCTLS)}
_SYSCTL_NAMES = [_sysctl_path(key).rpartition("/")[::2] for key in SYSCTLS]


def read_sysctls() -> list[int]:
    """The values of SYSCTLS in their order, in the network namespace of the calling process."""
    with ExitStack() as opened:
        return _values(_open_sysctls(opened))


def _open_sysctls(opened: ExitStack) -> list[int]:
    """To find a directory takes the kernel longer than to read a value, so each is opened once."""
    descriptors = []
    with ExitStack() as held:
        directories: dict[str, int] = {}
        for directory, name in _SYSCTL_NAMES:
            if directory not in directories:
                directories[directory] = os.open(directory, os.O_PATH | os.O_CLOEXEC)
                held.callback(os.close, directories[directory])
            descriptors.append(os.open(name, os.O_RDONLY | os.O_CLOEXEC, dir_fd=directories[directory]))
            opened.callback(os.close, descriptors[-1])
    return descriptors


def _values(sysctls: Iterable[int]) -> list[int]:
    return [int(os.pread(fd, 32, 0)) for fd in sysctls]


def write_sysctl(key: str, value: int) -> None:
    fd = os.open(_sysctl_path(key), os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(fd, b"%d" % value)
    finally:
        os.close(fd)
