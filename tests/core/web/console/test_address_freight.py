"""Another address before shipping: the console says what it means for the freight, and the merchant decides."""

import pytest

from core.commerce.orders.queries import order, timeline
from core.commerce.shipping.actions import save_method
from core.commerce.shipping.queries import stored_methods
from core.kernel.db import reading
from core.testing.buying import Buyer
from core.testing.goods import make_product
from tests.core.web.console.orders_at_hand import hidden, paid_order

RULES = {
    "zones": [
        {"places": ["CN-XZ"], "fee": 2500, "step_fee": 0, "free_from": None},
        {"places": ["CN-SH"], "fee": 500, "step_fee": 0, "free_from": None},
    ],
    "excluded": ["CN-XJ"],
}


@pytest.fixture(autouse=True)
def bound(platform, in_shop):
    return in_shop


@pytest.fixture
def paid(gateway):
    """The id of a paid order that goes to Zhejiang for 8.00."""
    method = save_method(name="快递", fee_minor=800, free_from_minor=None, rules=RULES)
    product = make_product()
    return paid_order(Buyer(None, {"kind": "method", "id": str(method)}), gateway, [(product.variant_id, 1)])


def address(order_id):
    with reading():
        return order(order_id).address


def total(order_id):
    with reading():
        return order(order_id).total


def moved(region, **more):
    return {"name": "王五", "phone": "13900000000", "region": region, "line1": "新街 2 号", **more}


@pytest.mark.parametrize(
    ("region", "words"),
    [("西藏自治区", "¥25.00 there instead of ¥8.00: ¥17.00 more"), ("上海市", "¥5.00 there instead of ¥8.00: ¥3.00 less"),
     ("新疆维吾尔自治区", "is not delivered to by “快递”")],
)  # fmt: skip
def test_freight_elsewhere_is_told_exactly_and_the_merchant_decides(owner, paid, region, words):
    before, charged = address(paid), total(paid)
    asked = owner.post(f"/orders/{paid}/address", moved(region))
    assert asked.status_code == 409
    assert words in asked.text
    assert "The buyer paid ¥8.00 for sending." in asked.text
    assert address(paid) == before
    decided = hidden(asked.text, "_decided")
    assert hidden(asked.text, "line1") == "新街 2 号"
    assert owner.post(f"/orders/{paid}/address", moved(region, _decided=decided)).status_code == 303
    assert address(paid)["region"] == region
    assert total(paid) == charged
    with reading():
        last = timeline(paid)[-1]
        assert words in last.text
        assert words not in " ".join(entry.text for entry in timeline(paid, public_only=True))


def test_decision_about_something_else_does_not_count(owner, paid):
    cheaper = hidden(owner.post(f"/orders/{paid}/address", moved("上海市")).text, "_decided")
    asked = owner.post(f"/orders/{paid}/address", moved("西藏自治区", _decided=cheaper))
    assert asked.status_code == 409
    assert address(paid)["region"] != "西藏自治区"


def test_same_freight_asks_nothing_and_rules_of_the_order_count(owner, paid):
    assert owner.post(f"/orders/{paid}/address", moved("江苏省")).status_code == 303
    with reading():
        (method,) = stored_methods()
    save_method(
        method_id=method.id, name="快递", fee_minor=9900, free_from_minor=None, rules={"excluded": ["CN-ZJ"]}
    )
    assert owner.post(f"/orders/{paid}/address", moved("浙江省")).status_code == 303
