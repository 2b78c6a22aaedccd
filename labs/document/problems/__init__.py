"""What is wrong with the meaning of a drawing: saved and shown, but refused by plan, script and run.

A document without problems is one that the kernel takes as a whole, so what the kernel would refuse is a problem here.
"""

from __future__ import annotations

from labs.document.errors import Problem
from labs.document.naming import complete
from labs.document.problems.addresses import address_problems
from labs.document.problems.checks import check_problems
from labs.document.problems.links import link_problems
from labs.document.problems.names import name_problems
from labs.document.problems.routes import route_problems
from labs.document.problems.survey import Survey
from labs.document.schema import LabDocument

TOPICS = (name_problems, link_problems, address_problems, route_problems, check_problems)


def find_problems(document: LabDocument) -> list[Problem]:
    """Every problem of a document, complete or not, by topic and then in the order of the document."""
    survey = Survey.of(complete(document))
    return [problem for topic in TOPICS for problem in topic(survey)]
