"""Prices with real plugins, found and called by the real dispatcher: facts, failures, and what a failure refuses."""

import json
import textwrap
from uuid import UUID

import pytest

from core.commerce.pricing import hookspecs
from core.commerce.pricing.errors import PriceUnavailable
from core.commerce.pricing.pipeline import price, recorded
from core.commerce.pricing.plugin_prices import (
    cart_refusals,
    confirmed_price,
    plugins_by_line,
    price_with_plugins,
)
from core.commerce.pricing.price_input import PriceInput, ShippingOption
from core.hooks import current
from core.hooks.dispatch import Dispatcher, PluginSets
from core.hooks.registry import HookRegistry
from core.kernel.i18n import speaking
from core.kernel.tenancy import ShopScope, shop_bound
from tests.core.commerce.pricing.baskets import basket, line

HEAD = """
from core.commerce.pricing.adjustments import Adjustment, Reason
from core.commerce.pricing.stages import Stage
from core.hooks.manifest import Plugin
from core.hooks.markers import hookimpl
from core.hooks.results import Refusal


class {name}(Plugin):
    version = "{version}"
    sdk = ">=0.1"
    title = {{"en": "T", "zh": "题"}}
    summary = {{"en": "S.", "zh": "述。"}}
"""

STEADY = """
    @hookimpl
    def enrich_price_input(self, price_input):
        return {"off": 100 * len(price_input.lines), "already": len(price_input.facts)}

    @hookimpl
    def adjust_prices(self, stage, price_input):
        if stage is not Stage.ORDER_PROMOTIONS:
            return []
        off = price_input.facts["steady"]["off"]
        return [Adjustment(stage=stage, rule_id="every_line", reason=Reason("Steady"), target="order", amount=off)]
"""

# Does what the code in the basket tells it to.
SHAKY = """
    @hookimpl
    def enrich_price_input(self, price_input):
        if "facts raise" in price_input.codes:
            raise RuntimeError("no database")
        return {"bad": float("nan")} if "facts nan" in price_input.codes else {}

    @hookimpl
    def adjust_prices(self, stage, price_input, running):
        codes = price_input.codes
        if stage is Stage.POINTS and "late" in codes:
            raise RuntimeError("late")
        if stage is Stage.SHIPPING_PROMOTIONS:
            return [Adjustment(stage=stage, rule_id="ship", reason=Reason("Ship"), target="shipping", amount=50)]
        if stage is not Stage.COUPONS:
            return []
        if "raise" in codes:
            raise RuntimeError("no")
        if "wrong type" in codes:
            return "x"
        if "wrong item" in codes:
            return [1]
        if "wrong line" in codes:
            return [Adjustment(stage=stage, rule_id="r", reason=Reason("R"), target=("zz",), amount=5)]
        if "wrong stage" in codes:
            return [Adjustment(stage=Stage.POINTS, rule_id="r", reason=Reason("R"), target="order", amount=5)]
        if "wrong amount" in codes:
            return [Adjustment(stage=stage, rule_id="r", reason=Reason("R"), target="order", amount=-5)]
        marked = tuple(line.key for line in price_input.lines if "shaky" in line.marks)
        if not marked:
            return []
        return [Adjustment(stage=stage, rule_id="marked", reason=Reason("Shaky"), target=marked, amount=30)]

    @hookimpl
    def check_cart(self, price_input, priced, at_checkout):
        if "check raise" in price_input.codes:
            raise RuntimeError("no")
        if "refuse" in price_input.codes and at_checkout:
            return [Refusal("shaky.no", f"Not for {priced.total}.")]
        return []
"""

A, B = str(UUID(int=101)), str(UUID(int=102))
FAILURES = [
    "raise",
    "wrong type",
    "wrong item",
    "wrong line",
    "wrong stage",
    "wrong amount",
    "facts raise",
    "facts nan",
]


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    folder = tmp_path_factory.mktemp("home") / "pricing_trial"
    folder.mkdir()
    for name, version, body in (("steady", "1.2.0", STEADY), ("shaky", "0.3.0", SHAKY)):
        text = HEAD.format(name=name.title(), version=version) + body
        (folder / f"{name}.py").write_text(textwrap.dedent(text), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder.parent)
        made = HookRegistry.boot([hookspecs], plugin_folder=folder, entry_point_group=None)
    assert {name: plugin.problems for name, plugin in made.plugins.items()} == {"steady": (), "shaky": ()}
    return made


@pytest.fixture
def heard(registry, monkeypatch):
    """Failures that the dispatcher reported, with both plugins on in the bound shop."""
    told = []
    monkeypatch.setattr(current, "_dispatcher", Dispatcher(registry, on_problem=told.append))
    monkeypatch.setattr(current, "_enabled_plugins", lambda shop_id: SETS[shop_id])
    with shop_bound(ShopScope(1, "tea", "CNY", "en", "Asia/Shanghai")):
        yield told


SETS = {1: PluginSets.of(["steady", "shaky"]), 2: PluginSets.of(["steady"])}


