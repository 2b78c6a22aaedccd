"""Labs over the REST API: made, read, saved, deleted; by whom; and when two save at once."""

from __future__ import annotations

import uuid

import pytest
from django.contrib.auth.models import User

from labs.models import Lab, Revision
from labs.web.actions import labs as actions
from labs.web.actions import runs
from tests.web.conftest import ApiClient
from tests.web.documents import pair, with_problem


def test_a_lab_is_made_and_read_back(api: ApiClient) -> None:
    made = api.send("POST", "/api/labs", {"name": "Mine", "document": pair("Not this name")})
    assert made.status_code == 201
    assert made["ETag"] == '"1"'
    assert made.json()["name"] == made.json()["document"]["name"] == "Mine"
    assert made.json()["state"] == "stopped"
    read = api.get(f"/api/labs/{made.json()['id']}")
    assert read.json() == made.json()
    assert all("x" in node and "y" in node for node in read.json()["document"]["nodes"])


def test_a_lab_needs_neither_name_nor_document(api: ApiClient) -> None:
    assert api.send("POST", "/api/labs", {}).json()["document"] == {"topoweb": 1, "name": "Untitled"}


def test_labs_that_nobody_named_are_told_apart(api: ApiClient) -> None:
    def names(**headers: str) -> list[str]:
        return [api.send("POST", "/api/labs", {}, **headers).json()["name"] for _ in range(3)]

    assert names() == ["Untitled", "Untitled 2", "Untitled 3"]
    assert names(**{"Accept-Language": "zh-hans"}) == ["未命名", "未命名 2", "未命名 3"]


def test_the_list_has_enough_for_a_thumbnail(api: ApiClient, lab: Lab) -> None:
    (summary,) = api.get("/api/labs").json()
    assert summary["id"] == str(lab.pk)
    assert summary["nodes"] == 2
    assert [node["name"] for node in summary["picture"]["nodes"]] == ["ns1", "ns2"]
    assert summary["picture"]["links"] == [["ns1", "ns2"]]
    assert "document" not in summary


def test_structural_errors_come_all_at_once_with_their_paths(api: ApiClient) -> None:
    document = {"topoweb": 1, "name": "x", "nodes": [{"name": "a b", "kind": "namespace"}, {"name": "c", "kind": "toaster"}], "extra": 1}
    refused = api.send("POST", "/api/labs", {"document": document})
    assert refused.status_code == 422
    assert refused.json()["error"]["code"] == "document_invalid"
    assert {problem["path"] for problem in refused.json()["problems"]} == {"nodes[0].name", "nodes[1].kind", "extra"}
    assert not Lab.objects.exists()


def test_problems_are_saved_and_come_back(api: ApiClient) -> None:
    saved = api.send("POST", "/api/labs", {"document": with_problem()})
    assert saved.status_code == 201
    assert [problem["path"] for problem in saved.json()["problems"]] == ["nodes[0].routes[0].via"]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_strangers_find_no_lab(strangers_api: ApiClient, lab: Lab, method: str) -> None:
    answer = strangers_api.send(method, f"/api/labs/{lab.pk}", {"document": pair()}, **{"If-Match": '"1"'})
    assert answer.status_code == 404
    assert answer.json() == strangers_api.send(method, f"/api/labs/{uuid.uuid4()}", {"document": pair()}).json()
    assert Lab.objects.filter(pk=lab.pk).exists()


def test_strangers_list_no_lab(strangers_api: ApiClient, lab: Lab) -> None:
    assert strangers_api.get("/api/labs").json() == []


def test_who_is_not_signed_in_is_told_so(lab: Lab) -> None:
    for method, path in [("GET", "/api/labs"), ("POST", "/api/labs"), ("GET", f"/api/labs/{lab.pk}"), ("GET", "/api/me")]:
        answer = ApiClient().send(method, path)
        assert answer.status_code == 401
        assert answer.json()["error"]["code"] == "signed_out"


def test_a_change_without_the_csrf_token_is_refused(api: ApiClient, lab: Lab) -> None:
    del api.csrf
    answer = api.send("DELETE", f"/api/labs/{lab.pk}")
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "csrf"
    assert Lab.objects.filter(pk=lab.pk).exists()


def save(api: ApiClient, lab: Lab, name: str, etag: str | None) -> object:
    headers = {} if etag is None else {"If-Match": etag}
    return api.send("PUT", f"/api/labs/{lab.pk}", {"document": pair(name)}, **headers)


def test_a_save_needs_the_version_that_was_changed(api: ApiClient, lab: Lab) -> None:
    answer = save(api, lab, "New", None)
    assert answer.status_code == 428
    assert answer.json()["error"]["code"] == "version_missing"


