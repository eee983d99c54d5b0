"""Calls: exactly the shop's plugins, in order, each isolated; one failure policy per family."""

import logging
import threading
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from core.hooks.dispatch import Dispatcher, PluginSets
from core.hooks.errors import HookFailure, HookMisuseError, WrongReturnError
from core.hooks.results import DrainItem, DrainReport, PluginFailure, PluginResult, Problem, Refusal
from core.kernel import clock
from core.kernel.errors import PinpuError

BOOKS = (uuid4(), uuid4())


@pytest.fixture
def problems():
    """What the dispatcher reported."""
    return []


@pytest.fixture
def dispatcher(boot, problems):
    """Boots what the test wrote and makes a dispatcher of it."""

    def made(**wishes):
        registry = boot(**wishes.pop("boot", {}))
        assert all(plugin.loaded for plugin in registry.plugins.values()), registry.report()
        return Dispatcher(registry, on_problem=problems.append, **wishes)

    return made


def on(*enabled, draining=()):
    return PluginSets.of(enabled, draining=draining)


def badge(text):
    return f"@hookimpl\ndef enrich_books(book_ids):\n    return {{book_ids[0]: '{text}'}}\n"


def raising(hook, error="ValueError('torn')"):
    return f"@hookimpl\ndef {hook}():\n    raise {error}\n"


# Whose plugins


def test_only_the_plugins_of_the_shop_are_called(folder, dispatcher):
    for name in ("alpha", "beta", "gamma"):
        folder.write(name, badge(name))
    made = dispatcher()
    tea, home = made.for_sets(on("alpha", "gamma")), made.for_sets(on("beta"))
    arguments = {"book_ids": BOOKS, "language": "en"}
    assert tea.call("enrich_books", **arguments) == [
        PluginResult("alpha", {BOOKS[0]: "alpha"}),
        PluginResult("gamma", {BOOKS[0]: "gamma"}),
    ]
    assert [plugin for plugin, _ in home.call("enrich_books", **arguments)] == ["beta"]
    assert made.for_sets(on()).call("enrich_books", **arguments) == []
    assert tea.implementers("enrich_books") == ("alpha", "gamma")


def test_same_sets_share_one_compilation(folder, dispatcher):
    folder.write("alpha", badge("a"))
    made = dispatcher()
    assert made.for_sets(on("alpha")) is made.for_sets(PluginSets(frozenset({"alpha"}), frozenset({"alpha"})))
    assert made.for_sets(on("alpha")) is not made.for_sets(on(draining=["alpha"]))


def test_draining_plugin_keeps_obligations_and_takes_no_new_business(folder, dispatcher):
    code = badge("a") + (
        "@hookimpl\ndef on_book_sold():\n    pass\n@hookimpl\ndef show_receipt(total):\n    return f'paid {total}'\n"
    )
    folder.write("alpha", code)
    hooks = dispatcher().for_sets(on(draining=["alpha"]))
    assert hooks.call("enrich_books", book_ids=BOOKS, language="en") == []
    assert hooks.call("show_receipt", total=5) == [("alpha", "paid 5")]
    assert [handler.plugin for handler in hooks.handlers("on_book_sold")] == ["alpha"]


def test_offer_outside_the_obligation_is_refused():
    with pytest.raises(ValueError, match="alpha may not take new business"):
        PluginSets(frozenset({"alpha"}), frozenset())


def test_platform_plugin_and_internal_part_work_for_every_shop(folder, dispatcher, written):
    folder.write("search", badge("s"), level='"platform"')
    internal = written("from core.hooks.markers import hookimpl\n" + badge("t"), "tenants.hooks")
    made = dispatcher(boot={"internal": [internal]})
    said = made.for_sets(on()).call("enrich_books", book_ids=BOOKS, language="en")
    assert [plugin for plugin, _ in said] == ["search", "tenants"]


