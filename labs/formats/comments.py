"""Comments of a script. What a person wrote goes in here and must not get out: a line break would make a command of it."""

from __future__ import annotations

import textwrap

WIDTH = 100


def comment(text: str, *, indent: str = "", hanging: str | None = None) -> list[str]:
    """Comment lines that hold a text: wrapped, without control characters; `hanging` indents the lines that a wrap begins.

    >>> comment("one\\ntwo\\x1b[31m")
    ['# one', '# two [31m']
    """
    lines: list[str] = []
    for line in text.splitlines():
        wrapped = textwrap.wrap(
            _printable(line),
            WIDTH,
            initial_indent=indent,
            subsequent_indent=indent if hanging is None else hanging,
            break_long_words=False,
            break_on_hyphens=False,
        )
        lines.extend(f"# {_no_directive(part)}" for part in wrapped or [""])
    return [line.rstrip() for line in lines]


def one_line(text: str) -> str:
    """A text on a single line, for a place in a comment."""
    return " ".join(_printable(" ".join(text.splitlines())).split())


def _printable(text: str) -> str:
    """Without control and format characters, among them those that reverse the reading direction."""
    return "".join(character if character.isprintable() else " " for character in text)


def _no_directive(line: str) -> str:
    """`# shellcheck …` would be an instruction to shellcheck."""
    return f"- {line.lstrip()}" if line.lstrip().startswith("shellcheck") else line
