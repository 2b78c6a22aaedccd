"""Makes the lab's own Linux machine out of the calling process: namespaces, ids, a minimal read-only root.

user namespace ─ root in it is nobody outside: an id range of the lab's own, or the caller's own id
  mount namespace ─ /usr, /bin, /lib* and a few files of /etc, read-only; /dev, /proc
  PID, IPC, cgroup namespace, and a network namespace that holds the LANs
  for each host: a mount namespace (its own /run/netns, /sys, /tmp, /root, /etc/sysctl.d), a UTS and a network namespace
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from labs.kernel import isolation, syscalls
from labs.kernel.errors import SandboxError

IDS_EACH: Final = 65536
FIRST_ID: Final = 0x70000000
ID_SLOTS: Final = (0x7FFE0000 - FIRST_ID) // IDS_EACH
"""Ids from 1,879,048,192 on: what systemd leaves unused, between its containers' ids and its foreign ids (systemd, docs/UIDS-GIDS.md)."""

_OUTER: Final = syscalls.CLONE_NEWUSER | syscalls.CLONE_NEWNS | syscalls.CLONE_NEWPID | syscalls.CLONE_NEWCGROUP | syscalls.CLONE_NEWNET
_INNER: Final = syscalls.CLONE_NEWUSER | syscalls.CLONE_NEWNS | syscalls.CLONE_NEWUTS | syscalls.CLONE_NEWIPC | syscalls.CLONE_NEWNET
_SYSTEM: Final = ("usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32")
_ETC: Final = (
    "alternatives",
    "ethertypes",
    "inputrc",
    "iproute2",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    "os-release",
    "profile",
    "protocols",
    "services",
    "terminfo",
)
SHELL_SETTINGS: Final = "bash.bashrc"
"""In /etc: what bash reads at its start; by itself as Debian builds it."""
_ETC_OWN: Final = {
    "passwd": "root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
    "group": "root:x:0:\nnogroup:x:65534:\n",
    "hosts": "127.0.0.1 localhost\n::1 localhost ip6-localhost\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
    SHELL_SETTINGS: "PS1='\\[\\e[1m\\]root@$NODE\\[\\e[0m\\]:\\w# '\nHISTCONTROL=ignoreboth\nalias ls='ls --color=auto'\n",
}
_DEVICES: Final = ("null", "zero", "full", "random", "urandom", "tty")
_WRITABLE: Final = (
    ("/run", "mode=755,size=16m"),
    ("/tmp", "mode=1777,size=64m"),
    ("/root", "mode=700,size=16m"),
    ("/etc/sysctl.d", "mode=755,size=1m"),
)
"""Each host has its own of these, with options of tmpfs."""
_HARDENED: Final = syscalls.MS_NOSUID | syscalls.MS_NODEV


class SetupError(Exception):
    """A step of making the sandbox failed. `explain` says to a person what to do."""

    def __init__(self, step: str, error: OSError) -> None:
        super().__init__(step, error)
        self.step = step
        self.error = error


