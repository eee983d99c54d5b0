"""What a trace keeps of the calls of plugins."""

import pytest

from core.hooks.specs import HookSpec
from core.hooks.trace import begin_trace, traced, traced_calls


@pytest.fixture
def spec():
    """A hook that promises a list."""

    class Spec:
        name = "show_tea"

        @staticmethod
        def check(value):
            return None if isinstance(value, list) else "is no list"

    made: HookSpec = Spec()
    return made


def test_calls_are_kept_in_order_with_result_and_time(spec):
    begin_trace()
    assert traced(spec, "alpha", lambda tea: [tea])("龙井") == ["龙井"]
    assert traced(spec, "beta", list)() == []
    first, second = traced_calls()
    assert (first.hook, first.plugin, first.result, first.error) == ("show_tea", "alpha", "['龙井']", "")
    assert first.milliseconds >= 0
    assert second.plugin == "beta"


def test_errors_and_wrong_values_are_named_and_change_nothing(spec):
    begin_trace()

    def torn():
        raise ValueError("no tea")

    with pytest.raises(ValueError, match="no tea"):
        traced(spec, "alpha", torn)()
    assert traced(spec, "beta", lambda: 7)() == 7
    assert [call.error for call in traced_calls()] == ["ValueError: no tea", "is no list"]


def test_long_and_torn_values_are_shortened(spec):
    class Torn:
        def __repr__(self):
            raise RuntimeError

    begin_trace()
    traced(spec, "alpha", lambda: ["x" * 5_000])()
    traced(spec, "alpha", Torn)()
    long, torn = traced_calls()
    assert len(long.result) < 310
    assert torn.result == "<Torn, whose repr raised RuntimeError>"


def test_each_trace_begins_empty(spec):
    begin_trace()
    traced(spec, "alpha", list)()
    begin_trace()
    assert traced_calls() == ()