def given(*codes, **more):
    lines = (line(A, 1000, marks={"shaky": {"seat": 1}}), line(B, 500))
    return basket(*lines, codes=codes, **more)


def test_plugins_of_the_shop_are_asked_and_named_with_their_version(heard):
    live = price_with_plugins(given())
    assert [
        (one.adjustment.plugin, one.adjustment.plugin_version, one.amount) for one in live.priced.applied
    ] == [
        ("steady", "1.2.0", 200),
        ("shaky", "0.3.0", 30),
    ]
    assert (live.priced.total, live.failures, heard) == (1270, (), [])


def test_a_plugin_that_is_off_in_the_shop_is_not_asked(registry, monkeypatch):
    monkeypatch.setattr(current, "_dispatcher", Dispatcher(registry))
    monkeypatch.setattr(current, "_enabled_plugins", lambda shop_id: SETS[shop_id])
    with shop_bound(ShopScope(2, "home", "CNY", "en", "UTC")):
        assert price_with_plugins(given()).priced.total == 1300


def test_facts_are_stored_with_the_basket_so_that_it_replays_without_plugins(heard):
    live = price_with_plugins(given(facts={"steady": {"off": 999}}))
    assert live.price_input.as_json()["facts"] == {"steady": {"off": 200, "already": 0}}
    kept = PriceInput.from_json(json.loads(json.dumps(live.price_input.as_json())))
    assert price(kept, recorded(live.priced)) == live.priced


@pytest.mark.parametrize("failure", FAILURES)
def test_browsing_goes_on_without_a_failing_plugin(heard, failure):
    live = price_with_plugins(given(failure))
    assert (live.priced.total, live.failures) == (1300, ())


@pytest.mark.parametrize("failure", FAILURES)
def test_a_failing_plugin_is_named_once(heard, failure):
    live = price_with_plugins(given(failure), failed="collect")
    assert [one.plugin for one in live.failures] == ["shaky"]
    assert live.priced.total == 1300


def test_a_plugin_that_fails_late_is_left_out_from_then_on(heard):
    live = price_with_plugins(
        given("late", shipping=ShippingOption(key="s", title="Post", fee=90)), failed="collect"
    )
    assert [one.adjustment.rule_id for one in live.priced.applied] == ["every_line", "marked"]
    assert live.priced.shipping_total == 90


@pytest.mark.parametrize("failure", FAILURES)
def test_at_checkout_the_lines_of_a_failing_plugin_are_refused_not_repriced(heard, failure):
    quoted = price_with_plugins(given()).priced
    with pytest.raises(PriceUnavailable) as refused:
        confirmed_price(given(failure), quoted=quoted)
    assert refused.value.lines == (A,)
    assert refused.value.params["titles"] == f"Tea {A}"


def test_at_checkout_a_line_is_refused_for_its_mark_alone(heard):
    quoted = price(given(), lambda stage, running: [])
    with pytest.raises(PriceUnavailable) as refused:
        confirmed_price(given("raise"), quoted=quoted)
    assert refused.value.lines == (A,)


def test_at_checkout_shipping_that_depends_on_a_failing_plugin_is_refused(heard):
    post = ShippingOption(key="s", title="Post", fee=90)
    plain = basket(line(B, 500), shipping=post)
    quoted = price_with_plugins(plain).priced
    assert quoted.shipping_total == 40
    with pytest.raises(PriceUnavailable) as refused:
        confirmed_price(basket(line(B, 500), shipping=post, codes=("facts raise",)), quoted=quoted)
    assert refused.value.lines == ("shipping",)
    with speaking("zh-CN"):
        assert refused.value.text == "暂时无法确认 Post 的约定价格。"


def test_at_checkout_a_failing_plugin_that_priced_nothing_stops_nobody(heard):
    quoted = price_with_plugins(basket(line(B, 500))).priced
    live = confirmed_price(basket(line(B, 500), codes=("raise",)), quoted=quoted)
    assert live.priced.fingerprint() == quoted.fingerprint()


def test_what_a_line_depends_on_are_marks_and_adjustments(heard):
    live = price_with_plugins(given())
    assert plugins_by_line(live.price_input, live.priced) == {A: {"shaky", "steady"}, B: {"steady"}}


def test_refusals_of_plugins_are_collected(heard):
    live = price_with_plugins(given("refuse"))
    assert cart_refusals(live.price_input, live.priced, at_checkout=False) == []
    refusal = cart_refusals(live.price_input, live.priced, at_checkout=True)[0]
    assert (refusal.code, refusal.message) == ("shaky.no", "Not for 1270.")


def test_a_check_that_fails_closes_the_plugins_own_lines_and_no_others(heard):
    live = price_with_plugins(given("check raise"))
    refusals = cart_refusals(live.price_input, live.priced, at_checkout=True)
    assert [(one.code, one.line) for one in refusals] == [("pricing.unconfirmed", UUID(A))]
    assert [one.hook for one in heard] == ["check_cart"]
