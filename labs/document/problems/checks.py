"""Checks: where they are made from. Any address may be checked, since its silence may be what is expected."""

from __future__ import annotations

from collections.abc import Iterator

from labs.document.errors import Problem, problem
from labs.document.problems.survey import Survey


def check_problems(survey: Survey) -> Iterator[Problem]:
    for i, check in enumerate(survey.document.checks):
        if survey.topology.netns(check.from_) is not None:
            continue
        node = survey.topology.node(check.from_)
        if node is None:
            yield problem(f"checks[{i}].from", "check_from_unknown", node=check.from_)
        else:
            yield problem(f"checks[{i}].from", "check_from_not_machine", node=check.from_, kind=node.kind)
