"""`topoweb run`, on the real kernel."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

import pytest

from tests.cli.command import ARGV, HOSTS, PAIR, topoweb

pytestmark = pytest.mark.kernel


def test_a_lab_as_wished() -> None:
    done = topoweb("run", "-", text=PAIR)
    assert (done.returncode, done.stderr) == (0, "")
    header, row = done.stdout.splitlines()
    assert header.split() == ["From", "Check", "Expected", "Got", "RTT"]
    assert row.split()[:5] == ["ns1", "ping", "192.168.1.2", "reply", "reply"]
    assert row.split()[-1] == "ok"


def test_a_lab_without_checks_says_nothing() -> None:
    done = topoweb("run", "-", text=PAIR.partition("checks:")[0])
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_check_that_is_not_as_wished() -> None:
    done = topoweb("run", "-", text=PAIR + "  - {from: ns1, ping: 10.0.0.1}\n")
    assert done.returncode == 1
    assert "unreachable (Network is unreachable)" in done.stdout
    assert done.stdout.rstrip().endswith("not as expected")


def test_json() -> None:
    done = topoweb("run", "-", "--json", text=HOSTS)
    assert (done.returncode, done.stderr) == (0, "")
    result = json.loads(done.stdout)
    ping, trace = result["checks"]
    assert result["applied"] is True
    assert result["operations"] == len(topoweb("plan", "-", text=HOSTS).stdout.splitlines())
    assert result["seconds"].keys() == {"compile", "apply", "destroy"}
    assert all(seconds > 0 for seconds in result["seconds"].values())
    assert ping.pop("rtt_ms") > 0
    assert ping == {"from": "host1", "ping": "10.0.2.16", "expect": "reply", "got": "reply", "ok": True}
    assert trace.pop("rtt_ms") > 0
    assert trace == {"from": "host1", "trace": "10.0.2.16", "expect": ["10.0.2.16"], "got": ["10.0.2.16"], "ok": True}
    assert result["exec"] is None


def test_json_of_what_did_not_come_as_expected() -> None:
    done = topoweb("run", "-", "--json", text=PAIR.replace("ping: 192.168.1.2", "ping: 192.168.1.2, expect: timeout"))
    assert done.returncode == 1
    result = json.loads(done.stdout)
    assert result["applied"] is True
    assert (result["checks"][0]["got"], result["checks"][0]["ok"]) == ("reply", False)


# --exec


def test_a_command_has_standard_output_for_itself() -> None:
    done = topoweb("run", "-", "--exec", "ns1", "--", "ip", "-br", "-4", "addr", "show", "veth-ns1", text=PAIR)
    assert done.returncode == 0
    assert done.stdout.split() == ["veth-ns1@if3", "UP", "192.168.1.1/24"] or done.stdout.split()[1:] == ["UP", "192.168.1.1/24"]
    assert "ping 192.168.1.2" in done.stderr


def test_a_command_reads_standard_input(tmp_path: Path) -> None:
    file = tmp_path / "lab.yaml"
    file.write_text(PAIR)
    assert topoweb("run", file, "--exec", "ns1", "--", "cat", text="hello\n").stdout == "hello\n"


def test_the_textbook_s_words_on_a_host() -> None:
    done = topoweb("run", "-", "--exec", "host", "--", "ip", "netns", "exec", "ns1", "ping", "-c", "1", "192.168.1.2", text=PAIR)
    assert done.returncode == 0
    assert "64 bytes from 192.168.1.2" in done.stdout


def test_a_command_s_own_exit_code() -> None:
    done = topoweb("run", "-", "--json", "--exec", "ns1", "--", "sh", "-c", "echo out; echo err >&2; exit 7", text=PAIR)
    assert done.returncode == 7
    assert json.loads(done.stdout)["exec"] == {"code": 7, "stdout": "out\n", "stderr": "err\n"}


def test_a_command_cannot_make_good_what_a_check_found() -> None:
    done = topoweb("run", "-", "--exec", "ns1", "--", "true", text=PAIR.replace("192.168.1.2}", "10.0.0.1}"))
    assert done.returncode == 1


def test_a_command_that_is_not_there() -> None:
    done = topoweb("run", "-", "--exec", "ns1", "--", "frobnicate", text=PAIR)
    assert done.returncode == 127
    assert "frobnicate: No such file or directory" in done.stderr


def test_a_node_that_is_not_there() -> None:
    done = topoweb("run", "-", "--exec", "ns3", "--", "true", text=PAIR)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "--exec: 'ns3' is no host, namespace or router of this lab; it has ns1, ns2, host.\n"


# What is refused, before anything is made


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            PAIR.replace("name: A", "target: machine\nname: A"),
            "A lab for the machine itself runs there by `topoweb run --target machine`, as root",
        ),
        (PAIR.replace("nodes:", "nodes:\n  - {name: out, kind: internet}"), "out: The way out to the internet is not available yet"),
    ],
)
def test_what_is_not_available_yet(text: str, message: str) -> None:
    done = topoweb("run", "-", text=text)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"{message}\n")
    assert topoweb("validate", "-", text=text).returncode == 0


def test_a_feature_that_this_kernel_lacks() -> None:
    done = topoweb("run", "-", "--json", text=PAIR.replace('"ns2:veth-ns2"]', '"ns2:veth-ns2"], delay: 1'))
    result = json.loads(done.stdout)
    if result["applied"]:
        pytest.skip("this kernel has netem")
    assert done.returncode == 1
    assert "This kernel has no netem" in done.stderr
    assert result["checks"] == []


def test_bad_input() -> None:
    done = topoweb("run", "-", "--json", text=PAIR.replace("192.168.1.2/24", "192.168.1.1/24"))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("nodes[1].interfaces[0].addresses[0]: ")


# How it ends


def test_ctrl_c_takes_the_lab_down(tmp_path: Path) -> None:
    file = tmp_path / "lab.yaml"
    file.write_text(PAIR)
    command = [*ARGV, "run", str(file), "--exec", "ns1", "--", "sh", "-c", "echo started; exec sleep 73577357"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "started\n"
        process.send_signal(signal.SIGINT)
        _, messages = process.communicate(timeout=30)
    assert process.returncode == 130
    assert messages == "Interrupted; the lab is taken down.\n"
    assert "73577357" not in subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
