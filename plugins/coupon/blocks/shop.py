"""Product, order, account and footer: coupons to claim for these goods, what an order saved, doors to both pages."""

from core.sdk.catalog import collections_of
from core.sdk.shop import settings, takes_new_business
from core.sdk.storefront import SlotBlock, SlotRequest
from core.sdk.values import Money
from core.sdk.words import _
from plugins.coupon.domain import PLUGIN
from plugins.coupon.pages import HOME, MINE, offer_card
from plugins.coupon.queries.campaigns import offers_for
from plugins.coupon.queries.wallet import UsedCoupon, coupons_in_orders
from plugins.coupon.schemas import CouponSettings
from plugins.coupon.wording import money

_MOST = 3


def product_blocks(request: SlotRequest) -> list[SlotBlock]:
    """Coupons that can be claimed for this product, at most three."""
    if not request.subject_ids:
        return []
    product = request.subject_ids[0]
    offers = [one for one in offers_for(request.customer_id) if one.way in ("claim", "have")]
    inside = frozenset(map(str, collections_of([product]).get(product, ()))) if offers else frozenset()
    fit = [one for one in offers if one.campaign.terms.scope.covers(str(product), inside)][:_MOST]
    if not fit:
        return []
    context = {"cards": tuple(offer_card(one) for one in fit), "home": HOME}
    return [SlotBlock("product.offers", "coupon/blocks/product.html", context, max_age=60)]


def home_blocks(request: SlotRequest) -> list[SlotBlock]:
    """The coupon that visitors are asked to claim as they arrive; the page shows it once a day at the most."""
    if "home.top" not in request.slots:
        return []
    found = [
        one for one in offers_for(request.customer_id) if one.campaign.plan.announced and one.way == "claim"
    ]
    if not found:
        return []
    context = {"card": offer_card(found[0]), "mark": f"coupon-{found[0].campaign.id}"}
    return [SlotBlock("home.top", "coupon/blocks/popup.html", context, max_age=60)]


def order_blocks(request: SlotRequest) -> list[SlotBlock]:
    """Which coupons an order used, what each took off, and from which lines."""
    found = coupons_in_orders(request.subject_ids)
    return [
        SlotBlock("order.after", "coupon/blocks/order.html", {"rows": tuple(map(_used, rows))})
        for rows in found.values()
    ]


def _used(row: UsedCoupon) -> tuple[str, Money, tuple[tuple[str, Money], ...]]:
    lines = tuple((title or _("Shipping"), money(amount)) for title, amount in row.lines)
    return row.title, money(row.amount), lines if len(lines) > 1 else ()


def account_blocks(request: SlotRequest) -> list[SlotBlock]:
    """A door to the buyer's own coupons."""
    if request.customer_id is None:
        return []
    return [SlotBlock("account.links", "coupon/blocks/account_link.html", {"url": MINE})]


def footer_blocks(request: SlotRequest) -> list[SlotBlock]:
    """A door to the coupon centre, where the merchant shows it."""
    if "footer.links" not in request.slots or not takes_new_business(PLUGIN):
        return []
    if not settings(CouponSettings, PLUGIN)["open_centre"]:
        return []
    return [
        SlotBlock(
            "footer.links", "coupon/blocks/footer_link.html", {"url": HOME, "label": _("Coupon centre")}
        )
    ]
