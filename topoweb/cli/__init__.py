"""The `topoweb` command line, one module per command.

A command's module is imported when it is asked for, and imports what it needs when it runs: so `topoweb validate` starts at once and
never touches Django or the kernel. Results go to standard output, messages to standard error. Exit 0: as wished; 1: ran, and is not as
wished; 2: bad input or usage.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

COMMANDS = ("validate", "plan", "export", "run", "ps", "exec", "ping", "apply", "diff", "stop", "observe", "serve", "worker")
"""Each is a function of this name in a module of this name."""


class _Command(TyperCommand):
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Typer has pydantic look at values, whose prefix is no word for a person."""
        try:
            return super().parse_args(ctx, args)
        except typer.BadParameter as error:
            error.message = error.message.removeprefix("Value error, ")
            raise


class _LazyGroup(TyperGroup):
    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        alone = typer.Typer(add_completion=False, rich_markup_mode=None)
        alone.command(cmd_name, cls=_Command)(getattr(import_module(f"topoweb.cli.{cmd_name}"), cmd_name))
        return typer.main.get_command(alone)


app = typer.Typer(cls=_LazyGroup, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.callback()
def topoweb() -> None:
    """Draw a Linux network, press Run, and it is real."""


def main() -> None:
    """The entry point of `topoweb`."""
    app(prog_name="topoweb")
