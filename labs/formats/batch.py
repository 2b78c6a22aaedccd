"""iproute2 commands by the batch: one `ip` process for many of them, which is many times faster. See `-batch` in ip(8)."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from itertools import groupby

from labs.formats.commands import Command


def by_namespace(commands: Iterable[Command], *, default_last: bool = False) -> dict[str, list[Command]]:
    """The commands of a script by the namespace that they work in; within one their order stays. The default namespace is first or last.

    Sorting them so is safe: what makes namespaces and veth pairs works in the default namespace, and comes first; nothing else needs
    another namespace; and in tear-down the namespaces end last. Sysctls, which no batch can hold, need nothing and come first in each.
    """
    groups: dict[str, list[Command]] = {"": []}
    for command in commands:
        groups.setdefault(command.netns, []).append(command)
    if default_last:
        groups[""] = groups.pop("")
    return {netns: sorted(group, key=lambda command: command.program != "sysctl") for netns, group in groups.items() if group}


def batched(commands: Iterable[Command]) -> list[str]:
    """Shell lines that run the commands in their order, neighbours in one namespace together."""
    lines: list[str] = []
    for netns, run in groupby(commands, key=_batch):
        together = list(run)
        if netns is None or len(together) == 1:
            lines.extend(map(str, together))
        else:
            ip = shlex.join(["ip", *(("-n", netns) if netns else ()), "-batch", "-"])
            lines += [f"{ip} <<'EOF'", *(" ".join(command.args) for command in together), "EOF"]
    return lines


def _batch(command: Command) -> str | None:
    """The namespace whose batch the command may join, None for one that cannot: `ip -batch` has a quoting of its own."""
    plain = command.program == "ip" and all(shlex.quote(arg) == arg for arg in command.args)
    return command.netns if plain else None