def test_enabled_but_quarantined_plugin_is_absent_and_named_as_missing(folder, boot):
    folder.write("alpha", badge("a"))
    folder.write("wrong", "1 / 0")
    hooks = Dispatcher(boot()).for_sets(on("alpha", "wrong", "gone"))
    assert [plugin for plugin, _ in hooks.call("enrich_books", book_ids=BOOKS, language="en")] == ["alpha"]
    assert hooks.missing == {"wrong", "gone"}


# What an implementation sees


def test_implementation_gets_only_the_arguments_it_names_in_any_order(folder, dispatcher):
    folder.write(
        "all", "@hookimpl\ndef enrich_books(language, book_ids):\n    return {book_ids[1]: language}\n"
    )
    folder.write("none", "@hookimpl\ndef enrich_books():\n    return {}\n")
    folder.write(
        "one", "@hookimpl\ndef enrich_books(language):\n    return {} if language == 'zh' else None\n"
    )
    said = dispatcher().for_sets(on("all", "none", "one")).call("enrich_books", book_ids=BOOKS, language="zh")
    assert said == [("all", {BOOKS[1]: "zh"}), ("none", {}), ("one", {})]


def test_none_where_allowed_says_nothing(folder, dispatcher):
    folder.write("alpha", "@hookimpl\ndef show_receipt():\n    return None\n")
    assert dispatcher().for_sets(on("alpha")).call("show_receipt", total=1) == []


def test_one_file_plugin_is_called_on_its_one_object(folder, dispatcher):
    folder.write_file(
        "single",
        """
class Single(Plugin):
    version, sdk = "1.0", ">=0.1"
    title = summary = {"en": "One", "zh": "一"}
    limit = 10

    @hookimpl
    def check_basket(self, total):
        return [Refusal("single.too_much", "Too much.")] if total > self.limit else []

    @hookimpl
    @staticmethod
    def enrich_books(language):
        return {}

    @hookimpl
    @classmethod
    def show_receipt(cls, total):
        return f"at most {cls.limit}"
""",
    )
    hooks = dispatcher().for_sets(on("single"))
    assert hooks.call("check_basket", total=11, member=True) == [
        ("single", [Refusal("single.too_much", "Too much.")])
    ]
    assert hooks.call("check_basket", total=10, member=True) == [("single", [])]
    assert hooks.call("enrich_books", book_ids=BOOKS, language="en") == [("single", {})]
    assert hooks.call("show_receipt", total=1) == [("single", "at most 10")]


# What fails


@pytest.mark.parametrize(
    ("hook", "arguments"),
    [
        ("enrich_books", {"book_ids": BOOKS, "language": "en"}),
        ("adjust_price", {"total": 1}),
        ("show_shelf", {"shelf": "new"}),
    ],
)
def test_open_family_skips_the_failing_plugin_and_goes_on(folder, dispatcher, problems, hook, arguments):
    value = "[]" if hook == "adjust_price" else "{}"
    for name in ("alpha", "gamma"):
        folder.write(name, f"@hookimpl\ndef {hook}():\n    return {value}\n")
    folder.write("beta", raising(hook))
    hooks = dispatcher().for_sets(on("alpha", "beta", "gamma"))
    assert [plugin for plugin, _ in hooks.call(hook, **arguments)] == ["alpha", "gamma"]
    assert [plugin for plugin, _ in hooks.call(hook, failed="skip", **arguments)] == ["alpha", "gamma"]
    assert [(one.plugin, one.hook, one.error) for one in problems] == [("beta", hook, "ValueError: torn")] * 2


def test_collecting_puts_the_failure_in_the_plugins_place(folder, dispatcher):
    folder.write("alpha", "@hookimpl\ndef adjust_price():\n    return []\n")
    folder.write("beta", raising("adjust_price"))
    said = dispatcher().for_sets(on("alpha", "beta")).call("adjust_price", failed="collect", total=1)
    assert isinstance(said[0], PluginResult)
    assert isinstance(said[1], PluginFailure)
    assert (said[1].plugin, said[1].hook) == ("beta", "adjust_price")
    assert isinstance(said[1].cause, ValueError)


