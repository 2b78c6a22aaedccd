"""Pages are told of changes, whoever made the hub start."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.serve.test_live import page_socket
from tests.serve.test_serve import run_pair
from tests.serving import Server, Session, serving

pytestmark = pytest.mark.kernel


def test_a_page_is_told_though_a_request_came_before_any_page(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        session = server.session("olga")
        lab = run_pair(session)
        assert session.post(f"/api/labs/{lab}/ping", json={"from": "ns1", "to": "ns2"}).json()["got"] == "reply"
        assert asyncio.run(states_seen(server, session, lab)) == "stopped"


async def states_seen(server: Server, session: Session, lab: str) -> Any:
    """Stop the lab while a page watches; the last state that it is told."""
    async with page_socket(server, session) as page, asyncio.timeout(15):
        await page.send(json.dumps({"type": "watch", "lab": lab}))
        await page.recv()
        await asyncio.to_thread(session.post, f"/api/labs/{lab}/stop")
        while True:
            message = json.loads(await page.recv())
            run = message.get("run")
            if run and run["state"] == "stopped":
                return run["state"]