@contextmanager
def step(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SetupError(name, error) from error


class IdMap(NamedTuple):
    """Ids 0 to `length` - 1 of the lab are these of the machine."""

    uid: int
    gid: int
    length: int


def may_map_ranges() -> bool:
    """Whether this process is a root to whom the lab ranges of ids belong (root of a container may lack them)."""
    if os.geteuid() != 0:
        return False
    extents = [[int(field) for field in line.split()] for line in Path("/proc/self/uid_map").read_text().splitlines()]
    return any(first <= FIRST_ID and first + count >= FIRST_ID + ID_SLOTS * IDS_EACH for first, _, count in extents)


def id_map(slot: int | None) -> IdMap:
    """The ids of the lab in this slot; without one, the caller's own single id."""
    if slot is None:
        return IdMap(os.geteuid(), os.getegid(), 1)
    first = FIRST_ID + slot * IDS_EACH
    return IdMap(first, first, IDS_EACH)


def enter(ids: IdMap) -> None:
    """Move into the outer namespaces, as root there. The next child of the calling process is PID 1 in them."""
    _enter_namespaces(_OUTER, ids)


def lock(ids: IdMap, namespaces: int) -> None:
    """Move PID 1 into the inner namespaces, once its root is made. There can be at most so many network namespaces in them.

    The kernel locks mounts that a mount namespace took over from one of another user namespace (mount_namespaces(7)): from here on nobody
    can unmount them or mount them read-write, whatever capabilities he has.
    """
    syscalls.prctl(syscalls.PR_SET_DUMPABLE, 1)  # lost by taking on another id; else no map can be written
    with step("limit the number of namespaces"):
        _write("/proc/sys/user/max_net_namespaces", str(namespaces))
    _enter_namespaces(_INNER, IdMap(0, 0, ids.length))


def _enter_namespaces(kinds: int, ids: IdMap) -> None:
    """Who enters a user namespace loses all rights outside it, and may not write a map of a range: a child that stayed outside does."""
    process = os.getpid()
    with _child_that_waits(lambda: _write_maps(process, ids)) as let_it_go:
        with step("make user, mount, PID and network namespaces"):
            syscalls.unshare(kinds)
        with step("map user ids"):
            let_it_go()
    with step("become root in the user namespace"):
        if ids.length > 1:
            os.setgroups([])
        os.setresgid(0, 0, 0)
        os.setresuid(0, 0, 0)


@contextmanager
def _child_that_waits(work: Callable[[], None]) -> Iterator[Callable[[], None]]:
    """Fork a child that does `work` once the function that is given is called; that one raises what `work` raised."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(write_end)
        status = 0
        try:
            if os.read(read_end, 1):
                work()
        except OSError as error:
            status = error.errno or 255
        os._exit(status)
    os.close(read_end)
    reaped = False

    def go() -> None:
        nonlocal reaped
        os.write(write_end, b"1")
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        reaped = True
        if status != 0:
            raise OSError(abs(status), os.strerror(abs(status)))

    try:
        yield go
    finally:
        os.close(write_end)
        if not reaped:
            os.waitpid(child, 0)


def _write_maps(process: int, ids: IdMap) -> None:
    if ids.length == 1:
        _write(f"/proc/{process}/setgroups", "deny")
    _write(f"/proc/{process}/uid_map", f"0 {ids.uid} {ids.length}")
    _write(f"/proc/{process}/gid_map", f"0 {ids.gid} {ids.length}")


def _write(path: str, text: str) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(fd, text.encode())
    finally:
        os.close(fd)


def make_root() -> None:
    """Give the calling process, PID 1 of the lab, a minimal root of its own, and take the machine's away."""
    with step("keep mounts apart from the machine's"):
        syscalls.mount("none", "/", flags=syscalls.MS_REC | syscalls.MS_PRIVATE)
    with step("mount a root for the lab"):
        syscalls.mount("root", "/tmp", "tmpfs", _HARDENED, "mode=755,size=1m")
        os.chdir("/tmp")
        for directory in ("proc", "sys", ".sys", "run", "tmp", "root", "etc", "etc/sysctl.d", "dev", "dev/pts", "var", "mnt"):
            Path(directory).mkdir(mode=0o755)
        _bind_system()
        _bind_etc()
        _make_dev()
        for link, target in (("var/run", "/run"), ("var/tmp", "/tmp"), ("dev/shm", "/tmp")):
            Path(link).symlink_to(target)
    with step("mount /proc"):
        syscalls.mount("proc", "proc", "proc", _HARDENED | syscalls.MS_NOEXEC)
    with step("mount /sys"):
        # After the machine's is gone, the kernel lets `ip netns exec` mount another /sys only where one is in sight (mount_too_revealing).
        syscalls.mount("sysfs", ".sys", "sysfs", _HARDENED | syscalls.MS_NOEXEC)
    with step("leave the machine's root"):
        syscalls.pivot_root(".", ".")
        syscalls.umount(".")
        os.chdir("/")
        syscalls.mount("none", "/", flags=syscalls.MS_REMOUNT | syscalls.MS_BIND | syscalls.MS_RDONLY | _HARDENED)


def _bind_system() -> None:
    for name in _SYSTEM:
        source = Path("/", name)
        if source.is_symlink():
            Path(name).symlink_to(source.readlink())
        elif source.is_dir():
            Path(name).mkdir()
            _bind_read_only(source, name)


def _bind_etc() -> None:
    for name in _ETC:
        source, target = Path("/etc", name), Path("etc", name)
        if source.is_symlink():
            target.symlink_to(source.readlink())
        elif source.is_dir():
            target.mkdir()
            _bind_read_only(source, str(target))
        elif source.exists():
            target.touch()
            _bind_read_only(source, str(target))
    for name, text in _ETC_OWN.items():
        Path("etc", name).write_text(text)


def _bind_read_only(source: Path, target: str) -> None:
    syscalls.mount(str(source), target, flags=syscalls.MS_BIND | syscalls.MS_REC)
    syscalls.mount_setattr(target, syscalls.MOUNT_ATTR_RDONLY | syscalls.MOUNT_ATTR_NOSUID | syscalls.MOUNT_ATTR_NODEV)


def _make_dev() -> None:
    for name in _DEVICES:
        Path("dev", name).touch()
        syscalls.mount(f"/dev/{name}", f"dev/{name}", flags=syscalls.MS_BIND)
    syscalls.mount("devpts", "dev/pts", "devpts", syscalls.MS_NOSUID | syscalls.MS_NOEXEC, "newinstance,ptmxmode=0666,mode=620")
    for link, target in (("ptmx", "pts/ptmx"), ("fd", "/proc/self/fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2")):
        Path("dev", link).symlink_to(target)


def enter_new_host(hostname: str) -> None:
    """Move into the namespaces of a new host: its own /run/netns, /sys, /tmp, /root and /etc/sysctl.d, its hostname, its default network
    namespace."""
    syscalls.unshare(syscalls.CLONE_NEWNS | syscalls.CLONE_NEWUTS | syscalls.CLONE_NEWNET)
    syscalls.sethostname(hostname)
    mount_sys()
    for directory, options in _WRITABLE:
        syscalls.mount("tmpfs", directory, "tmpfs", _HARDENED, options)
    # Shared, as `ip netns add` makes it: what is added in one terminal is seen in all.
    Path("/run/netns").mkdir()
    syscalls.mount("/run/netns", "/run/netns", flags=syscalls.MS_BIND)
    syscalls.mount("none", "/run/netns", flags=syscalls.MS_SHARED)


def mount_sys() -> None:
    """Mount a /sys that shows the network namespace of the calling process."""
    syscalls.mount("sysfs", "/sys", "sysfs", _HARDENED | syscalls.MS_NOEXEC)


_OLDEST_KERNEL: Final = "5.12"
"""It brought mount_setattr(2)."""
REMEDIES: Final = {
    "kernel_open": f"Update the kernel; or, where you trust all who use this server, start Topoweb with {isolation.ALLOW}=1",
    "kernel_old": "Update the kernel",
    "user_namespaces": "Allow user namespaces: sysctl -w user.max_user_namespaces=16384",
    "ordinary_users": "Allow them to ordinary users: sysctl -w kernel.unprivileged_userns_clone=1",
    "apparmor": "AppArmor keeps them from ordinary users: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or run it as root",
    "container": "In a container, allow it user namespaces and an unmasked /proc and /sys (docker run --privileged); else run as root",
}
"""What to do, by a code for the page, which says it in its own languages."""
_SWITCHES: Final = (
    ("/proc/sys/user/max_user_namespaces", "0", "user_namespaces"),
    ("/proc/sys/kernel/unprivileged_userns_clone", "0", "ordinary_users"),
    ("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1", "apparmor"),
)


def explain(step_name: str, error: OSError) -> SandboxError:
    """Say why no sandbox can be made on this machine, and how to allow it."""
    if step_name == isolation.HOLE:
        return _unavailable(f"A lab's sandbox cannot {step_name}", "kernel_open")
    if error.errno == errno.ENOSYS:
        return _unavailable(f"This is Linux {os.uname().release}: a lab's sandbox needs {_OLDEST_KERNEL} or newer", "kernel_old")
    message = f"This machine does not let us make a lab's sandbox: cannot {step_name}: {error.strerror}"
    if error.filename:
        message += f" ({error.filename})"
    return _unavailable(message, next((remedy for path, value, remedy in _SWITCHES if _reads(path, value)), "container"))


def _unavailable(message: str, remedy: str) -> SandboxError:
    return SandboxError(message, hint=REMEDIES[remedy], params={"remedy": remedy})


def _reads(path: str, value: str) -> bool:
    try:
        return Path(path).read_text().strip() == value
    except OSError:
        return False
