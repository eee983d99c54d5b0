"""Checkout Sessions: a page of Stripe's where the buyer pays by card."""

import stripe.checkout

from tests.stripe_stand_in.books import Book, seconds
from tests.stripe_stand_in.charges import charge_intent, fail_intent
from tests.stripe_stand_in.intents import check_method, close_intent, new_intent
from tests.stripe_stand_in.money import check_amount
from tests.stripe_stand_in.wire import Json, Problem, refused

_SHORTEST, _LONGEST = 30 * 60, 24 * 3600


def create_session(book: Book, params: Json, base_url: str) -> Json:
    """Open a page for one payment; its payment intent comes into being with the first attempt."""
    if params.get("mode") != "payment" or not params.get("line_items") or not params.get("success_url"):
        raise refused("The stand-in knows mode=payment with line_items and success_url.", param="mode")
    expires_at = params.get("expires_at", seconds() + _LONGEST)
    if not _SHORTEST <= expires_at - seconds() <= _LONGEST:
        message = "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation."
        raise refused(message, param="expires_at")
    currency, total = _total(params["line_items"])
    check_amount(total, currency)
    types = params.get("allowed_payment_method_types") or ["card"]
    for method in types:
        check_method(book, method, currency, _capture(params))
    session = book.add(
        stripe.checkout.Session,
        "cs",
        amount_subtotal=total,
        amount_total=total,
        automatic_tax={"enabled": False, "liability": None, "provider": None, "status": None},
        adaptive_pricing=params.get("adaptive_pricing") or {"enabled": True},
        cancel_url=params.get("cancel_url"),
        client_reference_id=params.get("client_reference_id"),
        currency=currency,
        custom_fields=[],
        custom_text={},
        expires_at=expires_at,
        livemode=book.livemode,
        locale=params.get("locale"),
        metadata=params.get("metadata") or {},
        mode="payment",
        payment_method_types=types,
        payment_status="unpaid",
        shipping_options=[],
        status="open",
        success_url=params["success_url"],
        ui_mode="hosted_page",
        allowed_payment_method_types=params.get("allowed_payment_method_types"),
    )
    # Not a field of Stripe's: what the intent will be made of. It is taken out of every answer.
    session["_intent"] = {**(params.get("payment_intent_data") or {}), "amount": total, "currency": currency}
    session["url"] = f"{base_url}/hosted/{session['id']}"
    return session


def _capture(params: Json) -> str:
    return str((params.get("payment_intent_data") or {}).get("capture_method") or "automatic")


def _total(items: list[Json]) -> tuple[str, int]:
    prices = [item.get("price_data") for item in items]
    if not all(price and price.get("product_data") for price in prices):
        raise refused("The stand-in knows line items with price_data[product_data].", param="line_items")
    currencies = {price["currency"] for price in prices if price}
    if len(currencies) != 1:
        raise refused("All line items must have the same currency.", param="line_items")
    total = sum(item.get("quantity", 1) * item["price_data"]["unit_amount"] for item in items)
    return currencies.pop(), total


def let_time_pass(book: Book, session: Json) -> Json:
    """A session whose time is over is expired, whoever looks."""
    if session["status"] == "open" and session["expires_at"] <= seconds():
        _expire(book, session)
    return session


def expire_session(book: Book, session: Json) -> Json:
    """Close a page that nobody has paid on."""
    busy = session["payment_intent"] and book.objects[session["payment_intent"]]["status"] == "processing"
    if session["status"] != "open" or busy:
        message = f'Only Checkout Sessions with a status in ["open"] can be expired. This one is {session["status"]}.'
        raise refused(message)
    _expire(book, session)
    return session


def _expire(book: Book, session: Json) -> None:
    session |= {"status": "expired", "url": None}
    if session["payment_intent"]:
        close_intent(book, book.objects[session["payment_intent"]], "expired")
    book.tell("checkout.session.expired", shown_session(session))


def attempt(book: Book, session: Json) -> Json:
    """The buyer types a card and presses the button: now there is an intent."""
    if session["status"] != "open":
        raise Problem(400, "This session is not open any more.")
    if not session["payment_intent"]:
        data = dict(session["_intent"])
        intent = new_intent(book, {**data, "allowed_payment_method_types": session["payment_method_types"]})
        session["payment_intent"] = intent["id"]
        book.tell("payment_intent.created", intent)
    found: Json = book.objects[session["payment_intent"]]
    found["payment_method"] = book.new_id("pm")
    return found


def pay_session(book: Book, session: Json) -> None:
    """The card is good: the session is complete."""
    intent = attempt(book, session)
    charge_intent(book, intent, "card")
    complete_session(book, session, paid=intent["status"] == "succeeded")


def complete_session(book: Book, session: Json, *, paid: bool) -> None:
    """The page has done its work; an authorised payment is not paid yet."""
    session |= {"status": "complete", "payment_status": "paid" if paid else "unpaid", "url": None}
    book.tell("checkout.session.completed", shown_session(session))


def decline_session(book: Book, session: Json, code: str) -> None:
    """The bank says no, and the page stays open for another card."""
    fail_intent(book, attempt(book, session), "card", code)


def shown_session(session: Json) -> Json:
    """A session as Stripe answers it."""
    return {name: value for name, value in session.items() if not name.startswith("_")}
