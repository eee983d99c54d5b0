"""The console's pages about being paid: credentials, switches, the way to real payments, the comparison and disputes."""

import re
from datetime import timedelta

import pytest

from core.commerce.payments.account_queries import accounts
from core.commerce.payments.accounts import ways_to_pay
from core.commerce.payments.actions.accounts import save_account, switch_account
from core.commerce.payments.actions.disputes import keep_dispute
from core.commerce.payments.actions.reconcile import compare_day, today
from core.commerce.payments.gateways.interface import AccountFacts, GatewayDispute, GatewayTransaction
from core.kernel.clock import now
from core.kernel.db import reading
from core.kernel.tenancy import SYSTEM, shop_bound
from core.testing.buying import pay
from core.testing.gateway_fake import gateway_added, provider
from core.testing.goods import make_product
from core.testing.statements import count_statements

HOME = "/settings/payments"
TYPED = {"account": "acct-7", "key": "sk_a_long_secret_4711", "notification_secret": ""}


@pytest.fixture
def giro(platform):
    with gateway_added(one := provider(methods=("card", "wechat_pay"))):
        yield one


def of(shop, read):
    with shop_bound(shop, SYSTEM), reading():
        return read()


def connected(owner, mode="test"):
    made = owner.post(f"{HOME}/giro/{mode}?version=0", {**TYPED, "methods": "card"})
    assert made.status_code == 303, made.text
    return made


@pytest.fixture
def at_shop(shop):
    with shop_bound(shop, SYSTEM):
        yield shop


def test_shop_without_an_account_is_led_to_the_first_one(owner, giro):
    page = owner.get(f"{HOME}/").text
    for words in (
        "Test mode",
        "From test mode to the first real payment",
        "0 of 5 done",
        "Giro",
        "Test payments",
    ):
        assert words in page
    assert f"{HOME}/giro/live" in page


def test_account_is_made_on_the_screen_and_its_secret_never_comes_back(owner, giro, shop):
    form = owner.get(f"{HOME}/giro/test").text
    assert 'type="password"' in form
    connected(owner)
    page = owner.get(f"{HOME}/giro/test").text
    assert "ends in 4711" in page
    assert "acct-7" in page
    assert TYPED["key"] not in page
    assert "Tea Ltd" in page
    assert "Credentials saved" in page
    (one,) = of(shop, accounts)
    assert one.methods == ("card",)


def test_wrong_credentials_are_said_at_the_field_and_typed_words_stay(owner, giro, shop):
    answer = owner.post(f"{HOME}/giro/test?version=0", {**TYPED, "key": "wrong-one", "methods": "card"})
    assert answer.status_code == 422
    assert "The provider does not accept this." in answer.text
    assert "acct-7" in answer.text
    assert "wrong-one" not in answer.text
    assert of(shop, accounts) == []


def test_somebody_elses_change_is_not_overwritten(owner, giro, shop):
    connected(owner)
    answer = owner.post(f"{HOME}/giro/test?version=0", {**TYPED, "account": "acct-9", "methods": "card"})
    assert answer.status_code == 422
    assert "Somebody else changed this account" in answer.text
    assert of(shop, accounts)[0].shown["account"] == {"value": "acct-7"}


def test_switches_lead_from_test_to_real_payments(owner, giro, shop):
    connected(owner)
    assert owner.post(f"{HOME}/giro/test/on").status_code == 303
    assert [way.id for way in of(shop, ways_to_pay)] == ["giro:card", "test:page"]
    assert "pp-mode" in owner.get("/orders/").text
    giro.facts = AccountFacts("live", "Tea Ltd", ("card",), ("WeChat Pay waits for papers.",))
    connected(owner, "live")
    assert "WeChat Pay waits for papers." in owner.get(f"{HOME}/giro/live").text
    owner.post(f"{HOME}/giro/live/on")
    page = owner.get(f"{HOME}/").text
    assert "Real payments are on" in page
    assert "Rests" in page
    assert [(way.id, way.mode) for way in of(shop, ways_to_pay)] == [("giro:card", "live")]
    # What surrounds every page tells which it is.
    assert "pp-mode" not in owner.get("/orders/").text
    owner.post(f"{HOME}/giro/live/remove")
    assert "giro/live" in owner.get(f"{HOME}/").text
    assert [one.mode for one in of(shop, accounts)] == ["test"]


def test_account_that_is_not_proved_says_why_it_stays_off(owner, giro, shop):
    giro.fail_next("check_credentials")
    connected(owner)
    assert "did not answer" in owner.get(f"{HOME}/giro/test").text
    owner.post(f"{HOME}/giro/test/on")
    assert "is not ready" in owner.get(f"{HOME}/giro/test").text
    owner.post(f"{HOME}/giro/test/check")
    owner.post(f"{HOME}/giro/test/on")
    assert "giro:card" in [way.id for way in of(shop, ways_to_pay)]


