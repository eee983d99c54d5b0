"""Schemathesis over the storefront's API: whatever is sent, no answer is a 5xx, and each is one that the document tells."""

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

from core.testing.browsers import host_of
from core.web.api.limits import EXTENSION
from tests.core.web.api.store.signing_in import log_in

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.mark.slow
@pytest.mark.parametrize(("who", "examples"), [("guest", 2), ("customer", 6)])
def test_no_request_gets_a_5xx_or_an_answer_that_is_not_documented(
    store_api, program, goods, enable, shop, gateway, who, examples
):
    enable(shop, "coupon")
    enable(shop, "group_buy")
    caller = program().as_guest()
    if who == "customer":
        log_in(caller, "fuzz@example.com")
    caller.post("/cart/lines", {"variant_id": str(goods.variant_id)})
    headers = {"Authorization": f"Bearer {caller.token}", "Host": host_of(shop)}
    schema = schemathesis.openapi.from_wsgi(
        "/api/v1/openapi.json", store_api, base_url=f"http://{host_of(shop)}"
    )
    failures, seen = [], 0
    for result in schema.get_all_operations():
        operation = result.ok()
        # It would end the session with which all others are asked.
        if operation.label == "DELETE /api/v1/sessions/current":
            continue
        seen += 1

        @seed(7)
        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def probe(case):
            store_api.extensions[EXTENSION].reset()
            response = contextvars.Context().run(case.call, headers=headers)
            case.validate_response(response, checks=CHECKS)

        try:
            probe()
        except Exception as error:  # noqa: BLE001 - all operations are tried, then all failures told
            told = "\n".join(str(one) for one in getattr(error, "exceptions", [error]))
            failures.append(f"{operation.label}: {told[:900]}")
    assert failures == []
    assert seen >= 35
