"""Room for the neighbours of many labs in the kernel's tables, which all namespaces share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from labs.document.schema import LabDocument
from labs.kernel import neighbour_tables
from labs.kernel.executor import apply
from labs.kernel.lab import Lab
from labs.network.compile import compile
from labs.network.diff import diff
from labs.network.state import EMPTY, Netns

BY_DEFAULT = 1024
PAIR = LabDocument.model_validate(
    {
        "topoweb": 1,
        "name": "Pair",
        "nodes": [{"name": "ns1", "kind": "namespace"}, {"name": "ns2", "kind": "namespace"}],
        "links": [{"ends": ["ns1:veth1", "ns2:veth2"]}],
    }
)


async def test_a_lab_has_more_neighbours_than_the_kernel_takes_by_default(lab: Lab) -> None:
    if reason := neighbour_tables.enlarge_tables():
        pytest.skip(reason)
    await apply(diff(EMPTY, compile(PAIR)), lab.keeper)
    command = """
        for i in $(seq 0 8); do
            for j in $(seq 1 250); do echo "neigh add 10.0.$i.$j lladdr 02:00:00:00:00:01 dev veth1 nud stale"; done
        done | ip -batch -
        ip -4 neigh | wc -l
    """
    added = await lab.run(Netns("", "ns1"), ["sh", "-ec", command])
    assert (added.code, added.stdout.split(), added.stderr) == (0, [b"2250"], b"")


def tables(directory: Path, *families: str, most: int) -> dict[str, Path]:
    files = {}
    for family in families:
        folder = directory / family / "neigh/default"
        folder.mkdir(parents=True)
        for name, value in (("gc_thresh2", most // 2), ("gc_thresh3", most)):
            files[f"{family} {name}"] = folder / name
            files[f"{family} {name}"].write_text(f"{value}\n")
    return files


def test_small_tables_are_enlarged(tmp_path: Path) -> None:
    files = tables(tmp_path, "ipv4", "ipv6", most=BY_DEFAULT)
    assert neighbour_tables.enlarge_tables(4096, tmp_path) is None
    assert {name: int(file.read_text()) for name, file in files.items()} == {
        "ipv4 gc_thresh2": 2048,
        "ipv4 gc_thresh3": 4096,
        "ipv6 gc_thresh2": 2048,
        "ipv6 gc_thresh3": 4096,
    }


def test_large_tables_stay_as_they_are(tmp_path: Path) -> None:
    files = tables(tmp_path, "ipv4", most=100_000)
    assert neighbour_tables.enlarge_tables(4096, tmp_path) is None
    assert [int(file.read_text()) for file in files.values()] == [50_000, 100_000]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may")
def test_who_may_not_is_told_what_to_do() -> None:
    reason = neighbour_tables.enlarge_tables(neighbour_tables.ENTRIES * 1000)
    assert reason is not None
    assert "sysctl -w net.ipv4.neigh.default.gc_thresh3=" in reason
