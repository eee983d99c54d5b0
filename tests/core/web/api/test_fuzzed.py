"""Schemathesis over the admin API: whatever is sent, no answer is a 5xx, and each is one that the document tells."""

import contextvars

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from core.testing.files import files as files
from core.web.api.limits import EXTENSION
from tests.core.web.api.test_isolation import NAMES
from tests.core.web.console.test_isolation import theirs as theirs

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
EXAMPLES = 8


@pytest.fixture
def known(theirs):
    """Ids of things that are there, by what arguments of addresses are called."""
    return {name: str(theirs[kind]) for name, kind in NAMES.items() if kind in theirs}


@pytest.mark.slow
def test_no_request_gets_a_5xx_or_an_answer_that_is_not_documented(
    admin_api, program, known, other_shop, enable, operations
):
    for plugin in {one.plugin for one in operations} - {""}:
        enable(other_shop, plugin)
    caller = program(other_shop)
    headers = {"Authorization": f"Bearer {caller.token}"}
    schema = schemathesis.openapi.from_wsgi("/api/admin/v1/openapi.json", admin_api)
    failures, seen = [], 0
    for result in schema.get_all_operations():
        operation = result.ok()
        seen += 1

        @seed(5)
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def probe(case):
            admin_api.extensions[EXTENSION].reset()
            for name in case.path_parameters or {}:
                case.path_parameters[name] = known.get(name, case.path_parameters[name])
            context = contextvars.Context()
            response = context.run(case.call, headers=headers)
            case.validate_response(response, checks=CHECKS)

        try:
            probe()
        except (Exception, BaseExceptionGroup) as error:  # noqa: BLE001 - every address is tried, whatever one does
            failures.append((operation.label, str(error)[:900]))
    assert failures == []
    assert seen > 180
