"""Labs that the command line keeps: run --keep, ps, exec, ping, apply, diff, stop. On the real kernel."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.command import ARGV, PAIR, topoweb
from topoweb.cli.labs import look, places

pytestmark = pytest.mark.kernel

QUIET = PAIR.partition("checks:")[0]
OTHER_ADDRESS = PAIR.replace("192.168.1.2", "192.168.1.9")
PATIENCE = 60.0


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the labs of a test are kept; all of them end with it. No server has this state directory."""
    directory = tmp_path / "labs"
    monkeypatch.setenv("TOPOWEB_LABS_DIR", str(directory))
    monkeypatch.setenv("TOPOWEB_STATE_DIR", str(tmp_path / "state"))
    yield directory
    assert topoweb("stop", "--all").returncode == 0


def keep(text: str = QUIET, name: str = "pair") -> str:
    done = topoweb("run", "-", "--keep", "--name", name, text=text)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{name}\n", "")
    return name


@pytest.fixture
def pair() -> str:
    return keep()


def listed() -> list[dict[str, object]]:
    labs: list[dict[str, object]] = json.loads(topoweb("ps", "--json").stdout)["labs"]
    return labs


def inside(lab: str, node: str, *command: str) -> str:
    done = topoweb("exec", lab, node, "--", *command)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


# run --keep, ps, stop


def test_a_lab_is_left_running_and_its_name_is_the_last_line() -> None:
    done = topoweb("run", "-", "--keep", text=PAIR)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "a-veth-pair"
    again = topoweb("run", "-", "--keep", "--json", text=PAIR)
    assert json.loads(again.stdout)["lab"] == "a-veth-pair-2"
    assert sorted(lab["lab"] for lab in listed()) == ["a-veth-pair", "a-veth-pair-2"]
    assert topoweb("stop", "a-veth-pair").returncode == 0
    assert [lab["lab"] for lab in listed()] == ["a-veth-pair-2"]


def test_ps(pair: str) -> None:
    (lab,) = listed()
    assert lab.pop("since")
    assert lab == {"lab": "pair", "document": "A veth pair", "nodes": 2, "of": "command line", "state": "running"}
    header, row = topoweb("ps").stdout.splitlines()
    assert header.split() == ["Lab", "Document", "Nodes", "Of", "Since", "State"]
    assert row.split()[:4] == ["pair", "A", "veth", "pair"]


def test_no_labs() -> None:
    assert topoweb("ps").stdout == ""
    assert listed() == []


def test_a_lab_is_kept_whatever_its_checks_say() -> None:
    done = topoweb("run", "-", "--keep", text=PAIR.replace("ping: 192.168.1.2", "ping: 10.0.0.1"))
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "a-veth-pair"
    assert len(listed()) == 1


def test_a_name_that_is_taken(pair: str) -> None:
    done = topoweb("run", "-", "--keep", "--name", pair, text=QUIET)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "A lab pair runs already\n")


@pytest.mark.parametrize(
    "args", [["run", "-", "--name", "x"], ["run", "-", "--keep", "--name", "a/b"], ["stop"], ["stop", "x", "--all"], ["exec", "x", "ns1"]]
)
def test_wrong_usage(args: list[str]) -> None:
    done = topoweb(*args, text=QUIET)
    assert (done.returncode, done.stdout) == (2, "")


def test_a_lab_that_is_not_there() -> None:
    for args in (["exec", "x", "ns1", "--", "true"], ["ping", "x", "ns1", "ns2"], ["apply", "x", "-"], ["diff", "x"], ["stop", "x"]):
        done = topoweb(*args, text=QUIET)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == "No lab 'x' runs here. `topoweb ps` lists those that do.\n"


def test_a_lab_by_its_document_s_name(pair: str) -> None:
    assert inside("A veth pair", "ns1", "echo", "here") == "here\n"
    keep(name="other")
    done = topoweb("diff", "A veth pair")
    assert done.returncode == 2
    assert done.stderr.startswith("'A veth pair' can be any of ")


# exec with pipes


