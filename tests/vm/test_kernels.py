"""Topoweb on other kernels than this machine's, in virtual machines: `make test-vm`."""

from __future__ import annotations

from pathlib import Path

from tests.vm.machine import Outcome, VirtualMachine

PYTEST = ("env", "PYTEST_DISABLE_PLUGIN_AUTOLOAD=1", "pytest", "-p", "pytest_asyncio.plugin", "--disable-warnings", "--color=no", "-vv")
"""Without the plugins for browsers, APIs and the database, which take a minute to load there."""
NEEDS_NETEM = (
    "tests/kernel/test_netem.py",
    "tests/kernel/test_disturbance.py::test_no_ping_is_lost_where_those_of_others_are_delayed",
    "tests/formats/test_scripts_in_the_kernel.py::test_what_links_do_to_packets",
    "tests/worker/test_drift.py::test_what_a_link_is_made_to_do_to_packets_by_hand",
    "tests/kernel/test_equality.py::test_any_lab_is_built_as_drawn_and_leaves_nothing",
)
LESSONS = "tests/kernel/test_equality.py::test_the_gallery"
LESSON = "labs/gallery/1-veth-pair/3-cable-up.yaml"


def run(release: str, directory: Path, *command: str) -> Outcome:
    """On the kernel of that release of Debian. What is said there is printed."""
    outcome = VirtualMachine(release, directory).run(*command, seconds=1800)
    print(outcome.console)  # noqa: T201 - pytest shows it where the test fails
    return outcome


def test_what_this_kernel_may_lack(tmp_path: Path) -> None:
    outcome = run("trixie-backports", tmp_path, *PYTEST, *NEEDS_NETEM, LESSONS)
    assert outcome.code == 0
    assert "SKIPPED" not in outcome.console


def test_a_kernel_that_keeps_no_links_in_a_lab_is_refused(tmp_path: Path) -> None:
    """Debian 13's did not in November 2026. Whether it does is seen by iproute2: root of a user namespace makes a link in the machine's."""
    hole = "unshare -Urn ip link add inside type veth peer name outside netns 1 && echo It is open"
    outcome = run("trixie", tmp_path, "sh", "-c", f"{hole}; topoweb run {LESSON}")
    is_open = "It is open" in outcome.console
    assert outcome.code == (1 if is_open else 0)
    assert ("CVE-2026-31692" in outcome.console) == is_open


def test_labs_run_on_such_a_kernel_where_that_is_allowed(tmp_path: Path) -> None:
    """And nothing in a lab names a namespace outside: no process id does, nor what the processes have open."""
    tries = "for p in /proc/[0-9]*; do for n in $p/ns/net $p/fd/*; do ip link add type veth peer name escaped netns ${n#/proc/}; done; done"
    by_pid = "for p in $(seq 1 400); do ip link add type veth peer name escaped netns $p; done"
    inside = f"topoweb run {LESSON} --exec ns1 -- sh -c '({tries}; {by_pid}) 2>/dev/null; echo tried'"
    outcome = run("trixie", tmp_path, "sh", "-c", f"export TOPOWEB_ALLOW_CVE_2026_31692=1; {inside}; ip -o link; echo seen")
    assert "tried" in outcome.console
    assert "seen" in outcome.console
    assert "escaped" not in outcome.console


def test_a_kernel_that_is_too_old_says_so(tmp_path: Path) -> None:
    """Debian 11's is 5.10."""
    outcome = run("bullseye", tmp_path, "topoweb", "run", LESSON)
    assert outcome.code == 1
    assert "This is Linux 5.10" in outcome.console
    assert "needs 5.12" in outcome.console
