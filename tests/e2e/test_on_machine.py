"""A lab on the machine itself, from the page: on a throw-away machine, whose worker may touch it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from labs.kernel import syscalls
from tests.e2e.lab_page import LabPage
from tests.e2e.test_drift import by_hand
from tests.faults.cable import Cable
from tests.kernel.machine import wait_until
from tests.serving import Server

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root may reach into another network namespace")

TOKEN = "of the machine's worker"
ROOT = Path(__file__).parents[2]


class Box:
    """A machine of its own, by unshare(1), in which only a loopback is up."""

    def __init__(self) -> None:
        hold = "mount -t tmpfs tmpfs /run && ip link set lo up && echo && exec cat"
        self._holder = subprocess.Popen(["unshare", "-Urnm", "sh", "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._holder.stdout
        self._holder.stdout.readline()
        self.enter = ["nsenter", "-t", str(self._holder.pid), "-U", "-n", "-m", "--preserve-credentials"]

    def do(self, commands: str) -> str:
        return subprocess.run([*self.enter, "sh", "-ec", commands], check=True, capture_output=True, text=True, timeout=10).stdout

    @property
    def namespaces(self) -> list[str]:
        return sorted(line.split()[0] for line in self.do("ip netns list").splitlines())

    def listen(self) -> socket.socket:
        """On its loopback, for this process."""

        def inside() -> socket.socket:
            with Path(f"/proc/{self._holder.pid}/ns/net").open("rb") as namespace:
                syscalls.setns(namespace.fileno(), syscalls.CLONE_NEWNET)  # of this thread alone, which ends
            return socket.create_server(("127.0.0.1", 0))

        with ThreadPoolExecutor(1) as thread:
            return thread.submit(inside).result()

    @contextmanager
    def worker(self, server: Server, state: Path) -> Iterator[None]:
        """One of the server's that may touch the machine."""
        server.manage(f"from labs.web.actions.workers import register_worker; register_worker('box', {TOKEN!r})")
        (state / "token").write_text(TOKEN)
        with closing(Cable(urlsplit(server.url).port or 0, self.listen())) as cable:
            options = ["--server", f"ws://127.0.0.1:{cable.port}", "--token-file", str(state / "token"), "--state-dir", str(state)]
            command = [*self.enter, sys.executable, "-m", "topoweb.cli", "worker", *options, "--name", "box", "--allow-machine"]
            process = subprocess.Popen(command, cwd=ROOT)
            try:
                yield
            finally:
                process.terminate()
                process.wait(10)

    def close(self) -> None:
        self._holder.communicate()


@pytest.fixture
def box(server: Server, tmp_path: Path) -> Iterator[Box]:
    with closing(Box()) as box, box.worker(server, tmp_path):
        yield box


def ask(page: Page, method: str, path: str, body: dict[str, str] | None = None) -> int:
    """The status with which the server answers the page's user."""
    token = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "csrftoken")
    return page.request.fetch(urljoin(page.url, path), method=method, headers={"X-CSRFToken": token}, data=body or {}).status


def test_a_superuser_runs_a_lab_on_the_machine_and_nobody_else_does(
    server: Server, box: Box, page: Page, other_context: BrowserContext
) -> None:
    box.do("ip netns add ns2")
    server.manage("from django.contrib.auth.models import User; User.objects.create_superuser('sue')")
    page.goto(server.new_sign_in("sue"))
    page.get_by_role("button", name="New lab").click()
    lab = LabPage(page).opened()
    lab.drag("Namespace", 240, 300)
    lab.drag("Namespace", 700, 300)
    lab.draw_link("ns1", "ns2")
    page.get_by_role("main", name="Canvas").click(position={"x": 450, "y": 550})  # nothing is selected: the lab itself
    lab.tab("Inspector").get_by_label("Where it runs").select_option(label="on the machine itself")

    taken = lab.tab("Plan").get_by_role("listitem").filter(has_text="There is a namespace ns2 on this machine already")
    expect(taken).to_be_visible(timeout=20_000)
    expect(lab.button("Run")).to_be_disabled()
    box.do("ip netns del ns2")
    expect(lab.tab("Plan")).to_contain_text("Add namespace ns1", timeout=20_000)
    assert box.namespaces == []
    box.do("ip netns add ns2")
    lab.button("Run").click()
    expect(taken).to_be_visible()
    assert box.namespaces == ["ns2"]
    box.do("ip netns del ns2")
    lab.rename("On the box")
    expect(lab.button("Run")).to_be_enabled()
    lab.run()
    assert box.namespaces == ["ns1", "ns2"]

    box.do("ip -n ns1 addr add 10.9.9.9/24 dev veth-ns1")
    expect(by_hand(lab)).to_contain_text("Add address 10.9.9.9/24")
    by_hand(lab).get_by_role("button", name="Repair all").click()
    expect(by_hand(lab)).to_have_count(0)
    assert "10.9.9.9" not in box.do("ip -n ns1 addr")
    box.do("ip netns del ns2; ip netns add ns2")
    by_hand(lab).get_by_role("button", name="Repair all").click()
    expect(page.get_by_role("alert").get_by_text("There is a namespace ns2 on this machine already")).to_be_visible()
    expect(taken).to_be_visible()
    expect(lab.button("Discard")).to_have_count(0)
    box.do("ip netns del ns2")
    by_hand(lab).get_by_role("button", name="Repair all").click()
    expect(by_hand(lab)).to_have_count(0)

    lab.tab("Inspector").get_by_label("Where it runs").select_option(label="in a sandbox")
    expect(lab.tab("Plan").get_by_role("listitem").filter(has_text="stop it, then run it there")).to_be_visible()
    expect(page.get_by_text("On the machine itself", exact=True)).to_be_visible()
    lab.button("Undo").click()
    expect(lab.tab("Plan")).to_contain_text("The network is as drawn.")

    anns = other_context.new_page()
    anns.goto(server.new_sign_in("ann"))
    assert ask(page, "PUT", f"/api/labs/{lab.id}/members/ann", {"role": "editor"}) == 200
    anns.goto(page.url)
    theirs = LabPage(anns).opened()
    theirs.expect_running()
    for name in ("Run", "Stop"):
        expect(theirs.button(name)).to_be_disabled()
        expect(theirs.button(name)).to_have_attribute("title", "Only superusers may run, change and stop what is on the machine itself")
    expect(theirs.link("ns1:veth-ns1", "ns2:veth-ns2")).to_have_attribute("data-state", "up")
    expect(anns.locator(".link.pending")).to_have_count(0)
    assert ask(anns, "POST", f"/api/labs/{lab.id}/stop") == 403

    lab.stop()
    assert wait_until(lambda: box.namespaces == [])
