"""The system calls of namespaces(7) and mount(2) that Python 3.11 lacks. Each raises OSError, with the path that it was about."""

from __future__ import annotations

import ctypes
import errno
import os
from collections.abc import Callable
from typing import Final

# include/uapi/linux/sched.h
CLONE_NEWNS: Final = 0x00020000
CLONE_NEWCGROUP: Final = 0x02000000
CLONE_NEWUTS: Final = 0x04000000
CLONE_NEWIPC: Final = 0x08000000
CLONE_NEWUSER: Final = 0x10000000
CLONE_NEWPID: Final = 0x20000000
CLONE_NEWNET: Final = 0x40000000

# include/uapi/linux/mount.h
MS_RDONLY: Final = 0x1
MS_NOSUID: Final = 0x2
MS_NODEV: Final = 0x4
MS_NOEXEC: Final = 0x8
MS_REMOUNT: Final = 0x20
MS_BIND: Final = 0x1000
MS_REC: Final = 0x4000
MS_PRIVATE: Final = 0x40000
MS_SHARED: Final = 0x100000
MOUNT_ATTR_RDONLY: Final = 0x1
MOUNT_ATTR_NOSUID: Final = 0x2
MOUNT_ATTR_NODEV: Final = 0x4
MNT_DETACH: Final = 0x2

# include/uapi/linux/prctl.h
PR_SET_DUMPABLE: Final = 4
PR_SET_NAME: Final = 15
PR_CAPBSET_DROP: Final = 24
PR_SET_CHILD_SUBREAPER: Final = 36
PR_SET_NO_NEW_PRIVS: Final = 38
CAP_SYS_BOOT: Final = 22

_SYS_MOUNT_SETATTR: Final = 442  # the same on all architectures; glibc has a wrapper only since 2.36
_SYS_KEYCTL: Final = {"x86_64": 250, "aarch64": 219}
_KEYCTL_JOIN_SESSION_KEYRING: Final = 1
_AT_FDCWD: Final = -100
_AT_RECURSIVE: Final = 0x8000

_libc = ctypes.CDLL(None, use_errno=True)


def _call(function: Callable[..., int], *arguments: object, path: str | None = None) -> int:
    result = function(*arguments)
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), path)
    return result


def unshare(flags: int) -> None:
    """Move the calling process into new namespaces (unshare(2))."""
    _call(_libc.unshare, flags)


def setns(fd: int, kind: int = 0) -> None:
    """Move the calling process into the namespace that a descriptor names (setns(2)). `kind`: its CLONE_NEW* flag; 0 is any."""
    _call(_libc.setns, fd, kind)


def mount(source: str, target: str, kind: str = "", flags: int = 0, options: str = "") -> None:
    _call(_libc.mount, source.encode(), os.fsencode(target), kind.encode(), ctypes.c_ulong(flags), options.encode() or None, path=target)


def umount(target: str, flags: int = MNT_DETACH) -> None:
    _call(_libc.umount2, os.fsencode(target), flags, path=target)


def pivot_root(new_root: str, put_old: str) -> None:
    _call(_libc.pivot_root, os.fsencode(new_root), os.fsencode(put_old), path=new_root)


class _MountAttributes(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("attr_set", "attr_clr", "propagation", "userns_fd")]


def mount_setattr(target: str, attributes: int, *, recursive: bool = True) -> None:
    """Set MOUNT_ATTR_* on a mount, and on all that are below it (mount_setattr(2), Linux 5.12)."""
    value = _MountAttributes(attr_set=attributes)
    flags = _AT_RECURSIVE if recursive else 0
    size = ctypes.c_size_t(ctypes.sizeof(value))
    _call(_libc.syscall, ctypes.c_long(_SYS_MOUNT_SETATTR), _AT_FDCWD, os.fsencode(target), flags, ctypes.byref(value), size, path=target)


def prctl(option: int, value: int | bytes) -> None:
    argument = ctypes.c_char_p(value) if isinstance(value, bytes) else ctypes.c_ulong(value)
    zero = ctypes.c_ulong(0)
    _call(_libc.prctl, option, argument, zero, zero, zero)


def sethostname(name: str) -> None:
    encoded = name.encode()
    _call(_libc.sethostname, encoded, ctypes.c_size_t(len(encoded)))


def join_session_keyring() -> None:
    """Leave the keys of the session behind, for a new and empty keyring (keyctl(2)). Nothing where the kernel has no keys."""
    number = _SYS_KEYCTL.get(os.uname().machine)
    if number is not None:
        try:
            _call(_libc.syscall, ctypes.c_long(number), ctypes.c_long(_KEYCTL_JOIN_SESSION_KEYRING), ctypes.c_void_p(None))
        except OSError as error:
            if error.errno != errno.ENOSYS:
                raise