def test_of_two_who_save_the_second_is_told(api: ApiClient, lab: Lab) -> None:
    first = save(api, lab, "First", '"1"')
    assert first.status_code == 200
    assert first["ETag"] == '"2"'
    second = save(api, lab, "Second", '"1"')
    assert second.status_code == 412
    assert second.json()["error"]["params"] == {"version": "2", "by": "olga"}
    assert api.get(f"/api/labs/{lab.pk}").json()["name"] == "First"


def test_a_save_that_is_repeated_since_its_answer_was_lost_is_no_conflict(api: ApiClient, lab: Lab) -> None:
    assert [save(api, lab, "New", '"1"')["ETag"] for _ in range(2)] == ['"2"', '"2"']


def test_a_star_matches_any_version(api: ApiClient, lab: Lab) -> None:
    assert save(api, lab, "New", "*").status_code == 200


@pytest.mark.parametrize("etag", ['"0"', "nonsense", '"99999999999999999999"', '"-1"', "W/"])
def test_an_etag_that_is_no_version_matches_none(api: ApiClient, lab: Lab, etag: str) -> None:
    assert save(api, lab, "New", etag).status_code == 412


def test_saving_the_same_document_changes_nothing(api: ApiClient, lab: Lab) -> None:
    assert save(api, lab, "A cable", '"1"')["ETag"] == '"1"'


def test_autosave_amends_the_newest_revision_of_its_author(api: ApiClient, lab: Lab) -> None:
    for version in range(1, 4):
        save(api, lab, f"Version {version}", f'"{version}"')
    revision = Revision.objects.get(lab=lab)
    assert (revision.number, revision.document["name"]) == (4, "Version 3")


def test_what_a_run_has_pinned_is_not_amended(api: ApiClient, owner: User, lab: Lab) -> None:
    runs.run_lab(owner, lab.pk)
    save(api, lab, "After the run", '"1"')
    assert list(Revision.objects.filter(lab=lab).values_list("number", flat=True)) == [2, 1]
    lab.run.refresh_from_db()
    assert lab.run.revision is not None
    assert lab.run.revision.document["name"] == "A cable"


def test_another_author_starts_a_revision(api: ApiClient, owner: User, stranger: User, lab: Lab) -> None:
    Revision.objects.filter(lab=lab).update(by=stranger)
    save(api, lab, "Mine now", '"1"')
    assert Revision.objects.filter(lab=lab).count() == 2


def test_a_refused_save_leaves_the_lab_as_it_was(api: ApiClient, lab: Lab) -> None:
    answer = api.send("PUT", f"/api/labs/{lab.pk}", {"document": pair() | {"nodes": "none"}}, **{"If-Match": '"1"'})
    assert answer.status_code == 422
    assert api.get(f"/api/labs/{lab.pk}")["ETag"] == '"1"'


def test_a_deleted_lab_is_gone_with_its_revisions(api: ApiClient, owner: User, lab: Lab) -> None:
    runs.run_lab(owner, lab.pk)
    assert api.send("DELETE", f"/api/labs/{lab.pk}").status_code == 204
    assert api.get(f"/api/labs/{lab.pk}").status_code == 404
    assert not Revision.objects.exists()


def test_a_duplicate_is_a_lab_of_its_own(api: ApiClient, owner: User, lab: Lab) -> None:
    nodes = api.get(f"/api/labs/{lab.pk}").json()["document"]["nodes"]
    copy = api.send("POST", f"/api/labs/{lab.pk}/duplicate")
    assert copy.status_code == 201
    assert copy.json()["name"] == "A cable (copy)"
    assert copy.json()["id"] != str(lab.pk)
    actions.delete_lab(owner, lab.pk)
    assert copy.json()["document"]["nodes"] == nodes
    assert api.get(f"/api/labs/{copy.json()['id']}").json()["document"] == copy.json()["document"]


def test_strangers_cannot_duplicate(strangers_api: ApiClient, lab: Lab) -> None:
    assert strangers_api.send("POST", f"/api/labs/{lab.pk}/duplicate").status_code == 404


def test_the_head_downloads_as_yaml(api: ApiClient, lab: Lab) -> None:
    answer = api.get(f"/api/labs/{lab.pk}/document.yaml")
    assert answer["Content-Disposition"] == 'attachment; filename="A-cable.yaml"'
    parsed = api.send("POST", "/api/document/parse", {"text": answer.content.decode()})
    assert parsed.json()["document"] == api.get(f"/api/labs/{lab.pk}").json()["document"]


def test_a_user_has_a_limit_of_labs(api: ApiClient, lab: Lab, settings: object) -> None:
    from dataclasses import replace

    settings.LIMITS = replace(settings.LIMITS, labs_per_user=1)
    for path in ("/api/labs", f"/api/labs/{lab.pk}/duplicate"):
        answer = api.send("POST", path, {} if path == "/api/labs" else None)
        assert answer.status_code == 403
        assert answer.json()["error"] | {"message": ""} == {"code": "too_many_labs", "message": "", "params": {"limit": "1"}}
