"""The levers of the stand-in: what buyers, banks and bad days do, by one name each."""

from collections.abc import Callable
from typing import Any

from tests.stripe_stand_in import connect, disputes, refunds, sessions
from tests.stripe_stand_in.books import Book, Fault
from tests.stripe_stand_in.charges import charge_intent, fail_intent
from tests.stripe_stand_in.wire import Json

LEVERS: dict[str, Callable[..., Any]] = {}


def lever(act: Callable[..., Any]) -> Callable[..., Any]:
    """Offer `act(book, **what)` under its own name, to tests and over `/_control/<name>`."""
    LEVERS[act.__name__] = act
    return act


def _method(intent: Json) -> str:
    action = (intent["next_action"] or {}).get("type", "")
    return (
        "wechat_pay" if action.startswith("wechat") else "alipay" if action.startswith("alipay") else "card"
    )


@lever
def pay(book: Book, *, id: str) -> None:  # noqa: A002 - Stripe's word
    """The buyer pays: types a good card on the session's page, scans the code, agrees in the wallet."""
    if id.startswith("cs_"):
        session = book.objects[id]
        intent = book.objects.get(session["payment_intent"] or "")
        if intent is not None and intent["status"] == "processing":
            charge_intent(book, intent, "card")
            sessions.complete_session(book, session, paid=intent["status"] == "succeeded")
        else:
            sessions.pay_session(book, session)
        return
    intent = book.objects[id]
    if intent["status"] not in ("requires_action", "processing"):
        raise ValueError(f"{id} cannot be paid, it is {intent['status']}")
    charge_intent(book, intent, _method(intent))


@lever
def begin(book: Book, *, id: str) -> None:  # noqa: A002 - Stripe's word
    """The buyer has agreed, and the bank or wallet thinks about it: too late to cancel."""
    intent = sessions.attempt(book, book.objects[id]) if id.startswith("cs_") else book.objects[id]
    intent["status"] = "processing"
    book.tell("payment_intent.processing", intent)


@lever
def decline(book: Book, *, id: str, code: str = "card_declined") -> None:  # noqa: A002 - Stripe's word
    """The bank or the wallet says no."""
    if id.startswith("cs_"):
        sessions.decline_session(book, book.objects[id], code)
        return
    intent = book.objects[id]
    fail_intent(book, intent, _method(intent), code)


@lever
def next_refund(book: Book, *, outcome: str, times: int = 1) -> None:
    """What becomes of the next refunds: succeeded, pending, failed, or failed for a reason of Stripe's by its name.

    "insufficient" is refused at once, for want of balance.
    """
    book.next_refunds.extend([outcome] * times)


@lever
def settle_refund(book: Book, *, id: str, outcome: str = "succeeded", reason: str = "unknown") -> None:  # noqa: A002
    """A refund comes to its end, also one that had seemed to have succeeded."""
    refunds.settle_refund(book, book.objects[id], outcome, reason)


@lever
def by_hand(book: Book, *, id: str, amount: int) -> None:  # noqa: A002 - Stripe's word
    """Somebody refunds a part of an intent in Stripe's dashboard, of which we know nothing."""
    refunds.create_refund(book, {"payment_intent": id, "amount": amount})


@lever
def dispute(book: Book, *, id: str, reason: str = "fraudulent", amount: int | None = None) -> str:  # noqa: A002
    """The buyer's bank takes the payment `id` (session, intent or charge) back; returns the dispute's id."""
    found = book.objects[id]
    if found["object"] == "checkout.session":
        found = book.objects[found["payment_intent"]]
    charge = found if found["object"] == "charge" else book.objects[found["latest_charge"]]
    return str(disputes.open_dispute(book, charge, reason, amount)["id"])


@lever
def close_dispute(book: Book, *, id: str, outcome: str) -> None:  # noqa: A002 - Stripe's word
    """The bank decides: won or lost."""
    disputes.close_dispute(book, book.objects[id], outcome)


@lever
def finish_onboarding(book: Book, *, id: str) -> None:  # noqa: A002 - Stripe's word
    """The owner of an account below this one has told Stripe everything."""
    connect.finish_onboarding(book, id)


@lever
def open_below(book: Book, **capabilities: bool) -> str:
    """An account below this one whose owner has told everything; returns its id."""
    wanted = {name: {"requested": True} for name in capabilities}
    made = connect.create_account(book, {"capabilities": wanted})
    connect.finish_onboarding(book, made["id"])
    return str(made["id"])


@lever
def account(book: Book, **values: Any) -> None:
    """Let the account be another than the ready one: `charges_enabled`, `country`, `requirements` …"""
    for name, value in values.items():
        if isinstance(value, dict) and isinstance(book.account.get(name), dict):
            book.account[name] |= value
        else:
            book.account[name] = value


@lever
def ways(book: Book, **on: bool) -> None:
    """Switch ways to pay on and off: card, wechat_pay, alipay."""
    book.ways |= on


@lever
def settles_in(book: Book, *, currency: str, rate: float) -> None:
    """Let the account keep its balance in one currency, whatever buyers pay in."""
    book.settlement = (currency, rate)


@lever
def deny(book: Book, *, operations: list[str]) -> None:
    """What restricted keys (`rk_…`) of this account may not do, by the operations' names or their first part."""
    book.denied = set(operations)


@lever
def fail_next(
    book: Book,
    *,
    what: str,
    operation: str = "",
    times: int = 1,
    after_acting: bool = True,
    seconds: float = 10.0,
) -> None:
    """Let the next calls go wrong: 500, 429, timeout, reset, slow or breakdown, before or after they have acted."""
    book.faults.append(Fault(what, operation, times, after_acting, seconds))


@lever
def behave(book: Book) -> None:
    """Forget every fault that is armed."""
    book.faults.clear()