def test_wrong_value_is_a_failure_of_that_plugin_only(folder, dispatcher, problems):
    folder.write("alpha", "@hookimpl\ndef check_basket():\n    return ['no']\n")
    folder.write("beta", "@hookimpl\ndef check_basket():\n    return [Refusal('beta.no', 'No.')]\n")
    folder.write("gamma", "@hookimpl\ndef check_basket():\n    pass\n")
    hooks = dispatcher().for_sets(on("alpha", "beta", "gamma"))
    said = hooks.call("check_basket", failed="collect", total=1, member=False)
    assert [type(one) for one in said] == [PluginFailure, PluginResult, PluginFailure]
    assert said[0].error == (
        "WrongReturnError: an element of list[Refusal]: returned str 'no' where Refusal is promised"
    )
    assert said[2].error == "WrongReturnError: returned None where list[Refusal] is promised"
    assert len(problems) == 2


def test_closed_family_raises_naming_plugin_hook_and_cause(folder, dispatcher, problems):
    folder.write("alpha", raising("check_basket"))
    hooks = dispatcher().for_sets(on("alpha"))
    with pytest.raises(HookFailure) as failure:
        hooks.call("check_basket", total=1, member=False)
    assert (failure.value.plugin, failure.value.hook) == ("alpha", "check_basket")
    assert isinstance(failure.value.cause, ValueError)
    assert failure.value.__cause__ is failure.value.cause
    assert failure.value.code == "hooks.plugin_failed"
    assert "torn" in str(failure.value)
    assert "torn" not in failure.value.text  # shoppers are not shown a plugin's insides
    assert len(problems) == 1


def test_claim_stops_at_the_first_failure(folder, dispatcher):
    folder.write("alpha", raising("claim_copies"))
    folder.write(
        "beta", "called = []\n@hookimpl\ndef claim_copies():\n    called.append(1)\n    return ['seat']\n"
    )
    made = dispatcher()
    with pytest.raises(HookFailure):
        made.for_sets(on("alpha", "beta")).call("claim_copies", total=1)
    assert made.registry.plugins["beta"].module.called == []


@pytest.mark.parametrize("failed", ["skip", "collect"])
def test_claim_cannot_be_opened(folder, dispatcher, failed):
    with pytest.raises(HookMisuseError, match="claim_copies may not be called with failed="):
        dispatcher().for_sets(on()).call("claim_copies", failed=failed, total=1)


def test_check_cannot_be_skipped(dispatcher):
    with pytest.raises(HookMisuseError, match="closed"):
        dispatcher().for_sets(on()).call("check_basket", failed="skip", total=1, member=True)


class Deadlock(Exception):
    """A database's wish to repeat the transaction."""


def test_refusal_and_deadlock_in_a_claim_reach_the_caller_unchanged_and_uncounted(
    folder, dispatcher, problems
):
    code = "@hookimpl\ndef claim_copies(total):\n    raise total\n"
    folder.write("alpha", code)
    made = dispatcher(passes=(Deadlock,))
    hooks = made.for_sets(on("alpha"))
    for expected in (PinpuError(), Deadlock()):
        with pytest.raises(type(expected)) as raised:
            hooks.call("claim_copies", total=expected)
        assert raised.value is expected
    assert problems == []
    assert (made.health()["alpha"].calls, made.health()["alpha"].errors) == (2, 0)


def test_refusal_raised_in_a_pure_hook_is_a_failure(folder, dispatcher, problems):
    folder.write("alpha", "@hookimpl\ndef adjust_price(total):\n    raise total\n")
    assert dispatcher().for_sets(on("alpha")).call("adjust_price", total=PinpuError()) == []
    assert len(problems) == 1


def test_failing_report_harms_nobody(folder, boot, caplog):
    folder.write("alpha", raising("adjust_price"))
    folder.write("beta", "@hookimpl\ndef adjust_price():\n    return []\n")

    def torn(failure):
        raise RuntimeError("no line to the operator")

    hooks = Dispatcher(boot(), on_problem=torn).for_sets(on("alpha", "beta"))
    assert hooks.call("adjust_price", total=1) == [("beta", [])]
    assert "reporting a failure of alpha in adjust_price failed itself" in caplog.text


