"""The record of a lab on the machine itself. In a sandbox the agent keeps it; here a file does, that is void on any other machine.

Such a network ends when the machine does: so a file of another boot, or of another network namespace that played the machine, says nothing.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SUFFIX: Final = ".machine"
_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")
_NETNS: Final = Path("/proc/self/ns/net")


@dataclass(frozen=True, slots=True)
class RecordFile:
    path: Path

    @classmethod
    def of(cls, directory: Path, lab: str) -> RecordFile:
        return cls(directory / f"{lab}{SUFFIX}")

    @property
    def lab(self) -> str:
        return self.path.stem

    def read(self) -> bytes | None:
        """None where there is none of this machine."""
        try:
            machine, _, record = self.path.read_bytes().partition(b"\n")
        except FileNotFoundError:
            return None
        return record if machine == _this_machine() else None

    def write(self, record: bytes) -> None:
        """As a whole, for the owner alone."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self.path.with_name(f".{self.path.name}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(_this_machine() + b"\n" + record)
        draft.replace(self.path)

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)


def find_records(directory: Path) -> list[RecordFile]:
    """Some may be void."""
    return [RecordFile(path) for path in sorted(directory.glob(f"*{SUFFIX}")) if not path.name.startswith(".")]


def _this_machine() -> bytes:
    return f"{_BOOT.read_text().strip()} {_NETNS.stat().st_ino}".encode()
