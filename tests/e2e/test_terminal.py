"""Terminals in the page: what a textbook says is typed as it stands, and nothing of it is lost."""

from __future__ import annotations

import os
import signal

from playwright.sync_api import Locator, expect

from tests.e2e.lab_page import LabPage
from tests.serve.test_serve import web, worker
from tests.serving import Server

BY_HAND = (
    "ip netns add ns1",
    "ip netns add ns2",
    "ip link add veth-ns1 type veth peer name veth-ns2",
    "ip link set veth-ns1 netns ns1",
    "ip link set veth-ns2 netns ns2",
    "ip netns exec ns1 ip link set veth-ns1 up",
    "ip netns exec ns2 ip link set veth-ns2 up",
    "ip netns exec ns1 ip addr add 192.168.1.1/24 dev veth-ns1",
    "ip netns exec ns2 ip addr add 192.168.1.2/24 dev veth-ns2",
)


class Terminal:
    """One that is shown, by its node."""

    def __init__(self, lab: LabPage, node: str) -> None:
        self._keyboard = lab.page.keyboard
        self.place = lab.page.get_by_role("region", name=f"Terminal of {node}", exact=True)
        self.rows: Locator = self.place.locator(".xterm-rows")
        self.shows(f"root@{node}:")

    def shows(self, text: str) -> None:
        expect(self.rows).to_contain_text(text, timeout=20_000)

    def focus(self) -> None:
        self.place.get_by_role("textbox", name="Terminal input").focus()

    def run(self, *lines: str) -> None:
        for line in lines:
            self._keyboard.type(f"{line}\n")


def test_an_experiment_is_typed_as_it_stands_and_comes_back_after_a_reload(new_lab: LabPage) -> None:
    lab = new_lab
    lab.drag("Host", 300, 160)
    expect(lab.node("host1")).to_be_visible()
    lab.run()
    lab.node("host1").click(button="right")
    lab.page.get_by_role("menuitem", name="Terminal").click()
    host = Terminal(lab, "host1")
    host.run(*BY_HAND, "ip netns exec ns1 ping -c 1 192.168.1.2")
    host.shows("1 packets transmitted, 1 received, 0% packet loss")

    lab.page.reload()
    lab.opened()
    host = Terminal(lab, "host1")
    host.shows("1 packets transmitted, 1 received, 0% packet loss")
    host.focus()
    host.run("echo c''ontent is back")
    host.shows("content is back")
    lab.stop()
    expect(host.place).to_be_hidden()
    expect(lab.page.get_by_role("region", name="Terminals", exact=True)).to_be_hidden()


def test_terminals_stand_side_by_side_and_are_closed(new_lab: LabPage) -> None:
    """Where one ends, what is typed on goes to the other; where that ends too, to nobody."""
    lab = new_lab
    lab.drag("Namespace", 240, 200)
    lab.drag("Namespace", 700, 200)
    lab.draw_link("ns1", "ns2")
    lab.run()
    lab.node("ns1").click()
    lab.page.keyboard.press("s")
    left = Terminal(lab, "ns1")
    lab.button("Side by side").click()
    lab.page.get_by_role("menuitem", name="ns2").click()
    right = Terminal(lab, "ns2")
    right.run("ping -c1 192.168.1.1 && echo p''ong")
    right.shows("pong")
    right.run("exit")
    expect(right.place).to_be_hidden()
    left.run("echo typed o''n")
    left.shows("typed on")
    left.run("exit")
    expect(left.place).to_be_hidden()
    left.run("nl")
    lab.page.keyboard.press("Delete")
    expect(lab.page.locator("[data-node]")).to_have_count(2)
    ended = lab.page.get_by_role("textbox", name="Terminals")
    expect(ended).to_be_focused()
    lab.page.keyboard.press("Escape")
    expect(ended).to_be_hidden()
    lab.page.keyboard.press("n")
    expect(lab.page.locator("[data-node]")).to_have_count(3)


def test_a_terminal_is_closed_by_its_button(new_lab: LabPage) -> None:
    lab = new_lab
    lab.drag("Namespace", 240, 200)
    lab.run()
    lab.page.keyboard.press("s")
    shell = Terminal(lab, "ns1")
    lab.button("Close the terminal of ns1").click()
    expect(shell.place).to_be_hidden()
    expect(lab.page.get_by_role("region", name="Terminals", exact=True)).to_be_hidden()


def test_copy_paste_and_a_flood_that_ctrl_c_ends(new_lab: LabPage) -> None:
    lab = new_lab
    lab.drag("Namespace", 240, 200)
    lab.run()
    lab.page.keyboard.press("s")
    shell = Terminal(lab, "ns1")
    shell.run("clear; echo w''ord")
    expect(shell.rows.locator("> div").first).to_have_text("word")
    shell.rows.locator("> div").first.dblclick(position={"x": 8, "y": 8}, force=True)
    lab.page.keyboard.press("Control+Shift+C")
    assert lab.page.evaluate("navigator.clipboard.readText()") == "word"
    lab.page.evaluate("navigator.clipboard.writeText(\"echo past''ed\")")
    lab.page.keyboard.press("Control+Shift+V")
    shell.shows("echo past''ed")
    shell.run("")
    shell.shows("pasted")
    shell.run("yes flood")
    shell.shows("flood")
    lab.page.keyboard.press("Control+C")
    shell.run("clear; echo o''ver")
    shell.shows("over")
    lab.page.keyboard.press("Control+`")
    expect(shell.place).to_be_hidden()
    lab.page.keyboard.press("Control+`")
    shell.shows("over")
    shell.run("echo b''ack")
    shell.shows("back")


def test_a_program_goes_on_while_worker_and_server_are_killed(server: Server, new_lab: LabPage) -> None:
    """What it writes meanwhile is there when they are back, each line once."""
    lab = new_lab
    lab.drag("Namespace", 240, 200)
    lab.run()
    lab.page.keyboard.press("s")
    shell = Terminal(lab, "ns1")
    shell.run("clear; for i in $(seq 40); do echo line $i; sleep .1; done; echo a''ll")
    shell.shows("line 3")
    for process in (worker, web):
        os.kill(process(server), signal.SIGKILL)
    shell.shows("all")
    lab.page.set_viewport_size({"width": 1440, "height": 1600})
    lab.page.get_by_role("separator", name="Height of the terminals").focus()
    for _ in range(40):
        lab.page.keyboard.press("ArrowUp")
    shell.shows("line 1line 2")
    lines = [text for text in shell.rows.locator("> div").all_inner_texts() if text.startswith("line ")]
    assert [line.strip() for line in lines] == [f"line {number}" for number in range(1, 41)]
