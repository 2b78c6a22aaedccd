"""A document checked, connected and read, without being anybody's lab."""

from __future__ import annotations

from typing import Any

import pytest

from labs.models import Lab
from tests.web.conftest import ApiClient
from tests.web.documents import namespace, pair, with_problem


def post(api: ApiClient, action: str, body: Any) -> Any:
    return api.send("POST", f"/api/document/{action}", body)


def test_a_check_completes_and_plans(api: ApiClient) -> None:
    drawn = pair()
    drawn["links"] = [{"ends": ["ns1", "ns2"]}]
    checked = post(api, "check", {"document": drawn}).json()
    assert checked["problems"] == []
    assert checked["document"]["links"] == [{"ends": ["ns1:veth-ns1", "ns2:veth-ns2"]}]
    assert checked["plan"][0]["op"]
    assert len({(node["x"], node["y"]) for node in checked["document"]["nodes"]}) == 2
    assert not Lab.objects.exists()


def test_a_document_with_problems_has_no_plan(api: ApiClient) -> None:
    checked = post(api, "check", {"document": with_problem()}).json()
    assert checked["plan"] is None
    assert [problem["path"] for problem in checked["problems"]] == ["nodes[0].routes[0].via"]


def test_two_nodes_are_connected_with_names_and_addresses(api: ApiClient) -> None:
    document = {"topoweb": 1, "name": "x", "nodes": [{"name": name, "kind": "namespace"} for name in ("ns1", "ns2")]}
    answer = post(api, "connect", {"document": document, "a": "ns1", "b": "ns2"}).json()["document"]
    assert answer["links"] == [{"ends": ["ns1:veth-ns1", "ns2:veth-ns2"]}]
    assert all(node["interfaces"][0]["addresses"] for node in answer["nodes"])


def test_what_cannot_be_connected_says_why(api: ApiClient) -> None:
    answer = post(api, "connect", {"document": pair(), "a": "ns1", "b": "nowhere"})
    assert answer.status_code == 422
    assert answer.json()["problems"][0]["path"].startswith("links[1]")


def test_yaml_is_read_and_what_has_no_place_gets_one(api: ApiClient) -> None:
    text = "topoweb: 1\nname: From text\nnodes:\n  - {name: ns1, kind: namespace}\n  - {name: ns2, kind: namespace, x: 8, y: 16}\n"
    ns1, ns2 = post(api, "parse", {"text": text}).json()["document"]["nodes"]
    assert ns1.pop("y") > ns2["y"]
    assert ns1.pop("x") is not None
    assert ns1 == {"name": "ns1", "kind": "namespace"}
    assert ns2 == {"name": "ns2", "kind": "namespace", "x": 8, "y": 16}


def test_text_that_is_not_yaml_says_where(api: ApiClient) -> None:
    answer = post(api, "parse", {"text": "topoweb: 1\nname: [\n"})
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "text_invalid_at"
    assert int(answer.json()["problems"][0]["params"]["line"]) >= 2


def test_yaml_with_structural_errors_has_their_paths(api: ApiClient) -> None:
    answer = post(api, "parse", {"text": "topoweb: 1\nname: x\nnodes: [{name: a b, kind: namespace}]\n"})
    assert answer.status_code == 422
    assert answer.json()["problems"][0]["path"] == "nodes[0].name"


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [x]\nb: *a\n",
        "&a [&b [*a, *a], *b]",
        "!!python/object/apply:os.system [id]",
        "[" * 10_000,
        "{a: " * 10_000,
        "topoweb: 1\0",
        "- " * 50_000,
    ],
)
def test_yaml_bombs_are_refused(api: ApiClient, text: str) -> None:
    assert post(api, "parse", {"text": text}).status_code == 422


@pytest.mark.parametrize("action", ["check", "connect", "parse"])
def test_who_is_not_signed_in_cannot(db: None, action: str) -> None:
    assert post(ApiClient(), action, {"document": pair()}).status_code == 401


def test_a_document_over_the_limits_names_them(api: ApiClient) -> None:
    nodes = [namespace(f"ns{n}") for n in range(2_001)]
    answer = post(api, "check", {"document": {"topoweb": 1, "name": "x", "nodes": nodes}})
    assert answer.status_code == 422
    assert "2000" in answer.json()["problems"][0]["message"].replace(",", "")