def test_a_command_s_exit_code_and_streams(pair: str) -> None:
    done = topoweb("exec", pair, "ns1", "--", "sh", "-c", "cat; echo err >&2; exit 7", text="in\n")
    assert (done.returncode, done.stdout, done.stderr) == (7, "in\n", "err\n")
    assert topoweb("exec", pair, "ns1", "--", "frobnicate").returncode == 127
    assert topoweb("exec", pair, "ns1", "--", "sh", "-c", "kill -KILL $$").returncode == 137


def test_a_node_of_a_lab(pair: str) -> None:
    assert "192.168.1.2/24" in inside(pair, "ns2", "ip", "addr")
    inside(pair, "host", "ip", "netns", "add", "byhand")
    assert inside(pair, "byhand", "ip", "-br", "link").split()[0] == "lo"
    done = topoweb("exec", pair, "ns3", "--", "true")
    assert (done.returncode, done.stderr) == (2, "'ns3' is no host, namespace or router of this lab; it has ns1, ns2, host.\n")


def test_ten_megabytes_each_way(pair: str) -> None:
    data = os.urandom(10_000_000)
    command = [*ARGV, "exec", pair, "ns1", "--", "sh", "-c", "cat >/tmp/data; cat /tmp/data; cat /tmp/data >&2"]
    done = subprocess.run(command, input=data, capture_output=True, timeout=PATIENCE, check=True)
    assert done.stdout == data
    assert done.stderr == data


