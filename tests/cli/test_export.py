"""`topoweb export`"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command import HOSTS, PAIR, topoweb


@pytest.mark.parametrize("format", ["iproute2", "brctl", "batch"])
def test_a_script_on_standard_output(format: str) -> None:
    done = topoweb("export", "-", "--format", format, text=PAIR)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("#!/usr/bin/env bash\n")
    assert "netns add ns1\n" in done.stdout


def test_tear_down() -> None:
    done = topoweb("export", "-", "--teardown", text=PAIR)
    assert done.returncode == 0
    assert done.stdout.endswith("ip netns del ns2\nip netns del ns1\n")


def test_several_hosts_need_a_choice() -> None:
    done = topoweb("export", "-", text=HOSTS)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "This lab spans the hosts host1, host2: choose one by --host, or write all of them by --output DIR.\n"


def test_one_of_several_hosts() -> None:
    done = topoweb("export", "-", "--host", "host2", text=HOSTS)
    assert done.returncode == 0
    assert "ip addr replace 10.0.2.16/24 dev eth0\n" in done.stdout


def test_a_host_that_is_not_there() -> None:
    done = topoweb("export", "-", "--host", "host3", text=HOSTS)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "This lab has no host 'host3'; it has host1, host2.\n"


def test_the_host_that_is_not_drawn_is_called_host() -> None:
    assert topoweb("export", "-", "--host", "host", text=PAIR).returncode == 0


def test_a_file_for_each_host(tmp_path: Path) -> None:
    done = topoweb("export", "-", "--output", tmp_path / "scripts", text=HOSTS)
    assert (done.returncode, done.stdout) == (0, "")
    for host in ("host1", "host2"):
        file = tmp_path / "scripts" / f"Two-hosts-{host}-setup.sh"
        assert str(file) in done.stderr
        assert f"sudo bash {file.name}\n" in file.read_text()
        assert file.read_text() == topoweb("export", "-", "--host", host, text=HOSTS).stdout
        assert file.stat().st_mode & 0o111


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = topoweb("export", "-", "--output", tmp_path / "file" / "scripts", text=HOSTS)
    assert done.returncode == 2
    assert "Not a directory" in done.stderr
