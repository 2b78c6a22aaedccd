"""What happens in a lab is seen on its page; what is one user's is no other's."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import BrowserContext, Page, WebSocketRoute, expect

from tests.e2e.lab_page import LabPage
from tests.serve.test_serve import worker
from tests.serving import Server

CABLE = ("ns1:veth-ns1", "ns2:veth-ns2")
DOCUMENT: dict[str, Any] = {
    "topoweb": 1,
    "name": "Pair",
    "nodes": [
        {"name": "ns1", "kind": "namespace", "interfaces": [{"name": "veth-ns1", "addresses": ["192.168.1.1/24"]}], "x": 0, "y": 0},
        {"name": "ns2", "kind": "namespace", "interfaces": [{"name": "veth-ns2", "addresses": ["192.168.1.2/24"]}], "x": 440, "y": 0},
    ],
    "links": [{"ends": ["ns1:veth-ns1", "ns2:veth-ns2"]}],
    "checks": [{"from": "ns1", "ping": "192.168.1.2"}],
}


def open_lab(server: Server, page: Page, user: str, document: dict[str, Any]) -> LabPage:
    """A new lab of a user's, opened in a browser."""
    with server.session(user) as api:
        answer = api.post("/api/labs", json={"document": document})
        assert answer.status_code == 201, answer.text
    page.goto(server.new_sign_in(user))
    page.goto(f"{server.url}/labs/{answer.json()['id']}")
    return LabPage(page).opened()


def descendants(pid: int) -> Iterator[int]:
    for child in map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()):
        yield child
        yield from descendants(child)


def type_in_labs(server: Server, interface: str, *command: str) -> None:
    """Run a command by hand in each namespace that has the interface, in all labs of the server, past its worker.

    A lab's agent holds its namespaces open; root may enter them by that.
    """
    agents = [pid for pid in descendants(server.process.pid) if Path(f"/proc/{pid}/comm").read_text() == "topoweb-lab\n"]
    opened = [fd for pid in agents for fd in Path(f"/proc/{pid}/fd").iterdir() if fd.readlink().name.startswith("net:")]
    inside = [["nsenter", f"--net={fd}"] for fd in opened]
    there = [enter for enter in inside if subprocess.run([*enter, "ip", "link", "show", interface], capture_output=True).returncode == 0]
    assert there
    for enter in there:
        subprocess.run([*enter, *command], check=True, timeout=10)


@pytest.mark.skipif(os.geteuid() != 0, reason="an agent lets nobody but root see what it holds open")
def test_a_link_set_down_by_hand_turns_red(server: Server, page: Page) -> None:
    lab = open_lab(server, page, "ann", DOCUMENT)
    lab.run()
    expect(lab.link(*CABLE)).to_have_attribute("data-state", "up")
    type_in_labs(server, "veth-ns1", "ip", "link", "set", "veth-ns1", "down")
    expect(lab.link(*CABLE)).to_have_attribute("data-state", "down")
    type_in_labs(server, "veth-ns1", "ip", "link", "set", "veth-ns1", "up")
    expect(lab.link(*CABLE)).to_have_attribute("data-state", "up")
    lab.stop()