def test_failures_are_logged_with_their_traceback_unless_told_otherwise(folder, boot, caplog):
    folder.write("alpha", raising("adjust_price"))
    with caplog.at_level(logging.ERROR, "pinpu.hooks"):
        Dispatcher(boot()).for_sets(on("alpha")).call("adjust_price", total=1)
    assert "alpha failed in adjust_price: ValueError: torn" in caplog.text
    assert "alpha/hooks.py" in caplog.text


def test_shutdown_is_not_swallowed(folder, dispatcher):
    folder.write("alpha", raising("adjust_price", "KeyboardInterrupt"))
    with pytest.raises(KeyboardInterrupt):
        dispatcher().for_sets(on("alpha")).call("adjust_price", total=1)


def test_value_that_a_room_cannot_use_is_counted_and_reported(folder, dispatcher, problems):
    folder.write("alpha", "@hookimpl\ndef adjust_price():\n    return []\n")
    made = dispatcher()
    hooks = made.for_sets(on("alpha"))
    (result,) = hooks.call("adjust_price", total=1)
    failure = hooks.unusable(result, "adjust_price", ValueError("more than there is"))
    assert problems == [failure]
    health = made.health()["alpha"]
    assert (health.calls, health.errors, health.last_error) == (1, 1, "ValueError: more than there is")


# Core's own mistakes


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"total": 1}, "lacks member"),
        ({"total": 1, "member": True, "colour": 2}, "has unknown colour"),
        ({"totals": 1, "member": True}, "lacks total and has unknown totals"),
    ],
)
def test_wrong_arguments_are_refused_even_without_implementers(dispatcher, arguments, said):
    with pytest.raises(HookMisuseError) as refused:
        dispatcher().for_sets(on()).call("check_basket", **arguments)
    assert str(refused.value) == (
        f"the call of check_basket {said}; it is check_basket(total: int, member: bool) -> list[Refusal]"
    )


@pytest.mark.parametrize(
    ("method", "hook", "door"),
    [
        ("call", "on_book_sold", "hooks.handlers(hook)"),
        ("call", "declare_blocks", "registry.declarations(hook)"),
        ("call", "choose_carrier", "hooks.first(hook, …)"),
        ("call", "switch_off", "dispatcher.only(plugin).call(hook, …)"),
        ("first", "check_basket", "hooks.call(hook, …)"),
        ("handlers", "enrich_books", "hooks.call(hook, …)"),
        ("answer", "enrich_books", "hooks.call(hook, …)"),
    ],
)
def test_wrong_method_is_refused_with_the_right_one(dispatcher, method, hook, door):
    hooks = dispatcher().for_sets(on())
    with pytest.raises(HookMisuseError) as refused:
        getattr(hooks, method)(hook)
    assert str(refused.value) == f"{hook} is not called like this; use {door}"


def test_unknown_hook_is_refused_with_the_nearest_name(dispatcher):
    with pytest.raises(HookMisuseError, match=r"there is no hook check_baskets; did you mean check_basket\?"):
        dispatcher().for_sets(on()).call("check_baskets")


# choose_


def carrier(value):
    return f"@hookimpl\ndef choose_carrier(weight):\n    return {value}\n"


def test_first_value_wins_and_passing_or_failing_plugins_are_followed(folder, dispatcher, problems):
    folder.write("alpha", carrier("None"))
    folder.write("beta", raising("choose_carrier"))
    folder.write("gamma", carrier("3"))
    folder.write("delta", carrier("'bike' if weight < 5 else ''"))
    folder.write("epsilon", carrier("'truck'"))
    hooks = dispatcher().for_sets(on("alpha", "beta", "gamma", "delta", "epsilon"))
    assert hooks.first("choose_carrier", weight=4) == PluginResult("delta", "bike")
    assert hooks.first("choose_carrier", weight=9) == PluginResult("delta", "")  # falsy, yet an answer
    assert {one.plugin for one in problems} == {"beta"}
    assert hooks.first("choose_carrier", among=("gamma", "epsilon", "delta"), weight=4).plugin == "epsilon"
    assert [one.plugin for one in problems] == ["beta", "beta", "gamma"]


