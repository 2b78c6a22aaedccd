"""Requests that no page sends: each has a clear answer in the API's one form, and changes nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from labs.models import Lab
from tests.web.conftest import ApiClient

SIZE_LIMIT = 4 * 1024 * 1024


def assert_refused(answer: Any, status: int, code: str) -> None:
    assert answer.status_code == status
    assert answer.json()["error"]["code"] == code
    assert answer.json()["error"]["message"]
    assert "Traceback" not in answer.content.decode()
    assert not Lab.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"\0",
        b"nonsense",
        b'{"a": 1,}',
        b"NaN",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"name": "\\ud800"}',
        b"1" * 100_000,
    ],
)
def test_a_body_that_is_not_json(api: ApiClient, body: bytes) -> None:
    answer = api.send("POST", "/api/labs", body)
    assert answer.status_code in (400, 422)
    assert_refused(answer, answer.status_code, answer.json()["error"]["code"])


def test_a_body_that_breaks_off_is_said_with_the_line(api: ApiClient) -> None:
    answer = api.send("POST", "/api/labs", b'{"name": "x",\n "document": }')
    assert_refused(answer, 400, "not_json")
    assert "line 2 column 14" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "body", [[], None, 1, "x", {"document": []}, {"document": 1}, {"name": 1}, {"name": ""}, {"name": "x" * 201}, {"nam": "x"}]
)
def test_json_of_another_form(api: ApiClient, body: object) -> None:
    answer = api.send("POST", "/api/labs", json.dumps(body).encode())
    assert answer.status_code == 422
    assert not Lab.objects.exists()


def test_twenty_megabytes(api: ApiClient) -> None:
    body = json.dumps({"document": {"topoweb": 1, "name": "x", "description": "x" * 20_000_000}}).encode()
    assert_refused(api.send("POST", "/api/labs", body), 413, "body_too_large")
    assert_refused(api.send("POST", "/api/document/parse", json.dumps({"text": "x" * 20_000_000}).encode()), 413, "body_too_large")


def test_a_body_that_does_not_say_how_large_it_is(api: ApiClient) -> None:
    assert_refused(api.send("POST", "/api/labs", {}, **{"Transfer-Encoding": "chunked"}), 411, "length_required")


def test_a_length_that_is_not_a_number(api: ApiClient) -> None:
    assert_refused(api.send("POST", "/api/labs", {}, **{"Content-Length": "-5"}), 400, "bad_length")


@pytest.mark.parametrize("path", ["/api/labs/nonsense", "/api/labs/1", "/api/nothing", "/api/labs/../me", "/api/labs/%00"])
def test_there_is_nothing_there(api: ApiClient, path: str) -> None:
    assert_refused(api.get(path), 404, "not_found")


def test_a_method_that_a_route_has_not(api: ApiClient) -> None:
    assert api.send("PATCH", "/api/labs").status_code == 405


@pytest.mark.parametrize(
    "name",
    ["a b", "a'b", 'a"b', "$(reboot)", "`id`", "a\nb", "..", ".", "a/b", "-rf", "x" * 64, "🙂", "名字", "a\0b", "a;b", ""],
)
@pytest.mark.parametrize("kind", ["namespace", "bridge", "host"])
def test_names_that_neither_kernel_nor_shell_may_see(api: ApiClient, name: str, kind: str) -> None:
    document = {"topoweb": 1, "name": "x", "nodes": [{"name": name, "kind": kind}]}
    answer = api.send("POST", "/api/labs", {"document": document})
    assert_refused(answer, 422, "document_invalid")
    assert answer.json()["problems"][0]["path"] == "nodes[0].name"


def test_html_in_names_and_notes_stays_text(api: ApiClient) -> None:
    html = "<script>alert(1)</script>"
    document = {
        "topoweb": 1,
        "name": html,
        "nodes": [{"name": "ns1", "kind": "namespace", "label": html, "note": html}],
        "notes": [{"text": html}],
    }
    made = api.send("POST", "/api/labs", {"document": document})
    assert made.status_code == 201
    assert made["Content-Type"].startswith("application/json")
    assert made["X-Content-Type-Options"] == "nosniff"
    script = api.get(f"/api/labs/{made.json()['id']}/script")
    assert script["Content-Type"].startswith("text/plain")
    assert all(line.startswith("#") for line in script.content.decode().splitlines() if html in line)


def test_every_page_has_the_security_headers(api: ApiClient) -> None:
    for path in ("/accounts/login/", "/api/me", "/nothing"):
        headers = api.get(path).headers
        assert "script-src 'self'" in headers["Content-Security-Policy"]
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_a_host_header_that_is_not_ours(db: None) -> None:
    assert ApiClient().get("/accounts/login/", headers={"host": "evil.example"}).status_code == 400