def test_test_payments_can_be_switched_off(owner, giro, shop):
    owner.post(f"{HOME}/test-payments/off")
    assert "Buyers cannot pay" in owner.get(f"{HOME}/").text
    assert of(shop, ways_to_pay) == ()
    owner.post(f"{HOME}/test-payments/on")
    assert [way.id for way in of(shop, ways_to_pay)] == ["test:page"]


@pytest.mark.parametrize(
    "path", ["nobody/test", "test/test", "giro/other", "giro/test/maybe", "test-payments/maybe"]
)
def test_what_does_not_exist_is_not_found(owner, giro, path):
    send = owner.post if path.endswith("maybe") else owner.get
    assert send(f"{HOME}/{path}").status_code == 404


def test_staff_without_the_permission_sees_none_of_it(hired, shop, giro):
    staff = hired(shop, permissions={"shop.edit", "orders.refund"})
    assert f"{HOME}/" not in staff.get("/settings/").text
    for path in (f"{HOME}/", f"{HOME}/giro/test", "/settings/reconciliation/"):
        assert staff.get(path).status_code == 403
    assert staff.post(f"{HOME}/giro/test?version=0", TYPED).status_code == 403


def test_list_costs_the_same_for_one_account_and_for_three(owner, giro):
    def cost():
        owner.get(f"{HOME}/")
        with count_statements() as sent:
            assert owner.get(f"{HOME}/").status_code == 200
        return len(sent)

    connected(owner)
    one = cost()
    with gateway_added(provider("bank")), gateway_added(provider("till")):
        for name in ("bank", "till"):
            owner.post(f"{HOME}/{name}/test?version=0", TYPED)
        assert cost() <= one + 2  # each gateway's test payments are looked for by their own index
        assert cost() <= 12


# The comparison ---------------------------------------------------------------------------------------------


@pytest.fixture
def compared(at_shop, giro, buyer, clock):
    """Yesterday: one payment that agrees, and one that only the provider knows."""
    switch_account(account_id=save_account(gateway="giro", mode="test", typed=TYPED), on=True)
    clock.freeze(now().replace(hour=4))
    paid = pay(giro, buyer().order([(make_product(stock=9).variant_id, 1)]).order_id)
    giro.further = [GatewayTransaction("payment", "stranger-1", 4_200, "CNY", now(), fee=30)]
    clock.advance(days=1)
    compare_day(gateway="giro", mode="test", day=today() - timedelta(days=1))
    return paid


def test_shop_that_compared_nothing_reads_what_will_come(owner):
    page = owner.get("/settings/reconciliation/").text
    assert "No day is compared yet" in page
    assert "Compare a day" in page


def test_comparison_shows_what_is_explained_and_what_to_do(owner, compared):
    page = owner.get("/settings/reconciliation/").text
    for words in ("50.0%", "A payment that the shop does not know", "stranger-1", "42.00", "fees"):
        assert words in page, words
    assert "Money to clear up" in owner.get("/").text
    (ref,) = set(re.findall(r"reconciliation/([0-9a-f-]{36})/done", page))
    assert owner.post(f"/settings/reconciliation/{ref}/done", {"note": "counter"}).status_code == 303
    assert "stranger-1" not in owner.get("/settings/reconciliation/").text
    assert owner.post(f"/settings/reconciliation/{ref}/done").status_code == 404


def test_day_is_compared_again_on_the_screen(owner, compared, giro):
    giro.further.clear()
    day = (today() - timedelta(days=1)).isoformat()
    owner.post("/settings/reconciliation/compare", {"account": "giro:test", "day": day})
    assert "100" in owner.get("/settings/reconciliation/").text
    for form in (
        {"account": "giro:test", "day": "soon"},
        {"account": "giro:test", "day": today().isoformat()},
    ):
        owner.post("/settings/reconciliation/compare", form)
        assert "Choose a day that is over." in owner.get("/settings/reconciliation/").text
    assert owner.post("/settings/reconciliation/compare", {"account": "x", "day": day}).status_code == 404


def test_dispute_stands_on_the_order_and_among_what_waits(owner, compared):
    until = now() + timedelta(days=5)
    keep_dispute(
        gateway="giro",
        mode="test",
        dispute=GatewayDispute(
            "dp_1", compared.gateway_ref, compared.amount_minor, "CNY", "needs_response", "fraudulent", until
        ),
    )
    page = owner.get(f"/orders/{compared.order_id}").text
    assert "disputes" in page
    assert "Answer at the provider" in page
    assert "Disputed payments" in owner.get("/").text
    assert "dp_1" in owner.get("/settings/reconciliation/").text
