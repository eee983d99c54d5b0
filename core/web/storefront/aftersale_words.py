"""How a case stands and what can be asked for, in the buyer's words."""

from collections.abc import Iterable, Sequence

from core.commerce.aftersale.promises import Promises
from core.commerce.aftersale.queries import CaseView
from core.kernel.i18n import N_, _
from core.kernel.money import Money, format_money
from core.rendering import contexts as views
from core.rendering import links
from core.web.storefront.frame import Frame
from core.web.storefront.order_words import Standing, moment_words

# Kind → name, when it is the right one, icon, words on the button that sends it.
KINDS = {
    "cancel": (N_("Cancel the order"), N_("It has not been sent yet."), "close", N_("Cancel the order")),
    "refund": (
        N_("Money back, no return"),
        N_("It has not come, or you keep it and want part of the money back."),
        "wallet",
        N_("Ask for the money back"),
    ),
    "return": (
        N_("Return it, money back"),
        N_("You send it back and get your money."),
        "refund",
        N_("Ask for the return"),
    ),
    "exchange": (
        N_("Exchange it"),
        N_("You send it back and get another one."),
        "box",
        N_("Ask for the exchange"),
    ),
}
SHORT = {
    "cancel": N_("Cancellation"),
    "refund": N_("Refund"),
    "return": N_("Return"),
    "exchange": N_("Exchange"),
}


def case_url(code: str) -> str:
    """Page of a case, by its opaque code."""
    return f"/cases/{code}"


def aftersale_url(order_code: str) -> str:
    """Where something can be asked for about an order."""
    return f"{links.order_url(order_code)}/aftersale"


def kind_name(kind: str) -> str:
    """What a kind of case is called, in a word."""
    return _(SHORT[kind])


def case_standing(case: CaseView, rules: Promises) -> Standing:
    """How a case stands: what the buyer should know and do now."""
    until = moment_words(case.due_at, full=True) if case.due_at else ""
    amount = format_money(case.amount)
    match case.stands:
        case "open":
            detail = (
                _("If there is no answer by %(time)s, it is accepted by itself.", time=until)
                if rules.default_of(case.kind) == "accept"
                else _("If there is no answer by %(time)s, it is declined by itself.", time=until)
            )
            return Standing(_("The shop looks at it"), detail, "warn", _("Waiting for the shop"))
        case "accepted":
            detail = _("Send it by %(time)s and fill in the parcel's number here.", time=until)
            return Standing(_("Agreed: please send it back"), detail, "ok", _("Please send it back"))
        case "sent":
            detail = _("If the shop says nothing by %(time)s, it counts as received.", time=until)
            return Standing(
                _("Your parcel is on its way to the shop"), detail, "warn", _("Parcel on its way back")
            )
        case "received":
            return Standing(
                _("The goods have arrived"), _("The shop sends the replacement."), "ok", _("Goods arrived")
            )
        case "refunding":
            return Standing(
                _("%(amount)s is on its way back", amount=amount),
                _("It goes back the way it was paid, by itself."),
                "warn",
                _("Money on its way"),
            )
        case "refunded":
            return Standing(_("%(amount)s went back to you", amount=amount), "", "ok", _("Refunded"))
        case "stuck":
            detail = _("The payment service refused it. The shop has been told and looks at it.")
            return Standing(
                _("The refund of %(amount)s needs a look", amount=amount), detail, "fail", _("Refund stuck")
            )
    return _over(case)


def _over(case: CaseView) -> Standing:
    match case.state:
        case "replaced":
            return Standing(
                _("The replacement is on its way"),
                _("Its parcel stands on the page of the order."),
                "ok",
                _("Exchanged"),
            )
        case "declined":
            return Standing(
                _("The shop declined"),
                _("You can ask again, or write to the shop."),
                "fail",
                _("Declined"),
            )
        case "withdrawn":
            return Standing(_("You withdrew it"), "", "plain", _("Withdrawn"))
    return Standing(_("Closed: the goods did not come in time"), "", "plain", _("Closed"))


def case_rows(cases: Iterable[CaseView], rules: Promises) -> tuple[views.CaseRow, ...]:
    """Cases as the page of their order shows them."""
    rows = []
    for case in cases:
        stands = case_standing(case, rules)
        pays = case.kind != "exchange" and case.state not in ("declined", "withdrawn", "lapsed")
        rows.append(
            views.CaseRow(
                label=f"{kind_name(case.kind)} · {case.number}",
                status=stands.short,
                url=case_url(case.code),
                tone=stands.tone,
                amount=format_money(case.amount) if pays else "",
            )
        )
    return tuple(rows)


def promise_notes(rules: Promises, kind: str, *, fault: bool, at_once: bool) -> tuple[str, ...]:
    """What happens after it is sent: deadlines, the way back, the default."""
    if at_once:
        return (_("It is cancelled at once, and the whole payment goes back the way it came."),)
    notes = [_("The shop answers within %(hours)s hours.", hours=rules.answer_hours)]
    if rules.default_of(kind) == "accept":
        notes[0] += " " + _("If it does not, it is accepted by itself.")
    if kind in ("return", "exchange"):
        notes.append(
            _("The shop pays for the way back: send the parcel freight collect.")
            if rules.shop_pays_return(fault=fault)
            else _("You pay for the way back.")
        )
    return tuple(notes)


def ways_to_shop(frame: Frame, order_number: str) -> tuple[views.LinkView, ...]:
    """How a buyer reaches the shop about an order."""
    contact = frame.settings.contact
    found: list[views.LinkView] = []
    if email := str(contact.get("email") or ""):
        found.append(
            views.LinkView(
                label=_("Write to the shop"), url=f"mailto:{email}?subject={order_number}", icon="mail"
            )
        )
    if phone := str(contact.get("phone") or ""):
        found.append(
            views.LinkView(
                label=_("Call %(phone)s", phone=phone), url=f"tel:{phone.replace(' ', '')}", icon="phone"
            )
        )
    return tuple(found)


def money_sum(steps: Sequence[tuple[str, int]], total: int, currency: str) -> views.PriceSum:
    """What comes back as a sum: one step per line, freight, then the total."""
    return views.PriceSum(
        steps=tuple(
            views.PriceStep(label=label, amount=Money(minor, currency), kind="base") for label, minor in steps
        ),
        total=Money(total, currency),
    )
