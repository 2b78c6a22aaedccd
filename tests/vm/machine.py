"""A throw-away virtual machine with another kernel than this machine's: Debian's, from `scripts/vm-kernel`, in QEMU without KVM.

It has this machine's files, read-only, with a layer of memory above them: checkout and virtual environment are where they are here, and
what is written is gone with it. It has no disk and no network.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
_INIT = Path(__file__).with_name("init")
_BUSYBOX = "/bin/busybox"
_PROCESSOR = "qemu64"
"""What it lacks need not be emulated: with all that QEMU can, Python takes five times as long."""
_MEMORY_MB = 1536
_MODULES = ("drivers/virtio", "fs/9p", "fs/fscache", "fs/netfs", "fs/overlayfs", "net/9p")
"""What it takes to reach the machine's files, as far as the kernel is not built with it. Where they are, the other modules are too."""


@dataclass(frozen=True, slots=True)
class Outcome:
    code: int | None
    """The command's exit code; None where the machine ended before the command did."""
    console: str
    """What the kernel and the command said."""


@dataclass(frozen=True, slots=True)
class VirtualMachine:
    release: str
    """Debian's, whose kernel it has."""
    directory: Path
    """An empty one, for what it is started from."""

    def run(self, *command: str, seconds: float) -> Outcome:
        """Boot, run a command in the checkout as root, power off. Raises TimeoutError, with what was said until then."""
        result, console = self.directory / "result", self.directory / "console"
        with subprocess.Popen(self._qemu(self._initrd(command), console, result), stdin=subprocess.DEVNULL) as qemu:
            try:
                qemu.wait(seconds)
            except subprocess.TimeoutExpired:
                raise TimeoutError(f"{shlex.join(command)} took more than {seconds:.0f} s:\n{_text(console)}") from None
            finally:
                qemu.kill()
        code = _text(result)
        return Outcome(int(code) if code else None, _text(console))

    def _initrd(self, command: Sequence[str]) -> Path:
        root, image = self.directory / "root", self.directory / "initrd"
        (modules,) = (self._kernel / "lib/modules").iterdir()
        (root / "bin").mkdir(parents=True)
        shutil.copy(_BUSYBOX, root / "bin/busybox")
        shutil.copy(_INIT, root / "init")
        (root / "command").write_text(shlex.join(command) + "\n")
        for name in _MODULES:
            if (modules / "kernel" / name).exists():
                shutil.copytree(modules / "kernel" / name, root / "lib/modules" / modules.name / "kernel" / name)
        subprocess.run([_BUSYBOX, "depmod", "-b", root, modules.name], check=True)
        names = "\n".join(str(path.relative_to(root)) for path in sorted(root.rglob("*")))
        pack = [_BUSYBOX, "cpio", "-o", "-H", "newc"]
        image.write_bytes(subprocess.run(pack, cwd=root, input=names.encode(), capture_output=True, check=True).stdout)
        return image

    @property
    def _kernel(self) -> Path:
        return CHECKOUT / "var/vm" / self.release

    def _qemu(self, initrd: Path, console: Path, result: Path) -> list[str | Path]:
        told = f"console=ttyS0 quiet panic=-1 CHECKOUT={CHECKOUT} RELEASE={self.release}"
        files = "local,path=/,mount_tag=machine,security_model=none,readonly=on,multidevs=remap"
        return [
            *("nice", "-n", "19", "qemu-system-x86_64", "-accel", "tcg", "-cpu", _PROCESSOR, "-smp", "1", "-m", str(_MEMORY_MB)),
            *("-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-nic", "none", "-virtfs", files),
            *("-serial", f"file:{console}", "-serial", f"file:{result}"),
            *("-kernel", self._kernel / "vmlinuz", "-initrd", initrd, "-append", told),
        ]


def _text(file: Path) -> str:
    return file.read_text(errors="replace").strip() if file.exists() else ""
