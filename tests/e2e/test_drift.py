"""What is done by hand in a running lab is seen on its page, and goes into the drawing or away."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.lab_page import LabPage
from tests.e2e.test_live import descendants, open_lab
from tests.serving import Server

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="an agent lets nobody but root see what it holds open")

SWITCH: dict[str, Any] = {
    "topoweb": 1,
    "name": "Switch",
    "nodes": [
        {"name": "br0", "kind": "bridge", "x": 0, "y": 240},
        {"name": "ns1", "kind": "namespace", "interfaces": [{"name": "veth-ns1", "addresses": ["192.168.1.1/24"]}], "x": 0, "y": 0},
        {"name": "ns2", "kind": "namespace", "interfaces": [{"name": "veth-ns2", "addresses": ["192.168.1.2/24"]}], "x": 300, "y": 0},
    ],
    "links": [{"ends": ["ns1:veth-ns1", "br0:veth-ns1-br"]}, {"ends": ["ns2:veth-ns2", "br0:veth-ns2-br"]}],
}
THIRD = """
ip netns add ns3
ip link add veth-ns3 netns ns3 type veth peer name veth-ns3-br
ip link set veth-ns3-br master br0 up
ip -n ns3 link set veth-ns3 up
ip -n ns3 addr add 192.168.1.3/24 dev veth-ns3
"""


def agents(server: Server) -> Iterator[int]:
    for pid in descendants(server.process.pid):
        if Path(f"/proc/{pid}/comm").read_text() == "topoweb-lab\n":
            yield pid


def do_by_hand(server: Server, commands: str) -> None:
    """Run commands as the root of the server's only lab, in the default namespace of its machine, past its worker."""
    (pid,) = agents(server)
    opened = {fd: str(fd.readlink()) for fd in Path(f"/proc/{pid}/fd").iterdir()}
    agents_own = str(Path(f"/proc/{pid}/ns/mnt").readlink())
    (mount,) = [fd for fd, what in opened.items() if what.startswith("mnt:") and what != agents_own]
    join = ["nsenter", f"--user=/proc/{pid}/ns/user", f"--pid=/proc/{pid}/ns/pid", f"--mount={mount}"]
    networks = [[*join, f"--net={fd}"] for fd, what in opened.items() if what.startswith("net:")]
    enter = next(net for net in networks if subprocess.run([*net, "ip", "link", "show", "br0"], capture_output=True).returncode == 0)
    subprocess.run([*enter, "sh", "-ec", commands], check=True, timeout=10)


@pytest.fixture
def lab(server: Server, page: Page) -> Iterator[LabPage]:
    lab = open_lab(server, page, "ann", SWITCH)
    lab.run()
    lab.tab("Plan")
    yield lab
    lab.stop()


def by_hand(lab: LabPage) -> Locator:
    """What the plan lists as made by hand."""
    return lab.page.get_by_role("region", name="Made by hand")


def test_a_namespace_made_by_hand_is_a_ghost_until_it_is_adopted(server: Server, lab: LabPage) -> None:
    do_by_hand(server, THIRD)
    ghost = lab.page.locator('[data-drift-node="ns3"]')
    expect(ghost).to_be_visible()
    expect(lab.page.locator('[data-drift-link="ns3:veth-ns3--br0:veth-ns3-br"]')).to_be_visible()
    expect(by_hand(lab)).to_contain_text("Add address 192.168.1.3/24 to veth-ns3 in ns3")
    expect(lab.page.get_by_role("heading", name="Undone: made by hand")).to_be_visible()

    by_hand(lab).get_by_role("button", name="Adopt: Add veth pair").click()
    expect(lab.link("ns3:veth-ns3", "br0:veth-ns3-br")).to_have_attribute("data-state", "up")  # though its address waits

    by_hand(lab).get_by_role("button", name="Adopt all").click()
    expect(lab.node("ns3")).to_be_visible()
    expect(ghost).to_have_count(0)
    expect(by_hand(lab)).to_have_count(0)
    expect(lab.link("ns3:veth-ns3", "br0:veth-ns3-br")).to_have_attribute("data-state", "up")

    for _ in range(2):
        lab.button("Undo").click()
    expect(lab.node("ns3")).to_have_count(0)
    expect(lab.button("Apply")).to_be_enabled()


def test_one_of_several_is_repaired_and_another_adopted(server: Server, lab: LabPage) -> None:
    do_by_hand(
        server, "ip -n ns1 addr add 10.9.9.9/24 dev veth-ns1; ip link del veth-ns2-br; ip netns exec ns1 sysctl -qw net.ipv4.ip_forward=1"
    )
    expect(lab.page.locator('[data-drift-mark="ns1:veth-ns1"]')).to_be_visible()
    expect(lab.page.locator('[data-drift-mark="ns1"]')).to_be_visible()
    expect(lab.page.locator('[data-drift-gone="ns2:veth-ns2"]')).to_be_attached()
    expect(lab.link("ns2:veth-ns2", "br0:veth-ns2-br")).to_have_attribute("data-state", "down")

    by_hand(lab).get_by_role("button", name="Repair: Remove veth pair").click()
    expect(lab.link("ns2:veth-ns2", "br0:veth-ns2-br")).to_have_attribute("data-state", "up")
    expect(by_hand(lab).get_by_role("listitem")).to_have_count(2)
    by_hand(lab).get_by_role("button", name="Adopt: Add address 10.9.9.9/24").click()
    expect(lab.page.get_by_role("heading", name="1 operation")).to_be_visible()
    drawn = by_hand(lab).get_by_role("region", name="In the drawing by now")
    expect(drawn.get_by_role("listitem")).to_contain_text(["Add address 10.9.9.9/24 to veth-ns1 in ns1"])
    expect(lab.page.locator('[data-drift-mark="ns1:veth-ns1"]')).to_have_count(0)
    by_hand(lab).get_by_role("button", name="Repair: Set net.ipv4.ip_forward").click()
    expect(by_hand(lab)).to_have_count(0)
    expect(lab.button("Apply")).to_be_disabled()


