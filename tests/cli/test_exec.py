"""What is done in a lab that runs: exec, ping, and what the shell completes. On the real kernel."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import termios
import time
from collections.abc import Iterator

import pytest

from tests.cli.command import ARGV, topoweb
from tests.cli.kept import PATIENCE, inside, keep, keeping

pytestmark = pytest.mark.kernel


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One lab for all of them."""
    with keeping(tmp_path_factory.mktemp("kept")):
        yield keep()


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
    lab = keep(name="ends")
    command = [*ARGV, "exec", lab, "ns1", "--", "sh", "-c", "echo ready; exec sleep 60"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        assert topoweb("stop", lab).returncode == 0
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
    terminal = Terminal("exec", pair, "ns1", "--", "bash")
    terminal.wait_for("root@ns1")
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


def test_a_command_is_hung_up_on_when_its_terminal_is_no_more(pair: str) -> None:
    terminal = Terminal("exec", pair, "ns1", "--", "sh", "-c", "echo ready; exec sleep 60")
    terminal.wait_for("ready")
    os.close(terminal.slave)
    os.close(terminal.master)
    assert terminal.process.wait(PATIENCE) == 128 + signal.SIGHUP


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


# Completion


def complete(*words: str) -> list[str]:
    """What bash offers after these words."""
    line = " ".join(["topoweb", *words])
    environment = os.environ | {"_TOPOWEB_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(words))}
    return subprocess.run(ARGV, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=True).stdout.split()


def test_completion_knows_labs_and_nodes(pair: str) -> None:
    keep(name="other")
    assert sorted(complete("stop", "")) == ["other", "pair"]
    assert complete("apply", "p") == ["pair"]
    assert complete("exec", "pair", "") == ["ns1", "ns2", "host"]
    assert complete("ping", "pair", "ns") == ["ns1", "ns2"]
