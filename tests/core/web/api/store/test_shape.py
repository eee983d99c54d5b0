"""The storefront's API is described whole, and every address asks for what it needs."""

import pytest

from core.rendering.api import Get
from core.web.api.application import openapi_of, operations_of
from core.web.api.operations import Writing
from core.web.api.store.rooms import make_store_api


@pytest.fixture(scope="module")
def api(platform):
    return make_store_api(platform)


def test_every_address_is_in_the_document_with_words(api):
    paths = openapi_of(api)["paths"]
    told = {
        (method.upper(), path) for path, item in paths.items() for method in item if method != "parameters"
    }
    assert len(told) == len(operations_of(api))
    for path, item in paths.items():
        for method, operation in item.items():
            if method == "parameters":
                continue
            assert operation["summary"], f"{method} {path}"
            assert operation["x-scope"] in ("buyer", "customer"), f"{method} {path}"


def test_every_body_that_is_needed_has_an_example_that_fits(api):
    shown = 0
    for one in operations_of(api):
        if isinstance(one.declared, Get):
            continue
        body = Writing(one.declared, None, None).body
        if not body.fields:
            continue
        assert one.declared.example is not None, one.rule
        body.load(one.declared.example)
        shown += 1
    assert shown >= 12
