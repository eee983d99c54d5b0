"""Screens of the kinds: the wizard of each, steps and odds for buyers, the proof of a draw, decisions of the merchant."""

import pytest

from core.sdk.commands import reading
from core.testing.buying import pay
from plugins.group_buy.domain.kinds import Ladder, Step
from plugins.group_buy.domain.rules import Perk, Rules
from plugins.group_buy.queries.activities import activities
from plugins.group_buy.tests.groups import group_at, group_of, log_in, make_activity
from plugins.group_buy.tests.test_console import BASE, MANAGE, VIEW, form

LADDER = Ladder((Step(2, 9_000), Step(4, 8_000), Step(6, 7_000)))


@pytest.fixture
def desk(tea_shop, at_console):
    """A staff member who may do everything here, reading English."""
    return at_console(tea_shop, VIEW, MANAGE)


@pytest.fixture
def group_with(member, gateway, tea):
    """`group_with(activity, n)` is the code of a group that n people have paid for."""

    def make(activity_id, people):
        first = member().start(activity_id, tea.variant_id)
        pay(gateway, first)
        code = group_of(first).code
        for _ in range(people - 1):
            pay(gateway, member().join(code))
        return code

    return make


def only_activity():
    with reading():
        return activities()[0]


def test_wizard_of_a_tiered_group_keeps_its_steps(desk, tea):
    page = desk.get(f"{BASE}/new?product={tea.id}&kind=tiered")
    assert "First step from" in page.text
    one = tea.variant_ids[0]
    sent = form(
        tea,
        size="2",
        step2="4",
        step3="6",
        **{f"_price-{one}": "90", f"_price2-{one}": "80", f"_price3-{one}": "70"},
    )
    assert desk.post(f"{BASE}/new?product={tea.id}&kind=tiered", sent).status_code == 303
    found = only_activity()
    assert (found.rules.kind, found.size, found.ladder(one)) == ("tiered", 6, LADDER)
    edit = desk.get(f"{BASE}/activities/{found.id}/edit")
    assert all(price in edit.text for price in ("90.00", "80.00", "70.00"))
    shown = desk.get(f"{BASE}/activities/{found.id}")
    assert "Tiered group" in shown.text
    assert "6 people" in shown.text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"step2": "2"}, "Each step needs more people"),
        ({"second": "95"}, "Each step must be cheaper"),
        ({"second": ""}, "Each step needs more people"),
        ({"second": "nonsense"}, "amount"),
    ],
)
def test_steps_that_are_no_ladder_are_refused_in_words(desk, tea, changes, words):
    one = tea.variant_ids[0]
    prices = {f"_price-{one}": "90", f"_price2-{one}": changes.pop("second", "80")}
    page = desk.post(
        f"{BASE}/new?product={tea.id}&kind=tiered",
        form(tea, **{"size": "2", "step2": "4", "step3": "", **changes, **prices}),
    )
    assert page.status_code == 422
    assert words in page.text


def test_wizard_of_a_lottery_keeps_winners_limits_and_audience(desk, tea):
    sent = form(tea, size="5", winners="2", per_address="1", audience="never_bought", coupons="1")
    assert desk.post(f"{BASE}/new?product={tea.id}&kind=lottery", sent).status_code == 303
    rules = only_activity().rules
    assert (rules.kind, rules.winners, rules.per_address, rules.audience) == ("lottery", 2, 1, "never_bought")
    refused = desk.post(f"{BASE}/new?product={tea.id}&kind=lottery", {**sent, "winners": "5"})
    assert (refused.status_code, "at least one does not" in refused.text) == (422, True)


def test_wizard_keeps_the_leaders_perk(desk, tea):
    sent = form(tea, perk="percent", perk_share="10", perk_payers="3", perk_per_person="1")
    assert desk.post(f"{BASE}/new?product={tea.id}", sent).status_code == 303
    assert only_activity().rules.perk == Perk(kind="percent", value=1_000, payers=3)
    refused = desk.post(f"{BASE}/new?product={tea.id}", form(tea, perk="price"))
    assert (refused.status_code, "Say how much the leader gets" in refused.text) == (422, True)


