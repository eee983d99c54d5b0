"""Random baskets with the promotions of all plugins at once, priced by the plugins' own pure rules, without a database."""

import random
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from uuid import UUID

from core.commerce.pricing.pipeline import price
from core.commerce.pricing.price_input import CustomerFacts, PriceInput, PriceLine, ShippingOption
from plugins.bundle.domain import ADDON, ANY
from plugins.bundle.domain import Terms as BundleTerms
from plugins.bundle.domain import adjustments as bundles
from plugins.coupon.answering import answers as coupons
from plugins.coupon.domain import Held
from plugins.coupon.terms import Basis, Kind, Scope, Terms
from plugins.group_buy.domain import Offer
from plugins.group_buy.domain import adjustments as group_prices

MOMENT = datetime(2026, 3, 8, 12, 0, tzinfo=UTC)
CUSTOMER = UUID(int=7)
_PAGE = Path(__file__).resolve().parents[2] / "docs" / "writing_a_plugin.md"


def example_plugin():
    """The one-file plugin "spend 100, get 10 off" as docs/writing_a_plugin.md prints it."""
    space = {"__name__": "spend_and_save"}
    exec(re.findall(r"```python\n(.+?)```", _PAGE.read_text(), re.DOTALL)[0], space)
    return space["SpendAndSave"]()


EXAMPLE = example_plugin()
PLUGINS = ("bundle", "coupon", "group_buy", "spend_and_save")


def asked(plugin, stage, price_input, running):
    """What one plugin answers in one stage."""
    match plugin:
        case "bundle":
            return bundles(stage, price_input, running)
        case "coupon":
            return coupons(stage, price_input, running.applied)
        case "group_buy":
            return group_prices(stage, price_input)
        case _:
            return EXAMPLE.adjust_prices(stage, price_input, running)


def priced(price_input, dice=None, known=None):
    """The basket's price with all plugins; `dice` shuffles who is asked first and who answers first.

    `known` keeps what the others answered while only the choice of coupons changes: they come before it.
    """

    def collect(stage, running):
        order = list(PLUGINS)
        if dice:
            dice.shuffle(order)
        said = []
        for plugin in order:
            answers = None if known is None or plugin == "coupon" else known.get((plugin, stage))
            if answers is None:
                found = asked(plugin, stage, price_input, running)
                answers = [one.from_plugin(plugin, "1.0") for one in found]
                if known is not None:
                    known[plugin, stage] = answers
            said += answers
        if dice:
            dice.shuffle(said)
        return said

    return price(price_input, collect)


def choosing(price_input, chosen):
    """The same basket when the buyer wants exactly these coupons (ids)."""
    coupons = MappingProxyType({**price_input.facts["coupon"], "chosen": tuple(chosen)})
    return price_input.knowing({**price_input.facts, "coupon": coupons})


def random_basket(dice, *, claw_back=False):
    """One to four lines, bundles, a group price, spend-and-save, and up to five coupons in the buyer's hands."""
    lines = tuple(_line(dice, number) for number in range(dice.randint(1, 4)))
    products = [str(one.product_id) for one in lines]
    marked = dice.choice(lines) if dice.random() < 0.4 else None
    facts = {
        "bundle": {"bundles": [_bundle(dice, n, products) for n in range(dice.randint(0, 3))]},
        "coupon": {
            "coupons": [
                _held(dice, n, products).as_json() for n in range(dice.choice([0, 1, 1, 2, 2, 2, 3, 3]))
            ],
            "chosen": None,
            "inside": {},
            "most_points": dice.choice([10_000, 10_000, 5_000]),
        },
        "group_buy": {"lines": {marked.key: _offer(dice, marked).as_json()} if marked else {}},
        "spend_and_save": {"spend": dice.choice([1_000, 5_000, 20_000]), "off": dice.choice([1, 333, 1_000])},
    }
    fee = dice.choice([0, 800, 1_200])
    post = ShippingOption(key="post", title="Post", fee=fee, free_from=dice.choice([None, 3_000, 10_000]))
    return PriceInput(
        currency="CNY",
        moment=MOMENT,
        lines=lines,
        customer=CustomerFacts(customer_id=CUSTOMER),
        shipping=dice.choice([None, post, post]),
        tax_mode=dice.choice(["inclusive", "inclusive", "added"]),
        tax_basis_points=dice.choice([0, 600, 1_300]),
        rounding_step=dice.choice([1, 1, 10]),
        claw_back=claw_back,
        facts=facts,
    )


def _line(dice, number):
    cents = dice.choice([1, 2, 99, 500, 1_234, 5_000, 9_900])
    return PriceLine(
        key=f"l{number}",
        product_id=UUID(int=100 + dice.randint(0, 2) if dice.random() < 0.3 else 100 + number),
        variant_id=UUID(int=200 + number),
        sku=f"S{number}",
        title=f"Tea {number}",
        quantity=dice.randint(1, 4),
        unit_price=cents,
    )


def _bundle(dice, number, products):
    some = tuple(dice.sample(products, dice.randint(1, len(products))))
    rest = tuple(one for one in products if one not in some)
    kind = ADDON if rest and dice.random() < 0.3 else ANY
    return BundleTerms(
        id=f"b{number}", version=1, title=f"Bundle {number}", kind=kind, pieces=dice.randint(2, 3),
        price=dice.choice([0, 150, 1_000, 6_000]), product_ids=some, addon_ids=rest if kind == ADDON else (),
    ).as_json()  # fmt: skip


def _held(dice, number, products):
    kind = dice.choice(
        [Kind.AMOUNT, Kind.AMOUNT, Kind.PERCENT, Kind.RANDOM, Kind.NTH, Kind.TIERS, Kind.SHIPPING]
    )
    some = Scope(products=tuple(dice.sample(products, dice.randint(1, len(products)))))
    terms = Terms(
        title=f"Coupon {number}", kind=kind, value=dice.choice([1, 50, 777, 3_000]), points=dice.choice([500, 3_333, 10_000]),
        cap=dice.choice([None, 10, 1_000]), tiers=((1_000, 100), (5_000, 900)), least=1, most=5_000,
        threshold=dice.choice([0, 0, 1_000, 8_000]), basis=dice.choice([Basis.ELIGIBLE, Basis.GOODS]),
        scope=dice.choice([Scope(), some]), with_activity=dice.random() < 0.7, group=dice.choice("abc"),
        exclusive=dice.random() < 0.15, ends_at=MOMENT + timedelta(days=1),
        funder=dice.choice(["merchant", "supplier", "distributor"]),
    )  # fmt: skip
    return Held(
        id=f"h{number}", campaign=dice.choice(["c0", "c1", f"d{number}"]), version=1, terms=terms,
        value=dice.choice([1, 400]), valid_from=MOMENT - timedelta(days=1), valid_to=MOMENT + timedelta(days=1),
        obstacle=dice.choice(["", "", "", "", "locked"]),
    )  # fmt: skip


def _offer(dice, line):
    return Offer(
        activity="a0", version=1, size=3, price=dice.randint(0, line.unit_price), state="published",
        starts_at=MOMENT - timedelta(days=1), ends_at=MOMENT + timedelta(days=1), coupons=dice.random() < 0.7,
    )  # fmt: skip


def dice_of(seed):
    """Random numbers that are the same in every run."""
    return random.Random(f"pinpu {seed}")
