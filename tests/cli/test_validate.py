"""`topoweb validate`"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.command import PAIR, topoweb


def test_nothing_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "lab.yaml"
    file.write_text(PAIR)
    done = topoweb("validate", file)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_json_is_yaml_too() -> None:
    assert topoweb("validate", "-", text='{"topoweb": 1, "name": "Empty"}').returncode == 0


def test_every_structural_error_on_a_line_with_its_path() -> None:
    document = {
        "topoweb": 1,
        "name": "Bad",
        "nodes": [
            {"name": "a b", "kind": "namespace"},
            {"name": "$(reboot)", "kind": "namespace"},
            {"name": "..", "kind": "namespace"},
            {"name": "ns1", "kind": "namespace", "interfaces": [{"name": "x" * 16, "addresses": ["192.168.1.300/24"]}]},
            {"name": "one\ntwo", "kind": "bridge"},
            {"name": "ns2", "kind": "namespace", "colour": "red"},
        ],
    }
    done = topoweb("validate", "-", text=json.dumps(document))
    assert (done.returncode, done.stdout) == (2, "")
    assert [line.partition(": ")[0] for line in done.stderr.splitlines()] == [
        "nodes[0].name",
        "nodes[1].name",
        "nodes[2].name",
        "nodes[3].interfaces[0].name",
        "nodes[3].interfaces[0].addresses[0]",
        "nodes[4].name",
        "nodes[5].colour",
    ]
    assert "'192.168.1.300/24' is not an IPv4 or IPv6 interface address" in done.stderr


def test_every_problem_on_a_line_with_its_path() -> None:
    wrong = PAIR.replace("192.168.1.2/24]}]}", "192.168.1.1/24]}], routes: [{to: default, via: 10.0.0.1}]}").replace(
        "checks:", '  - {ends: ["ns1:veth-ns1", "nowhere"]}\nchecks:'
    )
    done = topoweb("validate", "-", text=wrong)
    assert (done.returncode, done.stdout) == (2, "")
    paths = {line.partition(": ")[0] for line in done.stderr.splitlines()}
    assert {"nodes[1].interfaces[0].addresses[0]", "nodes[1].routes[0].via", "links[1].ends[1]"} <= paths


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the text is empty"),
        ("~", "is not a mapping"),
        ("a: [b", "this is not YAML"),
        ("x" * 3_000_000, "longer than the limit"),
        ("a\0b", "NUL"),
        ("a: &a [*a, *a]", "anchors"),
        ("[" * 100_000, "nested"),
        ("topoweb: 1\nname: a\nname: b", "twice"),
    ],
    ids=["nothing", "null", "no YAML", "too long", "NUL", "bomb", "deep", "key twice"],
)
def test_text_that_is_no_document(text: str, message: str) -> None:
    done = topoweb("validate", "-", text=text)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", ["validate", "plan", "export", "run"])
def test_a_file_that_cannot_be_read(command: str, tmp_path: Path) -> None:
    for file, reason in ((tmp_path / "missing.yaml", "No such file or directory"), (tmp_path, "Is a directory")):
        done = topoweb(command, file)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == f"{file}: {reason}\n"
