"""Accounts with gateways: proved before they are kept, sealed, offered in order, never taken from money that needs them."""

import pytest
from sqlalchemy import text

from core.commerce.payments.account_queries import accounts, milestones, obligations_of
from core.commerce.payments.accounts import gateway_account, takes_test_payments, usable_ways, ways_to_pay
from core.commerce.payments.actions import accounts as actions
from core.commerce.payments.actions.pay import start_payment
from core.commerce.payments.errors import AccountChanged, NotReady, NoWayToPay, OtherAccount
from core.commerce.payments.gateways.interface import AccountFacts
from core.commerce.payments.gateways.registry import UnknownGateway
from core.kernel.db import reading
from core.kernel.errors import InputRefused, NotFound, PermissionRefused
from core.kernel.ids import new_id
from core.kernel.sealed import is_sealed
from core.kernel.tenancy import SYSTEM, Actor, acting_as, shop_bound
from core.testing import answers
from core.testing.buying import order_row, pay
from core.testing.gateway_fake import gateway_added, provider
from core.testing.goods import make_product
from core.testing.races import overlapping_pairs, race
from core.testing.statements import count_statements

TYPED = {"account": "acct-7", "key": "sk_a_long_secret_4711", "notification_secret": "nsec_also_long_0815"}


@pytest.fixture
def at_shop(shop, platform):
    with shop_bound(shop, SYSTEM):
        yield shop


@pytest.fixture
def giro(at_shop):
    with gateway_added(gateway := provider(methods=("card", "alipay"))) as _:
        yield gateway


def save(mode="test", *, typed=TYPED, version=0, **more):
    return actions.save_account(gateway="giro", mode=mode, typed=typed, version=version, **more)


def live(giro):
    giro.facts = AccountFacts("live", "Tea Ltd", ("card",), ("Alipay waits for papers.",))
    made = save("live")
    actions.switch_account(account_id=made, on=True)
    return made


def only():
    with reading():
        (one,) = accounts()
    return one


def ways():
    return [way.id for way in ways_to_pay()]


def test_shop_that_decided_nothing_takes_test_payments(at_shop):
    assert ways() == ["test:page"]
    assert takes_test_payments(ways_to_pay())


def test_credentials_are_kept_sealed_and_never_shown(giro, owner_engine, at_shop):
    save()
    one = only()
    assert one.shown["account"] == {"value": "acct-7"}
    assert one.shown["key"]["tail"] == "4711"
    assert TYPED["key"] not in repr(one)
    assert gateway_account("giro").credentials.values == TYPED
    assert TYPED["key"] not in repr(gateway_account("giro"))
    with owner_engine.connect() as connection:
        row = connection.execute(
            text("SELECT credentials, shown, history FROM payments_account WHERE shop_id = :shop"),
            {"shop": at_shop.shop_id},
        ).one()
    assert is_sealed(row.credentials)
    assert TYPED["key"] not in f"{row.shown}{row.history}"
    assert TYPED["notification_secret"] not in f"{row.shown}{row.history}"
    told = [one for one in answers.noted if one[0] == at_shop.shop_id]
    assert [(action, subject) for _, action, subject, _ in told] == [
        ("payments.account_saved", "giro (test)")
    ]
    assert TYPED["key"] not in repr(told)


def test_empty_secret_keeps_the_one_of_before_and_plain_fields_do_not(giro):
    save()
    save(typed={"account": "acct-8", "key": "", "notification_secret": ""}, version=only().version)
    assert gateway_account("giro").credentials.values == {**TYPED, "account": "acct-8"}
    with pytest.raises(InputRefused) as refused:
        save(typed={"account": "", "key": ""}, version=only().version)
    assert set(refused.value.fields) == {"account"}


def test_wrong_credentials_are_said_at_the_field_and_not_kept(giro):
    with pytest.raises(InputRefused) as refused:
        save(typed={**TYPED, "key": "wrong-key-of-somebody"})
    assert set(refused.value.fields) == {"key"}
    giro.facts = AccountFacts("live", "Tea Ltd", ("card",))
    with pytest.raises(InputRefused):
        save("test")
    with reading():
        assert accounts() == []


def test_silent_gateway_keeps_credentials_unproved_and_off(giro):
    giro.fail_next("check_credentials")
    made = save()
    assert not only().is_proved
    with pytest.raises(NotReady):
        actions.switch_account(account_id=made, on=True)
    assert actions.check_account(account_id=made)
    actions.switch_account(account_id=made, on=True)
    assert ways() == ["giro:card", "giro:alipay", "test:page"]


def test_account_whose_methods_are_not_ready_is_not_offered(giro):
    giro.facts = AccountFacts("test", "Tea Ltd", ("card",))
    made = save(methods=("alipay",))
    with pytest.raises(NotReady):
        actions.switch_account(account_id=made, on=True)
    save(methods=("card", "alipay"), version=only().version, typed={"account": "acct-7"})
    actions.switch_account(account_id=made, on=True)
    assert ways() == ["giro:card", "test:page"]


def test_real_payments_end_test_payments(giro):
    actions.switch_account(account_id=save(), on=True)
    live(giro)
    assert [(way.id, way.mode) for way in ways_to_pay()] == [("giro:card", "live")]
    assert not takes_test_payments(ways_to_pay())
    actions.switch_test_payments(on=True)
    assert ways() == ["giro:card"]


def test_same_method_is_offered_once_through_whoever_stands_first(giro):
    actions.switch_account(account_id=save(), on=True)
    with gateway_added(provider("bank", methods=("card",))):
        bank = actions.save_account(gateway="bank", mode="test", typed=TYPED)
        actions.switch_account(account_id=bank, on=True)
        assert ways() == ["giro:card", "giro:alipay", "test:page"]
        actions.put_first(account_id=bank)
        assert ways() == ["bank:card", "giro:alipay", "test:page"]


