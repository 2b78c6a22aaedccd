"""What the hub reads of labs, of which there are many, and whose plans are long."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from labs.models import Lab, Run
from labs.web.live.state import known_labs

pytestmark = pytest.mark.django_db
PLAN = [{"n": 1, "op": "AddNamespace", "change": "add", "summary": "Add namespace ns1", "params": {}, "command": ""}]


def test_a_plan_is_read_again_only_where_its_run_has_changed(lab: Lab) -> None:
    key, runs = str(lab.pk), Run.objects.filter(lab=lab)
    runs.update(state="starting", total=1, plan=PLAN)
    known = known_labs([key], {})
    assert known[key].run.plan is not None
    assert [entry.summary for entry in known[key].run.plan] == ["Add namespace ns1"]

    runs.update(done=1)
    with CaptureQueriesContext(connection) as asked:
        again = known_labs([key], known)
    assert again[key].run == known[key].run.model_copy(update={"done": 1})
    assert again[key].run.plan is known[key].run.plan
    assert not any('"plan"' in query["sql"] for query in asked)

    runs.update(state="running", done=1, plan=None)
    changed = known_labs([key], known)[key].run
    assert (changed.state, changed.done, changed.plan) == ("running", 1, None)
