"""After the sale: a buyer asks for something about an order, follows it, sends goods back; no script is needed."""

from collections.abc import Mapping
from uuid import UUID

from flask import Blueprint, Response, request
from werkzeug.datastructures import MultiDict

from core.commerce.aftersale.actions import (
    cancel_unpaid,
    open_case,
    send_goods,
    show_pictures,
    withdraw_case,
)
from core.commerce.aftersale.errors import ChooseReason, ChooseUnits, UnitsTaken
from core.commerce.aftersale.pictures import keep_pictures, picture_file, picture_owner
from core.commerce.aftersale.queries import CaseView, case, case_of_code
from core.commerce.customers.errors import LoginNeeded
from core.commerce.orders.queries import OrderView, order, order_of_code
from core.kernel.errors import InputRefused, NotFound, PinpuError
from core.kernel.i18n import N_, gettext
from core.kernel.ids import as_id, new_id
from core.kernel.money import parse_amount
from core.rendering import links
from core.rendering.contexts import AftersalePage
from core.web.storefront.aftersale_page import (
    SWAP,
    UNITS,
    Asking,
    Wish,
    asking,
    check_page,
    choose_page,
    kinds_page,
    refused_kinds,
    wish_offer,
)
from core.web.storefront.aftersale_words import case_url
from core.web.storefront.answers import go, page_answer
from core.web.storefront.browser import current_browser
from core.web.storefront.case_page import case_view_page
from core.web.storefront.forms import takes_bodies, typed, whole_number
from core.web.storefront.limits import AFTERSALE, limiter
from core.web.storefront.notices import tell
from core.web.storefront.orders import is_owner
from core.web.storefront.parts import parts

aftersale = Blueprint("aftersale", __name__)
cases = Blueprint("cases", __name__)

_LONGEST_WORDS = 1000
_PICTURE_BYTES = 40_000_000


def _own_order(code: str) -> OrderView:
    """The order behind a code, for whoever placed it; anybody else is asked to log in."""
    found = order_of_code(code)
    if found is None:
        raise NotFound
    return _require_owner(found)


def _require_owner(found: OrderView) -> OrderView:
    if not is_owner(found):
        if current_browser().customer is None:
            raise LoginNeeded
        raise NotFound
    return found


def _own_case(code: str) -> tuple[CaseView, OrderView]:
    found = case_of_code(code)
    about = order(found.order_id) if found else None
    if found is None or about is None:
        raise NotFound
    return found, _require_owner(about)


@aftersale.get("/orders/<code>/aftersale")
def ask(code: str) -> Response:
    """What can be asked for, then which pieces and why, then what comes back."""
    about = asking(_own_order(code), parts().frames.frame())
    wish = _wish(about, request.args)
    kinds = about.chances.kinds
    if wish.kind not in kinds:
        only = kinds[0] if len(kinds) == 1 and kinds[0] not in refused_kinds(about) else ""
        return _shown(choose_page(about, Wish(kind=only)) if only else kinds_page(about))
    if wish.kind in refused_kinds(about):
        return _shown(kinds_page(about))
    if request.args.get("step") != "check":
        return _shown(choose_page(about, wish))
    return _checked(about, wish, new_id(), None)


def _checked(about: Asking, wish: Wish, case_id: UUID, problem: PinpuError | None) -> Response:
    """The last look before it is sent; what is missing leads back to the choice."""
    status = problem.status if problem else 200
    try:
        _require_whole(about, wish)
        offer = wish_offer(about, wish)
    except PinpuError as error:
        return _shown(choose_page(about, wish, problem or error), problem.status if problem else error.status)
    return _shown(check_page(about, wish, offer, case_id=case_id, problem=problem), status)


def _require_whole(about: Asking, wish: Wish) -> None:
    limits = about.chances.unit_limits(wish.kind)
    if wish.kind != "cancel":
        if not wish.units:
            raise ChooseUnits
        for one in about.chances.lines:
            if wish.units.get(one.line.key, 0) > limits[one.line.key]:
                raise UnitsTaken(title=one.line.title, left=limits[one.line.key])
    if about.reason(wish) is None:
        raise ChooseReason


def _wish(about: Asking, sent: Mapping[str, str]) -> Wish:
    units, swaps = {}, {}
    for place, line in enumerate(about.order.lines):
        count, swap = whole_number(sent.get(f"{UNITS}{place}", "")), as_id(sent.get(f"{SWAP}{place}", ""))
        if count:
            units[line.key] = count
        if swap:
            swaps[line.key] = swap
    return Wish(
        kind=sent.get("kind", ""),
        units=units,
        reason=typed(sent, "reason").text,
        words=typed(sent, "words", most=_LONGEST_WORDS, lines=True).text,
        amount=typed(sent, "amount", most=16).text,
        swaps=swaps,
    )


