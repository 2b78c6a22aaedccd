"""A lab of one's own from a lesson, and its steps."""

from __future__ import annotations

from labs.gallery.lessons import lessons
from labs.models import Lab
from tests.web.conftest import ApiClient


def test_every_lesson_has_its_words_in_both_languages_and_a_picture(api: ApiClient) -> None:
    found = api.get("/api/lessons").json()
    assert [lesson["slug"] for lesson in found] == ["1-veth-pair", "2-bridge", "3-router", "4-gateway", "5-two-hosts"]
    for lesson in found:
        assert lesson["picture"]["nodes"]
        assert all(words["en"] and words["zh"] for step in lesson["steps"] for words in (step["title"], step["text"]))


def test_a_lesson_becomes_a_lab_and_goes_forth_and_back(api: ApiClient) -> None:
    lesson = lessons()[0]
    made = api.send("POST", f"/api/lessons/{lesson.slug}/labs")
    assert made.status_code == 201
    lab = made.json()
    assert (lab["lesson"], lab["step"], lab["problems"]) == (lesson.slug, 0, [])
    for step in (1, 2, 1, 0):
        answer = api.send("POST", f"/api/labs/{lab['id']}/step", {"step": step}).json()
        assert (answer["step"], answer["problems"]) == (step, [])
        assert answer["document"]["name"] == lab["name"] == lesson.title.en
    assert answer["document"] == lab["document"]


def test_a_lesson_begun_again_is_told_apart_and_one_in_chinese_is_called_so(api: ApiClient) -> None:
    def names(**headers: str) -> list[str]:
        return [api.send("POST", "/api/lessons/1-veth-pair/labs", **headers).json()["name"] for _ in range(2)]

    title = lessons()[0].title
    assert names() == [title.en, f"{title.en} 2"]
    assert names(**{"Accept-Language": "zh-hans"}) == [title.zh, f"{title.zh} 2"]
    assert {lab.head.document["description"] for lab in Lab.objects.filter(name=title.zh) if lab.head} == {lessons()[0].summary.zh}


def test_a_step_can_ask_that_nobody_saved_meanwhile(api: ApiClient) -> None:
    lab = api.send("POST", "/api/lessons/1-veth-pair/labs").json()
    assert api.send("POST", f"/api/labs/{lab['id']}/step", {"step": 1}, **{"If-Match": '"7"'}).status_code == 412


def test_there_is_no_such_step_or_lesson(api: ApiClient, lab: Lab) -> None:
    made = api.send("POST", "/api/lessons/1-veth-pair/labs").json()
    assert api.send("POST", f"/api/labs/{made['id']}/step", {"step": 99}).json()["error"]["code"] == "no_such_step"
    assert api.send("POST", "/api/lessons/no-such/labs").status_code == 404
    assert api.send("POST", f"/api/labs/{lab.pk}/step", {"step": 0}).status_code == 404


def test_strangers_cannot_change_the_step(api: ApiClient, strangers_api: ApiClient) -> None:
    made = api.send("POST", "/api/lessons/1-veth-pair/labs").json()
    assert strangers_api.send("POST", f"/api/labs/{made['id']}/step", {"step": 1}).status_code == 404
