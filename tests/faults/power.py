"""A disk whose power can be cut: ext4 in a file, mounted where only a test and what it starts see it."""

from __future__ import annotations

import fcntl
import os
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from labs.kernel import syscalls

_SIZE = 64 << 20
_EXT4_IOC_SHUTDOWN = 0x8004587D  # include/uapi/linux/ext4.h: _IOR('X', 125, __u32)
_NO_LOG_FLUSH = struct.pack("I", 2)  # EXT4_GOING_FLAGS_NOLOGFLUSH


class Disk:
    def __init__(self, image: Path, mount_point: Path) -> None:
        self._image, self._mount_point = image, mount_point
        with image.open("wb") as file:
            file.truncate(_SIZE)
        subprocess.run(["mkfs.ext4", "-q", image], check=True)
        mount_point.mkdir()
        self._mount()

    def _mount(self) -> None:
        subprocess.run(["mount", "-o", "loop", self._image, self._mount_point], check=True)

    def lose_power(self) -> None:
        """From now on nothing that was written reaches the disk, neither data nor journal: what is there when it is mounted again was
        flushed before, or the kernel had written it back by itself. (A cache in the disk itself, which power would take too, it has not.)
        """
        directory = os.open(self._mount_point, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.ioctl(directory, _EXT4_IOC_SHUTDOWN, _NO_LOG_FLUSH)
        finally:
            os.close(directory)

    def mount_again(self) -> None:
        """Once nobody has anything open there."""
        self.unmount()
        self._mount()

    def unmount(self) -> None:
        subprocess.run(["umount", self._mount_point], check=True)


@contextmanager
def mounts_of_our_own() -> Iterator[None]:
    """What this thread mounts is seen by it and by what it starts alone, and ends with them."""
    directory = Path.cwd()
    with Path("/proc/thread-self/ns/mnt").open() as outside:
        syscalls.unshare(syscalls.CLONE_NEWNS)
        try:
            subprocess.run(["mount", "--make-rprivate", "/"], check=True)
            yield
        finally:
            syscalls.setns(outside.fileno(), syscalls.CLONE_NEWNS)
            os.chdir(directory)
