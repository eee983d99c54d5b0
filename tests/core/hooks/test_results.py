"""The values that hooks return: frozen, and honest about what they hold."""

import dataclasses
from uuid import uuid4

import pytest

from core.hooks.results import DrainItem, DrainReport, PluginFailure, Problem, PurgeItem, Refusal


def test_values_are_frozen():
    refusal = Refusal("coupon.used", "Already used.", uuid4(), "Choose another.")
    with pytest.raises(dataclasses.FrozenInstanceError):
        refusal.code = "coupon.other"
    assert refusal == dataclasses.replace(refusal)


@pytest.mark.parametrize("code", ["used", "Coupon.used", "coupon.", "coupon.used.twice", "", "coupon.Used"])
@pytest.mark.parametrize("kind", [Refusal, Problem])
def test_code_names_room_and_reason(kind, code):
    with pytest.raises(ValueError, match="is not a code"):
        kind(code, "No.")


def test_drain_report_sums_what_is_open():
    assert DrainReport((DrainItem("groups", 3), DrainItem("refunds", 1)), ("They go on.",)).open == 4
    assert DrainReport().open == 0


@pytest.mark.parametrize("kind", [DrainItem, PurgeItem])
def test_counts_are_not_negative(kind):
    with pytest.raises(ValueError, match="cannot count -1 groups"):
        kind("groups", -1)


def test_failure_reads_as_one_line():
    assert PluginFailure("coupon", "check_cart", ValueError("torn")).error == "ValueError: torn"