def test_configured_candidates_are_asked_in_their_order_and_nobody_else(folder, dispatcher):
    folder.write("alpha", carrier("'a'"))
    folder.write("beta", carrier("'b'"))
    hooks = dispatcher().for_sets(on("alpha", "beta"))
    assert hooks.first("choose_carrier", among=("beta", "alpha"), weight=1) == ("beta", "b")
    assert hooks.first("choose_carrier", among=("switched_off",), weight=1) is None
    assert hooks.first("choose_carrier", among=(), weight=1) is None


# answer_, on_, switch_

ANSWER = """
from core.hooks.markers import hookspec

@hookspec
def answer_owner(shop_id: int) -> str:
    '''Who owns the shop?'''
"""


def test_answer_is_one_value_and_errors_reach_the_caller(dispatcher, written, problems):
    tenants = written(
        "from core.hooks.markers import hookimpl\n"
        "@hookimpl\ndef answer_owner(shop_id):\n"
        "    if shop_id < 0:\n        raise LookupError('nobody')\n    return shop_id or 'Ann'\n",
        "tenants.hooks",
    )
    made = dispatcher(boot={"specs": [written(ANSWER)], "internal": [tenants]})
    assert made.answer("answer_owner", shop_id=0) == "Ann"
    assert made.for_sets(on()).answer("answer_owner", shop_id=0) == "Ann"
    with pytest.raises(LookupError, match="nobody"):
        made.answer("answer_owner", shop_id=-1)
    with pytest.raises(WrongReturnError, match="returned int 7 where str is promised"):
        made.answer("answer_owner", shop_id=7)
    with pytest.raises(HookMisuseError, match="lacks shop_id"):
        made.answer("answer_owner")
    assert len(problems) == 2


def test_handlers_are_one_callable_per_plugin(folder, dispatcher, problems):
    code = "heard = []\n@hookimpl\ndef on_book_sold(total):\n    heard.append(total)\n"
    folder.write("alpha", code)
    folder.write("beta", raising("on_book_sold"))
    folder.write("gamma", code)
    made = dispatcher()
    hooks = made.for_sets(on("alpha", "beta"))
    assert [plugin for plugin, _ in hooks.handlers("on_book_sold")] == ["alpha", "beta"]
    hooks.handler("on_book_sold", "alpha")(book_id=BOOKS[0], total=3)
    assert made.registry.plugins["alpha"].module.heard == [3]
    with pytest.raises(ValueError, match="torn"):
        hooks.handler("on_book_sold", "beta")(book_id=BOOKS[0], total=3)
    assert hooks.handler("on_book_sold", "gamma") is None
    assert [one.plugin for one in problems] == ["beta"]
    assert (made.health()["beta"].calls, made.health()["beta"].errors) == (1, 1)
    with pytest.raises(HookMisuseError, match="lacks book_id"):
        hooks.handler("on_book_sold", "alpha")(total=3)


def test_refusal_in_a_handler_is_retried_but_is_no_failure(folder, dispatcher, problems):
    folder.write("alpha", "@hookimpl\ndef on_book_sold(total):\n    raise total\n")
    made = dispatcher()
    with pytest.raises(PinpuError):
        made.for_sets(on("alpha")).handler("on_book_sold", "alpha")(book_id=BOOKS[0], total=PinpuError())
    assert problems == []
    assert (made.health()["alpha"].calls, made.health()["alpha"].errors) == (1, 0)


def test_handler_that_returns_something_has_failed(folder, dispatcher):
    folder.write("alpha", "@hookimpl\ndef on_book_sold():\n    return 'thanks'\n")
    handler = dispatcher().for_sets(on("alpha")).handler("on_book_sold", "alpha")
    with pytest.raises(WrongReturnError, match="nothing"):
        handler(book_id=BOOKS[0], total=1)


