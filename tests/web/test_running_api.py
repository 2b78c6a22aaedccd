"""Run, apply and stop as wishes that are written down; plan and script of a lab that does not run."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from labs.messages.status import Features, RunError, RunStatus
from labs.models import Lab, Revision, Run, Worker
from labs.web.actions import runs, workers
from labs.web.actions.labs import create_lab
from labs.web.api import schemas
from tests.web.conftest import ApiClient
from tests.web.documents import pair, two_hosts, with_problem


@pytest.fixture
def worker(db: None) -> Worker:
    """A worker that is connected."""
    worker = workers.register_worker("w1", "token-1")
    workers.worker_connected(worker, "machine", Features())
    worker.refresh_from_db()
    return worker


def post(api: ApiClient, lab: Lab, action: str, body: Any = None) -> Any:
    return api.send("POST", f"/api/labs/{lab.pk}/{action}", body)


def stored(lab: Lab) -> Run:
    return Run.objects.get(lab=lab)


def pinned(lab: Lab) -> Revision:
    revision = stored(lab).revision
    assert revision is not None
    return revision


def test_a_run_pins_the_head_and_waits_for_a_worker(api: ApiClient, lab: Lab) -> None:
    answer = post(api, lab, "run")
    assert answer.status_code == 200
    assert answer.json()["state"] == "waiting"
    assert answer.json()["run"]["version"] == 1
    assert schemas.Lab.model_validate(answer.json()).applied == answer.json()["document"]
    assert stored(lab).worker is None


def test_a_run_says_who_has_it_only_while_he_is_connected(api: ApiClient, lab: Lab, worker: Worker) -> None:
    assert post(api, lab, "run").json()["run"]["worker"] == "w1"
    workers.worker_gone(worker)
    assert api.get(f"/api/labs/{lab.pk}").json()["run"]["worker"] is None


def test_the_first_worker_that_comes_takes_what_waits(api: ApiClient, lab: Lab, worker: Worker) -> None:
    Worker.objects.update(last_seen=None)
    post(api, lab, "run")
    workers.worker_connected(worker, "machine", Features())
    assert stored(lab).worker == worker
    (desired,) = workers.desired_labs(worker, [str(lab.pk)])
    assert (desired.lab, desired.generation, desired.running, desired.failed) == (str(lab.pk), 1, True, False)
    assert lab.head is not None
    assert desired.document == lab.head.document


def test_labs_go_to_the_worker_with_the_fewest(api: ApiClient, owner: User, worker: Worker) -> None:
    other = workers.register_worker("w2", "token-2")
    workers.worker_connected(other, "machine2", Features())
    labs = [create_lab(owner, pair(f"lab {n}")) for n in range(4)]
    for lab in labs:
        runs.run_lab(owner, lab.pk)
    assert sorted(Run.objects.values_list("worker__name", flat=True)) == ["w1", "w1", "w2", "w2"]


@pytest.mark.parametrize("action", ["run", "apply"])
def test_what_has_problems_does_not_run(api: ApiClient, owner: User, worker: Worker, action: str) -> None:
    lab = create_lab(owner, with_problem())
    Run.objects.filter(lab=lab).update(wanted=action == "apply")
    answer = post(api, lab, action)
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "has_problems"
    assert [problem["path"] for problem in answer.json()["problems"]] == ["nodes[0].routes[0].via"]
    assert stored(lab).generation == 0


def test_what_is_not_available_yet_is_saved_and_not_run(api: ApiClient, worker: Worker) -> None:
    made = api.send("POST", "/api/labs", {"document": {"topoweb": 1, "name": "x", "nodes": [{"name": "out", "kind": "internet"}]}})
    assert made.status_code == 201
    answer = api.send("POST", f"/api/labs/{made.json()['id']}/run")
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "not_available"
    assert [problem["path"] for problem in answer.json()["problems"]] == ["nodes[0]"]


CLOSED = Features(missing={"machine": "start it with --allow-machine"})
OPEN = Features(available=("sandbox", "machine"))


@pytest.fixture
def machine_lab(owner: User) -> Lab:
    """One for the machine itself, of a superuser."""
    owner.is_superuser = True
    owner.save()
    return create_lab(owner, pair() | {"target": "machine"})


def connect(name: str, features: Features) -> Worker:
    worker = workers.register_worker(name, f"token of {name}")
    workers.worker_connected(worker, f"machine of {name}", features)
    return worker


@pytest.mark.parametrize("ask", [("POST", "run"), ("GET", "plan")])
def test_a_lab_is_on_no_machine_that_its_worker_keeps_off(api: ApiClient, machine_lab: Lab, ask: tuple[str, str]) -> None:
    method, what = ask
    path = f"/api/labs/{machine_lab.pk}/{what}"
    assert api.send(method, path).json()["error"]["code"] == "machine_no_worker"
    connect("w1", CLOSED)
    answer = api.send(method, path)
    assert answer.status_code == 409
    assert answer.json()["error"] == {
        "code": "machine_closed",
        "message": "Worker w1 keeps off the machine that it is on: start it with --allow-machine.",
        "params": {"worker": "w1"},
    }
    assert [problem["path"] for problem in answer.json()["problems"]] == ["target"]
    assert stored(machine_lab).generation == 0


def test_a_lab_goes_to_a_worker_that_may_touch_its_machine(api: ApiClient, machine_lab: Lab) -> None:
    connect("w1", CLOSED)
    allowed = connect("w2", OPEN)
    assert post(api, machine_lab, "run").status_code == 200
    assert stored(machine_lab).worker == allowed


def test_a_lab_for_the_machine_waits_for_a_worker_that_may_touch_it(api: ApiClient, machine_lab: Lab) -> None:
    connect("w1", OPEN)
    post(api, machine_lab, "run")
    Worker.objects.all().delete()
    keeps_off = connect("w2", CLOSED)
    workers.worker_seen(keeps_off)
    assert stored(machine_lab).worker is None
    allowed = connect("w3", OPEN)
    assert stored(machine_lab).worker == allowed


def test_a_lab_on_a_machine_goes_to_no_other_where_its_worker_keeps_off_by_now(api: ApiClient, machine_lab: Lab) -> None:
    """It is still there, and would be on both."""
    there = connect("w1", OPEN)
    post(api, machine_lab, "run")
    report(there, machine_lab, "running", 1)
    connect("w1", CLOSED)
    connect("w2", OPEN)
    answer = post(api, machine_lab, "apply")
    assert (answer.status_code, answer.json()["error"]["params"]) == (409, {"worker": "w1"})
    assert (stored(machine_lab).worker, stored(machine_lab).generation) == (there, 1)


def test_a_lab_is_stopped_before_it_runs_elsewhere(api: ApiClient, owner: User, worker: Worker) -> None:
    owner.is_superuser = True
    owner.save()
    lab = create_lab(owner, pair())
    workers.worker_connected(worker, "machine", Features(available=("sandbox", "machine")))
    post(api, lab, "run")
    report(worker, lab, "running", 1)
    api.send("PUT", f"/api/labs/{lab.pk}", {"document": pair() | {"target": "machine"}}, **{"If-Match": '"1"'})
    answer = post(api, lab, "apply")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "runs_elsewhere")
    assert stored(lab).generation == 1
    post(api, lab, "stop")
    report(worker, lab, "stopped", 2)
    assert post(api, lab, "run").status_code == 200
    assert pinned(lab).document["target"] == "machine"


def test_whoever_may_not_look_at_a_machine_is_told_what_was_drawn_since(api: ApiClient, owner: User, machine_lab: Lab) -> None:
    worker = connect("w1", OPEN)
    post(api, machine_lab, "run")
    report(worker, machine_lab, "running", 1)
    User.objects.update(is_superuser=False)
    path = f"/api/labs/{machine_lab.pk}"
    assert api.get(f"{path}/plan").json()["plan"] == []
    changed = pair() | {"target": "machine"}
    changed["nodes"] = [*changed["nodes"], {"name": "ns3", "kind": "namespace"}]
    api.send("PUT", path, {"document": changed}, **{"If-Match": '"1"'})
    assert [entry["summary"] for entry in api.get(f"{path}/plan").json()["plan"]] == ["Add namespace ns3"]


@pytest.mark.parametrize("what", ["plan", "script"])
def test_what_cannot_be_made_yet_is_not_left_out_silently(api: ApiClient, what: str) -> None:
    document = {"topoweb": 1, "name": "x", "nodes": [{"name": "out", "kind": "internet"}]}
    made = api.send("POST", "/api/labs", {"document": document})
    answer = api.get(f"/api/labs/{made.json()['id']}/{what}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "not_available")
    checked = api.send("POST", "/api/document/check", {"document": document}).json()
    assert checked["plan"] is None
    assert [(problem["path"], problem["code"]) for problem in checked["problems"]] == [("nodes[0]", "not_available")]


def test_a_document_that_an_older_version_stored_can_be_opened(api: ApiClient, lab: Lab) -> None:
    Revision.objects.filter(lab=lab).update(document={"topoweb": 1, "name": "x", "unknown": 1})
    opened = api.get(f"/api/labs/{lab.pk}")
    assert opened.status_code == 200
    assert [problem["path"] for problem in opened.json()["problems"]] == ["unknown"]
    assert post(api, lab, "run").status_code == 422


def test_running_again_what_runs_changes_nothing(api: ApiClient, lab: Lab, worker: Worker) -> None:
    post(api, lab, "run")
    post(api, lab, "run")
    assert stored(lab).generation == 1


def test_apply_pins_the_newer_head_as_the_next_generation(api: ApiClient, lab: Lab, worker: Worker) -> None:
    post(api, lab, "run")
    api.send("PUT", f"/api/labs/{lab.pk}", {"document": pair("Changed")}, **{"If-Match": '"1"'})
    assert pinned(lab).number == 1
    answer = post(api, lab, "apply")
    assert answer.json()["run"] | {"since": 0} == answer.json()["run"] | {"since": 0, "generation": 2, "version": 2, "state": "waiting"}


def test_what_does_not_run_cannot_be_applied(api: ApiClient, lab: Lab) -> None:
    answer = post(api, lab, "apply")
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "not_running"


def report(worker: Worker, lab: Lab, state: str, generation: int, **more: Any) -> bool:
    return bool(runs.record_reports(worker, {str(lab.pk): RunStatus.model_validate({"state": state, "generation": generation, **more})}))


def test_a_report_of_the_wanted_generation_is_written_down(api: ApiClient, lab: Lab, worker: Worker) -> None:
    post(api, lab, "run")
    assert report(worker, lab, "starting", 1, done=3, total=7)
    assert (stored(lab).state, stored(lab).done, stored(lab).total) == ("starting", 3, 7)


def test_a_late_report_of_an_older_generation_is_dropped(api: ApiClient, lab: Lab, worker: Worker) -> None:
    post(api, lab, "run")
    post(api, lab, "stop")
    assert not report(worker, lab, "running", 1)
    assert stored(lab).state == "stopping"


def test_a_worker_cannot_report_the_lab_of_another(api: ApiClient, lab: Lab, worker: Worker) -> None:
    post(api, lab, "run")
    other = workers.register_worker("w2", "token-2")
    assert not report(other, lab, "failed", 1)
    assert not report(other, lab, "failed", 0)
    assert not runs.record_reports(other, {"no lab": RunStatus(state="failed")})
    assert stored(lab).state == "waiting"


def test_a_failed_generation_is_final_until_the_next(api: ApiClient, lab: Lab, worker: Worker) -> None:
    post(api, lab, "run")
    report(worker, lab, "failed", 1, error=RunError(message="It would not", code="kernel").model_dump())
    (desired,) = workers.desired_labs(worker, [str(lab.pk)])
    assert desired.failed
    assert api.get(f"/api/labs/{lab.pk}").json()["run"]["error"]["message"] == "It would not"
    post(api, lab, "run")
    (desired,) = workers.desired_labs(worker, [str(lab.pk)])
    assert (desired.generation, desired.failed) == (2, False)


def test_a_lab_whose_change_failed_goes_on_as_before(api: ApiClient, lab: Lab, worker: Worker) -> None:
    """Its worker is told to build that again where it is gone, and then it is what runs."""
    before = lab.head
    post(api, lab, "run")
    report(worker, lab, "running", 1, version=1)
    api.send("PUT", f"/api/labs/{lab.pk}", {"document": pair("Changed")}, **{"If-Match": '"1"'})
    post(api, lab, "apply")
    report(worker, lab, "failed", 2, version=1, error=RunError(message="It would not", code="kernel").model_dump())
    found = workers.desired(worker, None)
    assert found is not None
    ((desired,), _) = found
    assert (desired.generation, desired.version, desired.failed, desired.ran) == (2, 1, False, True)
    answer = api.get(f"/api/labs/{lab.pk}").json()
    assert (answer["run"]["version"], answer["applied"]["name"]) == (2, desired.document["name"])
    report(worker, lab, "running", 2, version=1)
    assert stored(lab).revision == before
    assert workers.desired_labs(worker, [str(lab.pk)])[0].version == 1


def test_a_lab_whose_change_failed_is_wanted_as_before_also_while_it_is_built_again(api: ApiClient, lab: Lab, worker: Worker) -> None:
    """Else a worker that dies meanwhile would make the change anew, which takes the lab away where it fails."""
    post(api, lab, "run")
    report(worker, lab, "running", 1, version=1)
    api.send("PUT", f"/api/labs/{lab.pk}", {"document": pair("Changed")}, **{"If-Match": '"1"'})
    post(api, lab, "apply")
    assert workers.desired_labs(worker, [str(lab.pk)])[0].version == 2
    report(worker, lab, "applying", 2, version=2)
    assert workers.desired_labs(worker, [str(lab.pk)])[0].version == 2
    report(worker, lab, "failed", 2, version=1)
    report(worker, lab, "starting", 2, version=1)
    assert workers.desired_labs(worker, [str(lab.pk)])[0].version == 1
    assert api.get(f"/api/labs/{lab.pk}").json()["run"]["version"] == 2


def test_one_that_failed_and_is_gone_is_not_built_again(api: ApiClient, lab: Lab, worker: Worker) -> None:
    post(api, lab, "run")
    report(worker, lab, "running", 1, version=1)
    post(api, lab, "apply")
    report(worker, lab, "failed", 2, version=None)
    assert workers.desired_labs(worker, [str(lab.pk)])[0].failed
    assert api.get(f"/api/labs/{lab.pk}").json()["applied"] is None


@pytest.mark.parametrize(("version", "goes_to"), [(None, "w2"), (1, "w1")], ids=["nothing of it is there", "it is there as before"])
def test_a_lab_that_failed_goes_to_another_where_its_worker_is_away_and_has_nothing_of_it(
    api: ApiClient, lab: Lab, worker: Worker, version: int | None, goes_to: str
) -> None:
    post(api, lab, "run")
    report(worker, lab, "running", 1, version=1)
    post(api, lab, "apply")
    report(worker, lab, "failed", 2, version=version)
    workers.worker_gone(worker)
    connect("w2", Features())
    post(api, lab, "run")
    run = stored(lab)
    assert run.worker is not None
    assert (run.worker.name, run.generation) == (goes_to, 3)


def test_a_stopped_lab_is_wanted_nowhere(api: ApiClient, lab: Lab, worker: Worker) -> None:
    post(api, lab, "run")
    report(worker, lab, "running", 1)
    assert post(api, lab, "stop").json()["state"] == "stopping"
    (desired,) = workers.desired_labs(worker, [str(lab.pk)])
    assert (desired.generation, desired.running) == (2, False)
    report(worker, lab, "stopped", 2)
    assert workers.desired_labs(worker, [str(lab.pk)]) == ()
    assert post(api, lab, "stop").json()["state"] == "stopped"
    assert stored(lab).generation == 2


def test_stopping_what_no_worker_has_is_done_at_once(api: ApiClient, lab: Lab) -> None:
    post(api, lab, "run")
    assert post(api, lab, "stop").json()["state"] == "stopped"


@pytest.mark.parametrize("action", ["run", "apply", "stop", "checks", "ping", "trace"])
def test_strangers_cannot(strangers_api: ApiClient, lab: Lab, action: str) -> None:
    answer = post(strangers_api, lab, action, {"from": "ns1", "to": "ns2"} if action in ("ping", "trace") else None)
    assert answer.status_code == 404
    assert stored(lab).generation == 0


@pytest.mark.parametrize("path", ["plan", "script", "document.yaml"])
def test_strangers_cannot_read(strangers_api: ApiClient, lab: Lab, path: str) -> None:
    assert strangers_api.get(f"/api/labs/{lab.pk}/{path}").status_code == 404


@pytest.mark.parametrize("action", ["checks", "ping", "trace"])
def test_what_does_not_run_cannot_be_asked(api: ApiClient, lab: Lab, action: str) -> None:
    answer = post(api, lab, action, {"from": "ns1", "to": "ns2"} if action != "checks" else None)
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "not_running"


def test_the_plan_of_a_stopped_lab_makes_all_of_it(api: ApiClient, lab: Lab) -> None:
    plan = api.get(f"/api/labs/{lab.pk}/plan").json()["plan"]
    assert [entry["n"] for entry in plan] == list(range(1, len(plan) + 1))
    assert any("ip netns add ns1" in entry["command"] for entry in plan)


@pytest.mark.parametrize("path", ["plan", "script"])
def test_what_has_problems_has_neither_plan_nor_script(api: ApiClient, owner: User, path: str) -> None:
    lab = create_lab(owner, with_problem())
    answer = api.get(f"/api/labs/{lab.pk}/{path}")
    assert answer.status_code == 409
    assert answer.json()["problems"]


@pytest.mark.parametrize(("format", "word"), [("iproute2", "ip netns add ns1"), ("brctl", "ip netns add ns1"), ("batch", "ip -batch")])
def test_the_script_in_each_format(api: ApiClient, lab: Lab, format: str, word: str) -> None:
    answer = api.get(f"/api/labs/{lab.pk}/script?format={format}")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert word in answer.content.decode()
    assert answer.content.decode().startswith("#!")


def test_the_script_that_takes_it_down(api: ApiClient, lab: Lab) -> None:
    answer = api.get(f"/api/labs/{lab.pk}/script?teardown=true")
    assert "teardown" in answer["Content-Disposition"]
    assert "ip netns del" in answer.content.decode()


def test_a_script_of_several_hosts_needs_one_named(api: ApiClient, owner: User) -> None:
    lab = create_lab(owner, two_hosts())
    for query in ("", "?host=host9"):
        answer = api.get(f"/api/labs/{lab.pk}/script{query}")
        assert answer.status_code == 422
        assert answer.json()["error"]["params"]["hosts"] == "host1, host2"
    assert "10.0.2.2/24" in api.get(f"/api/labs/{lab.pk}/script?host=host2").content.decode()


def test_an_unknown_format_is_refused(api: ApiClient, lab: Lab) -> None:
    answer = api.get(f"/api/labs/{lab.pk}/script?format=perl")
    assert answer.status_code == 422
    assert answer.json()["problems"][0]["path"] == "format"