@pytest.mark.parametrize("kind", ["normal", "tiered", "new_joiner", "lottery", "nonsense"])
def test_every_kind_has_its_wizard_in_both_languages(tea_shop, at_console, tea, kind):
    for language in ("en", "zh-CN"):
        desk = at_console(tea_shop, VIEW, MANAGE, language=language)
        assert desk.get(f"{BASE}/new?kind={kind}").status_code == 200
        assert desk.get(f"{BASE}/new?product={tea.id}&kind={kind}").status_code == 200


def test_member_of_a_tiered_group_reads_what_the_next_step_gives_back(
    at_shop, tea_shop, tea, group_with, gateway
):
    activity = make_activity(
        tea, {tea.variant_id: 9_000}, size=6, ladders={tea.variant_id: LADDER}, rules=Rules(kind="tiered")
    )
    code = group_with(activity, 2)
    page = at_shop(tea_shop).get(f"{BASE}/groups/{code}")
    assert "再来 2 人 → ¥80" in page.text or "2 more people → ¥80" in page.text
    product = at_shop(tea_shop).get(f"/products/{tea.handle}")
    assert "2–6 人团" in product.text or "2 to 6 people" in product.text


def test_proof_of_a_draw_hides_the_secret_until_it_was_made(
    at_shop, tea_shop, tea, group_with, member, gateway, run_jobs, desk
):
    activity = make_activity(tea, size=3, rules=Rules(kind="lottery"))
    code = group_with(activity, 2)
    before = at_shop(tea_shop).get(f"{BASE}/groups/{code}/draw")
    assert (before.status, "openssl" in before.text) == (200, False)
    pay(gateway, member().join(code))
    run_jobs()
    after = at_shop(tea_shop).get(f"{BASE}/groups/{code}/draw")
    assert "openssl dgst -sha256 -hmac" in after.text
    group = group_at(code)
    console = desk.get(f"{BASE}/groups/{group.id}/draw")
    assert (console.text.count("Gets the goods"), console.text.count(">Refunded<")) == (1, 2)
    assert desk.get(f"{BASE}/groups/{group.id}").status_code == 200


def test_group_without_a_draw_has_no_proof(at_shop, tea_shop, tea, group_with, desk):
    code = group_with(make_activity(tea, size=3), 1)
    assert at_shop(tea_shop).get(f"{BASE}/groups/{code}/draw").status == 404
    assert desk.get(f"{BASE}/groups/{group_at(code).id}/draw").status_code == 404


def test_merchant_completes_and_extends_on_the_page_of_a_group(desk, tea, group_with, at_shop, tea_shop):
    activity = make_activity(tea, size=3, rules=Rules(perk=Perk(kind="free")))
    first, second = group_with(activity, 2), group_with(activity, 2)
    page = desk.get(f"{BASE}/groups/{group_at(first).id}")
    assert "Complete it" in page.text
    assert "Give more time" in page.text
    desk.post(f"{BASE}/groups/{group_at(first).id}/declare", {})
    assert group_at(first).declared_paid == 2
    assert "Completed by the shop" in desk.get(f"{BASE}/groups/{group_at(first).id}").text
    deadline = group_at(second).deadline
    desk.post(f"{BASE}/groups/{group_at(second).id}/extend", {"hours": "6"})
    assert group_at(second).deadline > deadline
    assert "Completed by the shop" in desk.get(f"{BASE}/groups?view=all").text


def test_newcomer_reads_who_can_join_before_buying(at_shop, tea_shop, tea, group_with):
    code = group_with(make_activity(tea, size=2, rules=Rules(kind="new_joiner")), 1)
    browser = log_in(at_shop(tea_shop), "new@example.com")
    page = browser.get(f"{BASE}/groups/{code}")
    assert "没在本店买过的新朋友" in page.text or "never bought here" in page.text
