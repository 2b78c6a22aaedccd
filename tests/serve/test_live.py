"""From the kernel to a page's WebSocket through the real server; and a worker that is killed on its way."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin

from labs.kernel.lab import Lab
from labs.network.state import Netns
from tests.serve.test_serve import run_pair, state_of, until, worker
from tests.serving import Server, Session
from tests.worker.documents import star

pytestmark = pytest.mark.kernel
LINK = "ns1:veth-ns1--ns2:veth-ns2"
SECONDS = 15.0


def page_socket(server: Server, session: Session) -> connect:
    headers = {"Cookie": session.cookie_header()}
    return connect(server.url.replace("http", "ws") + "/ws/page", additional_headers=headers, origin=Origin(server.url))


async def link_state(page: ClientConnection, wanted: str) -> float:
    """Wait until the page is told that the link is in this state; returns when (time.time)."""
    async with asyncio.timeout(SECONDS):
        while True:
            message: dict[str, Any] = json.loads(await page.recv())
            link = ((message.get("status") or {}).get("links") or {}).get(LINK)
            if message["type"] in ("full", "delta"):
                await page.send(json.dumps({"type": "ack", "lab": message["lab"], "seq": message["seq"]}))
            if link and link["state"] == wanted:
                return time.time()


def test_a_link_set_down_inside_the_lab_is_told_to_the_page(server: Server) -> None:
    session = server.session("olga")
    lab = run_pair(session)

    async def watch_it_go_down() -> None:
        async with page_socket(server, session) as page:
            await page.send(json.dumps({"type": "watch", "lab": lab}))
            await link_state(page, "up")
            inside = await Lab.visit(server.state / "labs" / f"{lab}.sock")
            await inside.run(Netns("", "ns2"), ["sh", "-c", "sleep 0.2; ip link set veth-ns2 down"])
            await link_state(page, "down")
            inside.leave()

    asyncio.run(watch_it_go_down())
    session.delete(f"/api/labs/{lab}").raise_for_status()


def test_a_worker_killed_in_the_middle_of_an_apply_ends_with_the_lab_as_wanted(server: Server) -> None:
    session = server.session("olga")
    lab = run_pair(session)
    version = session.get(f"/api/labs/{lab}").headers["ETag"]
    session.put(f"/api/labs/{lab}", json={"document": star(300)}, headers={"If-Match": version}).raise_for_status()
    first = worker(server)
    session.post(f"/api/labs/{lab}/apply").raise_for_status()
    until(lambda: session.get(f"/api/labs/{lab}").json()["run"]["done"] > 0)
    os.kill(first, signal.SIGKILL)
    worker(server, but=first)
    until(lambda: state_of(session, lab) == "running")
    # The worker may still be on its way back: then the answer is that it is away.
    until(lambda: session.post(f"/api/labs/{lab}/ping", json={"from": "n0", "to": "n299"}).json().get("got") == "reply")
    session.delete(f"/api/labs/{lab}").raise_for_status()
