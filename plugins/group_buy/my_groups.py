"""The page "My groups": each group of a buyer with how it stands, and how far its money is."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core.sdk.shop import storefront_url
from core.sdk.storefront import LinkPreview, LinkView, PluginPage, order_url
from core.sdk.values import Money
from core.sdk.words import _, format_money, ngettext
from plugins.group_buy.blocks.views import HOME, group_url, money
from plugins.group_buy.domain import Standing
from plugins.group_buy.queries.groups import MyGroup, groups_of


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundStep:
    """One step of a refund: when it was, or when it will be in words; `state` is done, now or next."""

    title: str
    at: datetime | None = None
    when: str = ""
    detail: str = ""
    state: str = "next"


@dataclass(frozen=True, slots=True, kw_only=True)
class MineRow:
    """One of the buyer's groups in a list; `tone` is warn (act or wait), ok or plain."""

    title: str
    variant: str
    status: str
    detail: str
    tone: str
    url: str
    order_url: str
    deadline: datetime | None
    size: int
    paid: int
    forming: bool
    total: Money
    steps: tuple[RefundStep, ...] = ()


def mine_page(customer_id: UUID) -> PluginPage:
    """The buyer's groups, newest first."""
    title = _("My groups")
    return PluginPage(
        title=title,
        preview=LinkPreview(title=title, url=storefront_url(f"{HOME}mine"), index=False),
        back=LinkView(label=_("My account"), url="/account"),
        plugin="group_buy",
        body_template="group_buy/pages/mine.html",
        body={"rows": tuple(_mine(one) for one in groups_of(customer_id)), "home": HOME},
    )


def _mine(one: MyGroup) -> MineRow:
    status, detail, tone = _mine_words(one)
    return MineRow(
        title=one.title,
        variant=one.variant,
        status=status,
        detail=detail,
        tone=tone,
        url=group_url(one.code) if one.standing is not Standing.ABANDONED else order_url(one.order_code),
        order_url=order_url(one.order_code),
        deadline=one.deadline,
        size=one.size,
        paid=one.paid,
        forming=one.standing is Standing.FORMING and one.left_at is None,
        total=money(one.total_minor),
        steps=_refund_steps(one),
    )


def _refund_steps(one: MyGroup) -> tuple[RefundStep, ...]:
    """How far the money is that goes back, with times; empty where none does."""
    if not one.refund:
        return ()
    done = one.refund == "done"
    handed = "done" if done else "now" if one.sent_at else "next"
    return (
        RefundStep(title=_("The refund started"), at=one.decided_at, state="done"),
        RefundStep(title=_("With the payment service"), at=one.sent_at, state=handed),
        RefundStep(
            title=_("The money is back"),
            at=one.refunded_at,
            when="" if done else _("usually within minutes"),
            state="done" if done else "next",
        ),
    )


def _mine_words(one: MyGroup) -> tuple[str, str, str]:
    refund = {"on_its_way": _("The money is on its way back."), "done": _("The money is back.")}.get(
        one.refund, ""
    )
    if one.order_unpaid:
        return _("Not paid yet"), _("Pay to take your seat."), "warn"
    if one.won is False:
        return _("Not drawn"), refund, "plain"
    if one.won:
        return _("Drawn"), _("The order ships."), "ok"
    if one.back_minor and one.standing is Standing.SUCCEEDED:
        back = _("%(amount)s of it goes back.", amount=format_money(money(one.back_minor)))
        return _("Group complete"), back, "ok"
    if one.left_at is not None and one.standing is not Standing.FAILED:
        return _("You left"), refund, "plain"
    if one.standing is Standing.SUCCEEDED:
        return _("Group complete"), _("The order ships."), "ok"
    if one.standing is Standing.FORMING:
        missing = one.size - one.paid
        return _("Forming"), ngettext("%(n)s more has to pay", "%(n)s more have to pay", missing), "warn"
    return _("Did not fill"), refund, "plain"
