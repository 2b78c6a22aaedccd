"""What every command has in common."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command import ARGV, PAIR, topoweb
from topoweb.cli import COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example(command: str) -> None:
    done = topoweb(command, "--help")
    assert done.returncode == 0
    assert "Example" in done.stdout
    assert f"topoweb {command} " in done.stdout.partition("Example")[2]


def test_help_lists_the_commands() -> None:
    done = topoweb("--help")
    assert done.returncode == 0
    assert all(f"  {command} " in done.stdout for command in COMMANDS)
    assert "..." not in done.stdout.partition("Commands:")[2]


@pytest.mark.parametrize(
    "args", [["frobnicate"], ["plan"], ["plan", "--frobnicate", "x"], ["export", "-", "--format", "png"], ["run", "-", "--exec", "ns1"]]
)
def test_wrong_usage(args: list[str]) -> None:
    done = topoweb(*args, text=PAIR)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Error: " in done.stderr
    assert "Value error" not in done.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_for_the_shell(shell: str) -> None:
    done = topoweb("--show-completion", shell)
    assert done.returncode == 0
    assert "topoweb" in done.stdout


@pytest.mark.parametrize("command", ["plan", "export", "run"])
def test_results_that_find_no_room(command: str) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([*ARGV, command, "-"], input=PAIR, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "Standard output: No space left on device\n")


def test_validate_needs_neither_django_nor_the_kernel() -> None:
    code = """
import sys
from topoweb.cli import app
app(["validate", "-"], standalone_mode=False)
packages = {name.partition(".")[0] for name in sys.modules} & {"django", "channels", "pyroute2", "asyncio", "rich"}
print(sorted(packages), [name for name in sys.modules if name.startswith(("labs.kernel", "labs.web", "labs.worker"))])
"""
    done = subprocess.run([sys.executable, "-c", code], input=PAIR, capture_output=True, text=True, check=False)
    assert done.stdout == "[] []\n", done.stderr