def test_alipay_is_not_offered_inside_wechat(giro):
    actions.switch_account(account_id=save(), on=True)
    assert [way.id for way in usable_ways(ways_to_pay(), "wechat", "CNY")] == ["giro:card", "test:page"]
    assert len(usable_ways(ways_to_pay(), "phone", "CNY")) == 3


def test_shop_without_any_way_says_so(giro, buyer, at_shop):
    tea = make_product(stock=3)
    placed = buyer().order([(tea.variant_id, 1)])
    actions.switch_test_payments(on=False)
    assert ways() == []
    with pytest.raises(NoWayToPay):
        start_payment(order_id=placed.order_id, return_url="http://x/")


def test_gateway_of_a_plugin_is_there_only_while_the_plugin_is_on(at_shop, enable):
    with gateway_added(provider("group_buy"), plugin="group_buy"):
        with pytest.raises(NotFound):
            actions.save_account(gateway="group_buy", mode="test", typed=TYPED)
        enable(at_shop, "group_buy")
        made = actions.save_account(gateway="group_buy", mode="test", typed=TYPED)
        actions.switch_account(account_id=made, on=True)
        assert "group_buy:card" in ways()
        enable(at_shop, "group_buy", state="draining")
        assert "group_buy:card" not in ways()
        # What was paid through it can still go back.
        assert gateway_account("group_buy").credentials.values["account"] == "acct-7"


def test_account_with_payments_stays_and_keeps_its_identity(giro, buyer):
    made = save()
    actions.switch_account(account_id=made, on=True)
    actions.switch_test_payments(on=False)
    tea = make_product(stock=3)
    placed = buyer().order([(tea.variant_id, 1)])
    assert pay(giro, placed.order_id).gateway == "giro"
    assert order_row(placed.order_id).financial == "paid"
    with reading():
        assert obligations_of("giro", "test").any
    giro.facts = AccountFacts("test", "Somebody else", ("card",))
    with pytest.raises(OtherAccount):
        save(version=only_of("giro").version)
    assert actions.remove_account(account_id=made) == "draining"
    assert gateway_account("giro").credentials.values == TYPED
    assert ways() == []


def only_of(gateway):
    with reading():
        return next(one for one in accounts() if one.gateway == gateway)


def test_account_that_nothing_needs_is_forgotten(giro):
    assert actions.remove_account(account_id=save()) == "removed"
    with pytest.raises(UnknownGateway):
        gateway_account("giro")


def test_only_who_may_changes_accounts(giro):
    made = save()
    nobody = Actor("staff", new_id())
    calls = [
        lambda: save(version=only().version),
        lambda: actions.check_account(account_id=made),
        lambda: actions.switch_account(account_id=made, on=True),
        lambda: actions.switch_test_payments(on=False),
        lambda: actions.put_first(account_id=made),
        lambda: actions.remove_account(account_id=made),
    ]
    for call in calls:
        with acting_as(nobody), pytest.raises(PermissionRefused):
            call()


def test_account_of_another_shop_is_not_found(giro, other_shop):
    made = save()
    with shop_bound_elsewhere(other_shop):
        for call in (actions.check_account, actions.put_first, actions.remove_account):
            with pytest.raises(NotFound):
                call(account_id=made)
        with pytest.raises(NotFound):
            actions.switch_account(account_id=made, on=True)
        with pytest.raises(UnknownGateway):
            gateway_account("giro")
        with reading():
            assert accounts() == []


def shop_bound_elsewhere(other_shop):
    """A shop may not be bound inside another: a fresh context, as another request has it."""
    import contextvars
    from contextlib import contextmanager

    from core.kernel import tenancy

    @contextmanager
    def bound():
        token = tenancy._scope.set(None)
        try:
            with shop_bound(other_shop, SYSTEM):
                yield contextvars.copy_context()
        finally:
            tenancy._scope.reset(token)

    return bound()


def test_steps_to_real_payments_are_ticked_from_facts(giro, buyer):
    def reached():
        with reading():
            return milestones(accounts())

    assert reached() == type(reached())(*[False] * 6)
    save()
    assert (reached().test_account, reached().live_account) == (True, False)
    live(giro)
    assert (reached().live_account, reached().live_proved, reached().live_on) == (True, True, True)
    tea = make_product(stock=3)
    pay(giro, buyer().order([(tea.variant_id, 1)]).order_id)
    assert (reached().live_paid, reached().test_paid) == (True, False)


@pytest.mark.race
@pytest.mark.parametrize("stored", [False, True])
def test_two_people_save_at_once_and_one_is_told(giro, stored):
    version = 0
    if stored:
        save()
        version = only().version
    typed = [{**TYPED, "account": f"acct-{number}"} for number in range(6)]
    outcomes = race([lambda one=one: save(typed=one, version=version) for one in typed])
    kept = [one.value for one in outcomes if one.error is None]
    assert len(kept) == 1
    assert {type(one.error) for one in outcomes if one.error} == {AccountChanged}
    assert overlapping_pairs(outcomes)
    assert only().id == kept[0]


def test_ways_cost_one_statement_however_many(giro):
    def counted():
        with count_statements() as seen, reading():
            ways_to_pay()
        return len(seen)

    actions.switch_account(account_id=save(), on=True)
    one = counted()
    with (
        gateway_added(provider("bank", methods=("alipay",))),
        gateway_added(provider("till", methods=("page",))),
    ):
        for name in ("bank", "till"):
            made = actions.save_account(gateway=name, mode="test", typed=TYPED)
            actions.switch_account(account_id=made, on=True)
        assert counted() == one
