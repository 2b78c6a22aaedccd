"""Too much, sent to the real Daphne: refused while it arrives, and the server goes on."""

from __future__ import annotations

import http.client
import json
import resource
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.serve.test_serve import state_of, until, web
from tests.serving import Server, Session
from tests.worker.documents import star
from topoweb.limits import Limits

pytestmark = pytest.mark.kernel
MIB = 1024 * 1024


@pytest.fixture
def session(server: Server) -> Session:
    return server.session("olga")


def open_page(server: Server, session: Session, **headers: str) -> ClientConnection:
    address = server.url.replace("http", "ws", 1) + "/ws/page"
    return connect(address, additional_headers={"Cookie": session.cookie_header()} | headers, max_size=None)


def memory(pid: int) -> int:
    """Bytes that a process has in memory."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()


def test_a_page_is_shown_its_lab(server: Server, session: Session) -> None:
    lab = session.post("/api/labs", json={}).json()["id"]
    with open_page(server, session, Origin=server.url) as page:
        page.send(json.dumps({"type": "watch", "lab": lab}))
        assert json.loads(page.recv(10))["type"] == "full"


def test_a_page_is_shown_more_than_it_may_send(server: Server, session: Session) -> None:
    """The plan of a large lab is one message."""
    lab = session.post("/api/labs", json={"document": star(60)}).json()["id"]
    session.post(f"/api/labs/{lab}/run").raise_for_status()
    until(lambda: state_of(session, lab) == "running")
    with open_page(server, session, Origin=server.url) as page:
        page.send(json.dumps({"type": "watch", "lab": lab}))
        shown = str(page.recv(10))
    assert len(shown) > Limits().message_bytes
    assert len(json.loads(shown)["run"]["plan"]) > 300
    session.post(f"/api/labs/{lab}/stop").raise_for_status()


def test_a_page_that_acknowledges_what_it_does_not_read_is_cut_off(server: Server, session: Session) -> None:
    lab = session.post("/api/labs", json={"document": star(60)}).json()["id"]
    session.post(f"/api/labs/{lab}/run").raise_for_status()
    until(lambda: state_of(session, lab) == "running")
    before = memory(web(server))
    with open_page(server, session, Origin=server.url) as page, pytest.raises(ConnectionClosed):
        ask_for_all_again_and_again(page, lab)
    assert memory(web(server)) - before < 40 * MIB
    session.post(f"/api/labs/{lab}/stop").raise_for_status()


def ask_for_all_again_and_again(page: ClientConnection, lab: str) -> None:
    for number in range(1, 1000):
        page.send(json.dumps({"type": "watch", "lab": lab}))
        page.send(json.dumps({"type": "ack", "lab": lab, "seq": number}))
        time.sleep(0.005)  # the server is to see it


def test_a_message_over_the_limit_closes_the_connection(server: Server, session: Session) -> None:
    with open_page(server, session) as page:
        page.send("x" * (Limits().message_bytes + 1))
        with pytest.raises(ConnectionClosed) as closed:
            page.recv(10)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009


def test_a_worker_may_send_more_than_a_page(server: Server) -> None:
    token = (server.state / "worker-token").read_text()
    address = server.url.replace("http", "ws", 1) + "/ws/worker"
    with connect(address, additional_headers={"Authorization": f"Bearer {token}"}, max_size=None) as worker:
        worker.send("1 " + json.dumps({"type": "reply", "id": "x" * MIB}))
        with pytest.raises(TimeoutError):
            worker.recv(0.5)


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}])
def test_a_worker_without_the_token_is_refused(server: Server, headers: dict[str, str]) -> None:
    with pytest.raises(InvalidStatus) as refused, connect(server.url.replace("http", "ws", 1) + "/ws/worker", additional_headers=headers):
        pass
    assert refused.value.response.status_code == 403


def test_a_page_of_another_origin_is_refused(server: Server, session: Session) -> None:
    with pytest.raises(InvalidStatus) as refused, open_page(server, session, Origin="http://evil.example"):
        pass
    assert refused.value.response.status_code == 403


def test_twenty_megabytes_are_refused_and_not_kept(server: Server, session: Session) -> None:
    before = memory(web(server))
    for _ in range(3):
        answer = session.post("/api/document/parse", json={"text": "x" * 20 * MIB})
        assert answer.status_code == 413
        assert answer.json()["error"]["params"]["limit"] == str(Limits().body_bytes)
    assert memory(web(server)) - before < 40 * MIB


def test_a_body_in_chunks_is_refused(server: Server, session: Session) -> None:
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=10)
    headers = {"Cookie": session.cookie_header(), "X-CSRFToken": session.cookies["csrftoken"], "Content-Type": "application/json"}
    connection.request("POST", "/api/labs", body=iter([b"{}"] * 3), headers=headers, encode_chunked=True)
    assert connection.getresponse().status == 411
    connection.close()