def test_event_without_a_declared_hook_has_no_handlers(dispatcher):
    assert dispatcher().for_sets(on()).handlers("on_page_turned") == ()


def test_switch_hooks_concern_the_one_plugin(folder, dispatcher):
    code = (
        "@hookimpl\ndef switch_check():\n    return [Problem('{0}.open', 'Still open.')]\n"
        "@hookimpl\ndef switch_off():\n    return DrainReport((DrainItem('groups', 2),))\n"
    )
    folder.write("alpha", code.format("alpha"))
    folder.write("beta", code.format("beta"))
    made = dispatcher()
    assert made.only("beta").call("switch_check") == [("beta", [Problem("beta.open", "Still open.")])]
    assert made.only("alpha").call("switch_off") == [("alpha", DrainReport((DrainItem("groups", 2),)))]
    with pytest.raises(HookMisuseError, match="there is no plugin gamma"):
        made.only("gamma")


def test_failing_switch_is_raised_so_that_it_rolls_back(folder, dispatcher):
    folder.write("alpha", raising("switch_off"))
    with pytest.raises(HookFailure, match="alpha failed in switch_off"):
        dispatcher().only("alpha").call("switch_off")


# Health


def test_health_counts_calls_errors_time_and_the_last_error(folder, dispatcher):
    folder.write(
        "alpha", "import time\n@hookimpl\ndef enrich_books():\n    time.sleep(0.006)\n    return {}\n"
    )
    folder.write("beta", raising("adjust_price") + badge("b"))
    folder.write("gamma", badge("c"))
    frozen = clock.MovableClock()
    clock.install(frozen)
    try:
        at = frozen.freeze(datetime(2031, 5, 1, tzinfo=UTC))
        made = dispatcher()
        hooks = made.for_sets(on("alpha", "beta"))
        for _ in range(3):
            hooks.call("enrich_books", book_ids=BOOKS, language="en")
        hooks.call("adjust_price", total=1)
    finally:
        clock.install_system_clock()
    health = made.health()
    assert list(health) == ["alpha", "beta", "gamma"]
    assert (health["alpha"].calls, health["alpha"].errors, health["alpha"].slow) == (3, 0, 3)
    assert health["alpha"].total_ms >= 18
    assert health["alpha"].max_ms >= 6
    assert (health["beta"].calls, health["beta"].errors, health["beta"].slow) == (4, 1, 0)
    assert (health["beta"].last_error, health["beta"].last_error_hook) == ("ValueError: torn", "adjust_price")
    assert health["beta"].last_error_at == at
    assert (health["gamma"].calls, health["gamma"].last_error_at) == (0, None)
    rows = {(row.plugin, row.hook): row for row in made.counts()}
    assert rows["alpha", "enrich_books"].calls == 3
    assert rows["beta", "adjust_price"].errors == 1


def test_time_of_a_failing_plugin_is_its_own(folder, dispatcher):
    slow = "import time\n@hookimpl\ndef adjust_price():\n    time.sleep(0.05)\n    raise ValueError\n"
    folder.write("alpha", slow)
    folder.write("beta", "@hookimpl\ndef adjust_price():\n    return []\n")
    made = dispatcher()
    made.for_sets(on("alpha", "beta")).call("adjust_price", total=1)
    health = made.health()
    assert health["alpha"].max_ms >= 50
    assert health["beta"].max_ms < health["alpha"].max_ms / 2


def test_counts_are_shared_by_all_shops_and_hold_in_threads(folder, dispatcher):
    folder.write("alpha", badge("a"))
    folder.write("beta", raising("adjust_price"))
    made = dispatcher()

    def work(sets):
        hooks = made.for_sets(sets)
        for _ in range(300):
            hooks.call("enrich_books", book_ids=BOOKS, language="en")
            hooks.call("adjust_price", total=1)

    threads = [threading.Thread(target=work, args=(sets,)) for sets in [on("alpha"), on("alpha", "beta")] * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made.health()["alpha"].calls == 1800
    assert made.health()["beta"].errors == 900