def test_a_lab_of_500_nodes_opens_and_a_node_of_it_is_dragged(server: Server, page: Page) -> None:
    leaves: list[dict[str, Any]] = [
        {"name": f"ns{i}", "kind": "namespace", "x": i % 25 * 240, "y": 200 + i // 25 * 160, "interfaces": [{"name": "eth0"}]}
        for i in range(499)
    ]
    links = [{"ends": [f"{leaf['name']}:eth0", "br0"]} for leaf in leaves]
    bridge = {"name": "br0", "kind": "bridge", "x": -400, "y": 0}
    lab = open_lab(server, page, "ann", {"topoweb": 1, "name": "Star", "nodes": [bridge, *leaves], "links": links})
    expect(lab.page.locator("[data-node]")).to_have_count(500, timeout=30_000)
    lab.move("ns490", -40, 30)
    expect(lab.button("Undo")).to_be_enabled()
    lab.expect_saved()
    with server.session("ann") as api:
        saved = api.get(f"/api/labs/{lab.id}").json()["document"]
        assert next(node["y"] for node in saved["nodes"] if node["name"] == "ns490") > leaves[490]["y"]
        api.delete(f"/api/labs/{lab.id}")


def test_one_signs_in_by_password_and_out(server: Server, page: Page) -> None:
    server.manage("from django.contrib.auth.models import User\nUser.objects.create_user('mei', password='plum blossom 3')")
    page.goto(server.url)
    page.get_by_label("Username").fill("mei")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign In").click()
    expect(page.get_by_text("no account with this name and password")).to_be_visible()
    page.get_by_label("Password").fill("plum blossom 3")
    page.get_by_role("button", name="Sign In").click()
    expect(page.get_by_role("heading", name="Labs", exact=True)).to_be_visible()
    page.get_by_role("button", name="Account of mei").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign In")).to_be_visible()
    page.goto(f"{server.url}/lessons")
    expect(page.get_by_role("heading", name="Sign In")).to_be_visible()


def test_who_signed_out_in_another_window_is_asked_to_sign_in(server: Server, page: Page) -> None:
    """Once the connection of this one ends, which tests/web holds: within ten seconds."""
    connections: list[WebSocketRoute] = []

    def keep(connection: WebSocketRoute) -> None:
        connections.append(connection)
        connection.connect_to_server()

    page.route_web_socket("**/ws/page", keep)
    lab = open_lab(server, page, "ann", DOCUMENT)
    back = quote(f"/labs/{lab.id}", safe="")
    other = page.context.new_page()
    other.goto(server.url)
    other.get_by_role("button", name="Account of ann").click()
    other.get_by_role("menuitem", name="Sign out").click()
    expect(other.get_by_role("heading", name="Sign In")).to_be_visible()
    connections[0].close()
    expect(page.get_by_role("heading", name="Sign In")).to_be_visible()
    assert page.url.endswith(f"?next={back}")


def test_two_users_with_the_same_names_do_not_meet(server: Server, page: Page, other_context: BrowserContext) -> None:
    ann = open_lab(server, page, "ann", DOCUMENT)
    apart = {**DOCUMENT, "nodes": [DOCUMENT["nodes"][0]], "links": [], "checks": []}
    apart["nodes"] = [{**apart["nodes"][0], "interfaces": []}]
    ben = open_lab(server, other_context.new_page(), "ben", apart)
    ann.run()
    ben.run()
    checks = ann.tab("Checks")
    expect(checks.get_by_role("heading")).to_have_text("1 of 1 check passes", timeout=15_000)
    expect(ann.link(*CABLE)).to_have_attribute("data-state", "up")

    ben.page.goto(ann.page.url)  # another's lab is not there for him
    expect(ben.page.locator("[data-node]")).to_have_count(0)
    with server.session("ben") as api:
        assert api.get(f"/api/labs/{ann.id}").status_code == 404
        assert api.post(f"/api/labs/{ann.id}/stop").status_code == 404
    ann.stop()
    with server.session("ben") as api:
        for lab in api.get("/api/labs").json():
            api.post(f"/api/labs/{lab['id']}/stop")


def test_a_check_added_while_the_lab_runs_is_run_by_apply(server: Server, page: Page) -> None:
    lab = open_lab(server, page, "ann", DOCUMENT)
    lab.run()
    checks = lab.tab("Checks")
    heading = checks.get_by_role("heading")
    expect(heading).to_have_text("1 of 1 check passes", timeout=15_000)
    checks.get_by_role("button", name="Add a check").click()
    checks.get_by_label("Address").fill("10.9.9.9")
    checks.get_by_label("Expected").select_option("unreachable")
    checks.get_by_role("button", name="Add", exact=True).click()
    expect(heading).to_have_text("1 of 2 checks pass")
    lab.button("Apply").click()
    expect(heading).to_have_text("2 of 2 checks pass", timeout=15_000)
    lab.stop()


def test_until_its_worker_begins_with_a_change_a_network_is_shown_as_it_is(server: Server, page: Page) -> None:
    lab = open_lab(server, page, "ann", DOCUMENT)
    lab.run()
    plan = lab.tab("Plan")
    lab.node("ns2").click()
    addresses = lab.tab("Inspector").get_by_label("Addresses")
    addresses.fill("192.168.1.3/24")
    addresses.press("Tab")
    lab.tab("Plan")
    expect(plan.get_by_role("heading", name="2 operations")).to_be_visible()
    os.kill(worker(server), signal.SIGSTOP)
    try:
        lab.button("Apply").click()
        expect(lab.state).to_contain_text("Preparing")
        expect(plan).to_contain_text("Apply carries them out in this order; all else stays as it is.")
        expect(lab.link(*CABLE)).to_have_attribute("data-state", "up")
        expect(lab.button("Apply")).to_be_disabled()
    finally:
        os.kill(worker(server), signal.SIGCONT)
    expect(plan).to_contain_text("The network is as drawn.")
    lab.stop()