def test_a_reader_that_goes_away_ends_the_command(pair: str) -> None:
    with subprocess.Popen([*ARGV, "exec", pair, "ns1", "--", "yes"], stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline() == b"y\n"
        process.stdout.close()
        assert process.wait(PATIENCE) == 128 + signal.SIGPIPE


def test_a_command_that_closes_its_input_is_told_to_the_writer(pair: str) -> None:
    command = [*ARGV, "exec", pair, "ns1", "--", "sh", "-c", "exec <&-; echo closed; exec sleep 60"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        assert process.stdout.readline() == b"closed\n"
        with pytest.raises(BrokenPipeError):
            write_all(process.stdin.fileno(), b"x" * (1 << 20))
        process.terminate()
        assert process.wait(PATIENCE) == 128 + signal.SIGTERM


def write_all(fd: int, data: bytes) -> None:
    while data:
        data = data[os.write(fd, data) :]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_go_to_the_command(pair: str, number: signal.Signals) -> None:
    script = f"trap 'echo heard; exit 5' {number.name.removeprefix('SIG')}; echo ready; while :; do sleep 0.05; done"
    with subprocess.Popen(
        [*ARGV, "exec", pair, "ns1", "--", "bash", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(number)
        assert process.stdout.readline() == b"heard\n"
        assert process.wait(PATIENCE) == 5


def test_a_command_is_hung_up_on_when_its_caller_is_killed(pair: str) -> None:
    script = "trap 'echo hung up >/tmp/end; exit' HUP; echo ready; while :; do sleep 0.05; done"
    with subprocess.Popen([*ARGV, "exec", pair, "host", "--", "bash", "-c", script], stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline() == b"ready\n"
        process.kill()
    assert inside(pair, "host", "bash", "-c", "until test -s /tmp/end; do sleep 0.05; done; cat /tmp/end") == "hung up\n"


def test_a_lab_that_ends_under_a_command(pair: str) -> None:
    command = [*ARGV, "exec", pair, "ns1", "--", "sh", "-c", "echo ready; exec sleep 60"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        assert topoweb("stop", pair).returncode == 0
        _, said = process.communicate(timeout=PATIENCE)
    assert (process.returncode, said) == (1, "The lab has ended. Start it again\n")


def test_closed_standard_streams(pair: str) -> None:
    done = subprocess.run(["sh", "-c", f"exec {' '.join(ARGV)} exec {pair} ns1 -- sh -c 'cat; exit 4' <&- >&- 2>&-"], check=False)
    assert done.returncode == 4


# exec in a terminal


class Terminal:
    """A command in a terminal of ours, as a person has it."""

    def __init__(self, *args: str) -> None:
        self.master, slave = pty.openpty()
        termios.tcsetwinsize(slave, (30, 100))
        self.slave = slave
        self.before = termios.tcgetattr(slave)
        self.process = subprocess.Popen(
            [*ARGV, *args], stdin=slave, stdout=slave, stderr=slave, env=os.environ | {"TERM": "xterm-256color"}, start_new_session=True
        )
        self.seen = b""

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def wait_for(self, text: str) -> None:
        """Until it shows this, from where it was looked at last."""
        deadline = time.monotonic() + PATIENCE
        while text.encode() not in self.seen:
            assert select.select([self.master], [], [], max(0, deadline - time.monotonic()))[0], self.seen
            self.seen += os.read(self.master, 65536)
        self.seen = self.seen.partition(text.encode())[2]

    def end(self) -> int:
        code = self.process.wait(PATIENCE)
        assert termios.tcgetattr(self.slave) == self.before
        os.close(self.master)
        os.close(self.slave)
        return code


def test_a_command_in_a_terminal_of_its_own(pair: str) -> None:
    terminal = Terminal("exec", pair, "ns1", "--", "bash", "--norc")
    terminal.type("PS1='> '; tty; stty size; echo $TERM\n")
    for text in ("/dev/pts/", "30 100", "xterm-256color"):
        terminal.wait_for(text)
    terminal.type("sh -c 'echo star''ted; exec sleep 600'\n")
    terminal.wait_for("started")
    terminal.type("\x03")
    terminal.type("echo co''de $?\n")
    terminal.wait_for("code 130")
    termios.tcsetwinsize(terminal.slave, (40, 120))
    os.kill(terminal.process.pid, signal.SIGWINCH)
    terminal.type("until [ \"$(stty size)\" = '40 120' ]; do sleep 0.05; done; echo re''sized\n")
    terminal.wait_for("resized")
    terminal.type("seq 1 20000; exit 9\n")
    terminal.wait_for("19999\r\n20000\r\n")
    assert terminal.end() == 9


def test_a_terminal_is_as_before_when_the_command_is_told_to_end(pair: str) -> None:
    terminal = Terminal("exec", pair, "ns1", "--", "sh", "-c", "echo ready; exec sleep 60")
    terminal.wait_for("ready")
    terminal.process.terminate()
    assert terminal.end() == 128 + signal.SIGTERM
    done = topoweb("exec", pair, "ns1", "--", "sh", "-c", "while pgrep -x sleep; do command sleep 0.05; done")
    assert done.returncode == 0


# ping


def test_ping(pair: str) -> None:
    for target in ("192.168.1.2", "ns2"):
        done = topoweb("ping", pair, "ns1", target)
        assert done.returncode == 0
        assert done.stdout.startswith("64 bytes from 192.168.1.2: icmp_seq=1 ttl=64 time=")
    done = topoweb("ping", pair, "ns1", "10.0.0.1", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["text"] == "Network is unreachable"
    done = topoweb("ping", pair, "ns1", "ns9")
    assert (done.returncode, done.stdout) == (2, "")


# apply and diff


def test_apply(pair: str) -> None:
    assert (topoweb("apply", pair, "-", text=PAIR).returncode, topoweb("apply", pair, "-", text=PAIR).stdout) == (0, "")
    dry = topoweb("apply", pair, "-", "--dry-run", text=OTHER_ADDRESS)
    assert dry.returncode == 3
    assert dry.stdout.splitlines() == [
        "1  Add address 192.168.1.9/24 to veth-ns2 in ns2",
        "2  Remove address 192.168.1.2/24 from veth-ns2 in ns2",
    ]
    assert topoweb("ping", pair, "ns1", "192.168.1.2").returncode == 0
    done = topoweb("apply", pair, "-", "--json", text=OTHER_ADDRESS)
    result = json.loads(done.stdout)
    assert (done.returncode, result["lab"], result["applied"]) == (0, pair, True)
    assert [operation["op"] for operation in result["operations"]] == ["AddAddress", "RemoveAddress"]
    assert topoweb("ping", pair, "ns1", "192.168.1.9").returncode == 0
    assert topoweb("apply", pair, "-", "--dry-run", text=OTHER_ADDRESS).returncode == 0


def test_what_is_done_by_hand_is_told_and_undone(pair: str) -> None:
    assert topoweb("diff", pair).stdout == ""
    inside(pair, "ns1", "ip", "addr", "add", "10.7.7.7/24", "dev", "veth-ns1")
    assert topoweb("diff", pair).stdout == "1  Add address 10.7.7.7/24 to veth-ns1 in ns1\n"
    (operation,) = json.loads(topoweb("diff", pair, "--json").stdout)["operations"]
    assert operation["command"] == "ip -n ns1 addr add 10.7.7.7/24 dev veth-ns1"
    assert topoweb("apply", pair, "-", text=QUIET).stdout == "Undone, made by hand:\n1  Remove address 10.7.7.7/24 from veth-ns1 in ns1\n"
    assert topoweb("diff", pair).stdout == ""


def test_a_change_that_fails_is_rolled_back(pair: str) -> None:
    inside(pair, "ns2", "ip", "link", "add", "br0", "type", "ifb")
    with_bridge = OTHER_ADDRESS.replace("nodes:", "nodes:\n  - {name: br0, kind: bridge, in: ns2}")
    done = topoweb("apply", pair, "-", text=with_bridge)
    assert done.returncode == 1
    assert "br0" in done.stderr
    assert "File exists" in done.stderr or "taken" in done.stderr
    assert topoweb("diff", pair).stdout == ""
    assert topoweb("ping", pair, "ns1", "192.168.1.2").returncode == 0
    assert [lab["state"] for lab in listed()] == ["failed"]
    assert topoweb("apply", pair, "-", text=OTHER_ADDRESS).returncode == 0
    assert [lab["state"] for lab in listed()] == ["running"]


def test_bad_input_changes_nothing(pair: str) -> None:
    done = topoweb("apply", pair, "-", text=PAIR.replace("192.168.1.2/24", "192.168.1.1/24"))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("nodes[")
    assert topoweb("diff", pair).stdout == ""


HOLD = """
import asyncio, sys
from pathlib import Path
from labs.kernel.lab import Lab

async def main():
    lab = await Lab.attach(Path(sys.argv[1]), force=False)
    print("held", flush=True)
    await lab.keeper.closed.wait()

asyncio.run(main())
"""


def test_a_lab_that_somebody_changes_at_this_moment(pair: str, directory: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD, str(directory / "pair.sock")], stdout=subprocess.PIPE) as other:
        assert other.stdout
        assert other.stdout.readline() == b"held\n"
        done = topoweb("apply", pair, "-", text=OTHER_ADDRESS)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == "Somebody else changes this lab at this moment. Try again when that is done\n"
        assert inside(pair, "ns1", "echo", "undisturbed") == "undisturbed\n"
        assert topoweb("stop", pair).returncode == 0
        assert other.wait(PATIENCE) == 0


def many(count: int) -> str:
    nodes = "".join(f"  - {{name: n{n}, kind: namespace}}\n" for n in range(count))
    return f"topoweb: 1\nname: Many\nnodes:\n{nodes}"


def test_an_apply_that_was_killed_is_gone_on_with(tmp_path: Path) -> None:
    lab = keep(many(1), "many")
    file = tmp_path / "more.yaml"
    file.write_text(many(300))
    with subprocess.Popen([*ARGV, "apply", lab, str(file)], stdout=subprocess.DEVNULL) as process:
        while [lab.state for lab in asyncio.run(look(places()))] != ["applying"]:
            assert process.poll() is None, "it was through before it could be killed"
        process.kill()
    assert [state["state"] for state in listed()] == ["applying"]
    assert topoweb("apply", lab, str(file)).returncode == 0
    assert [state["state"] for state in listed()] == ["running"]
    assert topoweb("diff", lab).stdout == ""
    assert len(inside(lab, "host", "ls", "/run/netns").split()) == 300


# Completion


def complete(*words: str) -> list[str]:
    """What bash offers after these words."""
    line = " ".join(["topoweb", *words])
    environment = os.environ | {"_TOPOWEB_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(words))}
    return subprocess.run(ARGV, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=True).stdout.split()


def test_completion_knows_labs_and_nodes(pair: str) -> None:
    keep(name="other")
    for command in ("exec", "ping", "apply", "diff", "stop"):
        assert sorted(complete(command, "")) == ["other", "pair"], command
    assert complete("exec", "p") == ["pair"]
    assert complete("exec", "pair", "") == ["ns1", "ns2", "host"]
    assert complete("ping", "pair", "ns") == ["ns1", "ns2"]
