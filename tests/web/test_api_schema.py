"""The REST API is what its OpenAPI schema says, for requests of all kinds, on the real server."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance

from labs.web.api import api
from tests.serving import Server, Session

load_all_checks()
schema = schemathesis.openapi.from_dict(api.get_openapi_schema())


@pytest.fixture(scope="module")
def session(server: Server) -> Session:
    return server.session("fuzzer")


@schema.parametrize()
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_as_the_schema_says(case: schemathesis.Case, server: Server, session: Session) -> None:
    case.call_and_validate(base_url=server.url, session=session, checks=[not_a_server_error, response_schema_conformance])