def test_the_host_that_is_not_drawn_is_a_ghost_where_something_was_done_at_it(server: Server, lab: LabPage) -> None:
    host = lab.page.locator('[data-drift-node="host"]')
    expect(host).to_have_count(0)
    do_by_hand(server, "sysctl -qw net.ipv4.ip_default_ttl=9; ip route add blackhole 10.9.0.0/16")
    expect(host).to_be_visible()
    expect(lab.page.locator('[data-drift-mark="host"]')).to_have_text("≠ 2")
    by_hand(lab).get_by_role("button", name="Repair all").click()
    expect(host).to_have_count(0)


def test_what_does_not_go_into_the_drawing_says_why_and_the_rest_is_adopted(server: Server, lab: LabPage) -> None:
    do_by_hand(server, "ip netns add ns3; ip -n ns1 addr add 192.168.1.2/24 dev veth-ns1; ip -n ns1 link add ifb7 type ifb")
    by_hand(lab).get_by_role("button", name="Adopt all").click()
    expect(lab.node("ns3")).to_be_visible()
    expect(by_hand(lab).get_by_role("alert")).to_have_text("1 change does not go into the drawing, for the reason beside it.")
    expect(by_hand(lab)).to_contain_text("192.168.1.2 is on ns1:veth-ns1 and on ns2:veth-ns2")
    expect(by_hand(lab).get_by_role("region", name="What no drawing holds")).to_contain_text("ifb7 in ns1, of kind ifb")
    expect(lab.page.locator('[data-drift-mark="ns1"]')).to_be_visible()
    by_hand(lab).get_by_role("button", name="Repair all").click()
    expect(by_hand(lab).get_by_role("button")).to_have_count(0)
    expect(lab.node("ns3")).to_be_visible()


def test_what_one_edits_is_applied_at_once_but_nothing_made_by_hand_is_undone(server: Server, lab: LabPage) -> None:
    auto = lab.page.get_by_role("checkbox", name="Apply as I edit")
    auto.check()
    for key, tab in (("1", "Inspector"), ("2", "Plan")):  # keys, though the checkbox has the focus
        lab.page.keyboard.press(key)
        expect(lab.page.get_by_role("tabpanel", name=tab)).to_be_visible()
    lab.draw_link("ns1", "ns2")
    expect(lab.page.locator(".link.up")).to_have_count(3)
    expect(lab.button("Apply")).to_be_disabled()

    do_by_hand(server, "ip -n ns1 addr add 10.9.9.9/24 dev veth-ns1")
    expect(by_hand(lab)).to_contain_text("Add address 10.9.9.9/24")
    lab.draw_link("ns1", "ns2")
    expect(by_hand(lab)).to_contain_text("Apply as I edit is paused")
    expect(lab.page.locator(".link.pending")).to_have_count(1)
    by_hand(lab).get_by_role("button", name="Adopt all").click()
    expect(lab.page.locator(".link.up")).to_have_count(4)
    expect(by_hand(lab)).to_have_count(0)

    lab.page.reload()
    lab.opened()
    expect(auto).to_be_checked()


def test_after_a_change_that_failed_one_discards_it_or_draws_on(server: Server, lab: LabPage) -> None:
    do_by_hand(server, "ip link add veth-ns3-br type ifb")  # the name of the port that is drawn next
    lab.drag("Namespace", 240, 560)
    lab.draw_link("ns3", "br0")
    cable = lab.link("ns3:veth-ns3", "br0:veth-ns3-br")
    lab.button("Apply").click()
    expect(cable).to_have_attribute("data-state", "failed")
    expect(lab.tab("Plan")).to_contain_text("Failed after")
    lab.node("ns1").click()
    expect(lab.tab("Inspector").get_by_role("button", name="Terminal")).to_be_visible()  # it goes on as before

    lab.page.reload()
    lab.opened()
    lab.button("Discard").click()
    expect(lab.tab("Plan")).to_contain_text("The network is as drawn")
    do_by_hand(server, "ip link del veth-ns3-br")
    lab.page.get_by_role("checkbox", name="Apply as I edit").check()
    lab.expect_running()
    lab.button("Undo").click()
    expect(cable).to_have_attribute("data-state", "up")


def test_a_lab_that_ended_by_itself_is_built_anew_and_one_is_told(server: Server, lab: LabPage) -> None:
    (agent,) = agents(server)
    os.kill(agent, signal.SIGKILL)
    told = lab.page.get_by_role("alert").filter(has_text="The lab had ended and was built anew")
    expect(told).to_be_visible(timeout=20_000)
    lab.expect_running()
    told.get_by_role("button", name="Close").click()
    expect(told).to_have_count(0)
