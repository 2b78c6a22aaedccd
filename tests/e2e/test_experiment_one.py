"""Experiment 1, from the mouse to the kernel and back."""

from __future__ import annotations

import subprocess
from pathlib import Path

from playwright.sync_api import expect

from tests.e2e.lab_page import LabPage

CABLE = ("ns1:veth-ns1", "ns2:veth-ns2")


def test_two_namespaces_drawn_with_the_mouse_answer_each_other(new_lab: LabPage, tmp_path: Path) -> None:
    lab = new_lab
    lab.drag("Namespace", 240, 300)
    lab.drag("Namespace", 700, 300)
    expect(lab.node("ns1")).to_be_visible()
    expect(lab.node("ns2")).to_be_visible()
    lab.draw_link("ns1", "ns2")
    expect(lab.link(*CABLE)).to_have_attribute("data-state", "idle")

    lab.run()
    expect(lab.link(*CABLE)).to_have_attribute("data-state", "up")
    ping(lab, "ns1", "ns2")
    expect(lab.page.get_by_text("64 bytes from 192.168.1.2")).to_be_visible()
    ping(lab, "ns2", "ns1")
    expect(lab.page.get_by_text("64 bytes from 192.168.1.1")).to_be_visible()

    script = download_script(lab, tmp_path)
    set_link_down(lab)
    ping(lab, "ns1", "ns2")
    expect(lab.page.get_by_text("Network is unreachable")).to_be_visible()
    lab.stop()

    assert run_elsewhere(script, "ip netns exec ns1 ping -c 1 192.168.1.2").returncode == 0


def ping(lab: LabPage, source: str, target: str) -> None:
    lab.button("Ping").click()
    lab.node(source).click()
    lab.node(target).click()


def set_link_down(lab: LabPage) -> None:
    """In the inspector, then Apply: the same diff, from what is observed."""
    lab.link(*CABLE).locator("path").first.click(force=True)
    inspector = lab.tab("Inspector")
    inspector.get_by_label("Up", exact=True).uncheck()
    lab.button("Apply").click()
    expect(lab.link(*CABLE)).to_have_attribute("data-state", "down")
    lab.expect_running()


def download_script(lab: LabPage, directory: Path) -> Path:
    panel = lab.tab("Script")
    expect(panel.get_by_text("ip netns add ns1")).to_be_visible()
    with lab.page.expect_download() as started:
        panel.get_by_role("button", name="Download").click()
    path = directory / "lab.sh"
    started.value.save_as(path)
    return path


def run_elsewhere(script: Path, command: str) -> subprocess.CompletedProcess[str]:
    """On a machine of its own: nothing of this one is in it but its programs."""
    line = f"mount -t tmpfs none /run && bash {script} && {command}"
    return subprocess.run(["unshare", "-Urnm", "bash", "-c", line], capture_output=True, text=True, timeout=30, check=False)