def _shown(page: AftersalePage, status: int = 200) -> Response:
    return page_answer(page, status=status)


@aftersale.post("/orders/<code>/aftersale")
@takes_bodies(_PICTURE_BYTES)
@limiter.limit(AFTERSALE)
def send(code: str) -> Response:
    """Send what was looked at; a double click is one case."""
    found = _own_order(code)
    about = asking(found, parts().frames.frame())
    sent: MultiDict[str, str] = request.form
    wish, case_id = _wish(about, sent), as_id(sent.get("case", "")) or new_id()
    if (known := case(case_id)) is not None and known.order_id == found.id:
        return go(case_url(known.code))
    try:
        opened = open_case(
            order_id=found.id,
            case_id=case_id,
            kind=wish.kind,
            units=wish.units,
            reason=wish.reason,
            words=wish.words,
            wanted_amount=_amount(wish, found),
            seen_amount=whole_number(sent.get("seen", "")),
            pictures=keep_pictures(_pictures()),
            replacements=wish.swaps,
        )
    except NotFound:
        raise
    except PinpuError as error:
        return _refused(found, wish, case_id, error)
    return go(case_url(opened))


def _refused(found: OrderView, wish: Wish, case_id: UUID, error: PinpuError) -> Response:
    """The page as things stand now, with what was said and typed."""
    about = asking(found, parts().frames.frame())
    if wish.kind not in about.chances.kinds or wish.kind in refused_kinds(about):
        page = kinds_page(about)
        return _shown(page, error.status)
    return _checked(about, wish, case_id, error)


def _amount(wish: Wish, found: OrderView) -> int | None:
    if wish.kind != "refund" or not wish.amount:
        return None
    return parse_amount(wish.amount, found.currency)


def _pictures() -> list[bytes]:
    return [content for one in request.files.getlist("pictures") if (content := one.read())]


@aftersale.post("/orders/<code>/cancel")
@limiter.limit(AFTERSALE)
def cancel(code: str) -> Response:
    """Close an order that was not paid."""
    found = _own_order(code)
    cancel_unpaid(order_id=found.id)
    tell(gettext(N_("The order is closed.")))
    return go(links.order_url(found.code))


@cases.get("/cases/<code>")
def show_case(code: str) -> Response:
    """One case."""
    found, about = _own_case(code)
    return _case_page(found, about)


def _case_page(
    found: CaseView,
    about: OrderView,
    status: int = 200,
    *,
    typed_in: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> Response:
    page = case_view_page(found, about, parts().frames.frame(), typed=typed_in or {}, errors=errors or {})
    return page_answer(page, status=status)


@cases.post("/cases/<code>/withdraw")
@limiter.limit(AFTERSALE)
def withdraw(code: str) -> Response:
    """The buyer does not want it any more."""
    found, _about = _own_case(code)
    withdraw_case(case_id=found.id)
    tell(gettext(N_("The case is withdrawn.")))
    return go(case_url(found.code))


@cases.post("/cases/<code>/parcel")
@limiter.limit(AFTERSALE)
def parcel(code: str) -> Response:
    """Which parcel goes back."""
    found, about = _own_case(code)
    given = {name: typed(request.form, name).text for name in ("carrier", "tracking_number")}
    try:
        send_goods(case_id=found.id, **given)
    except InputRefused as error:
        errors = {name: str(messages[0]) for name, messages in error.fields.items()}
        return _case_page(found, about, 422, typed_in=given, errors=errors)
    tell(gettext(N_("Thank you. The shop knows which parcel to look for.")))
    return go(case_url(found.code))


@cases.post("/cases/<code>/pictures")
@takes_bodies(_PICTURE_BYTES)
@limiter.limit(AFTERSALE)
def pictures(code: str) -> Response:
    """Show more."""
    found, _about = _own_case(code)
    show_pictures(case_id=found.id, pictures=keep_pictures(_pictures()))
    return go(case_url(found.code))


@cases.get("/case-pictures/<code>")
def picture(code: str) -> Response:
    """A picture of a case, for its buyer only."""
    owner = picture_owner(code)
    found = case(owner) if owner else None
    about = order(found.order_id) if found else None
    if found is None or about is None or not is_owner(about):
        raise NotFound
    content = picture_file(code, small="small" in request.args)
    if content is None:
        raise NotFound
    answer = Response(content.content, mimetype=content.mime)
    answer.headers["Cache-Control"] = "private, max-age=3600"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer
