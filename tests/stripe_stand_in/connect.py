"""Connect: accounts of others below a platform's, onboarding links, transfers to them and their reversals."""

import stripe

from tests.stripe_stand_in.books import Book, new_book, seconds
from tests.stripe_stand_in.money import balance_of, book_movement
from tests.stripe_stand_in.wire import Json, Problem, refused

_LINK_SECONDS = 300


def create_account(book: Book, params: Json) -> Json:
    """A new account that has told nothing about itself yet."""
    wanted = [name for name, asked in (params.get("capabilities") or {}).items() if asked.get("requested")]
    account_id = book.new_id("acct")
    dashboard = ((params.get("controller") or {}).get("stripe_dashboard") or {}).get("type")
    kind = params.get("type") or {"express": "express", "full": "standard"}.get(dashboard, "none")
    made = new_book(
        account_id,
        livemode=book.livemode,
        country=params.get("country") or book.account["country"],
        email=params.get("email"),
        type=kind,
        metadata=params.get("metadata") or {},
        charges_enabled=False,
        payouts_enabled=False,
        details_submitted=False,
        capabilities=dict.fromkeys(wanted, "inactive"),
    )
    made.account["requirements"]["currently_due"] = [
        "business_profile.url",
        "external_account",
        "tos_acceptance.date",
    ]
    book.connected[account_id] = made
    return made.account


def account_of(book: Book, name: str) -> Json:
    """The caller's own account, or one below it; raises Problem (403) for anybody else's."""
    if name in ("", book.account["id"]):
        return book.account
    return connected_book(book, name).account


def connected_book(book: Book, name: str) -> Book:
    """The book of an account below the caller's; raises Problem (403)."""
    if name not in book.connected:
        message = (
            f"The provided key does not have access to account '{name}' (or that account does not exist)."
            " Application access may have been revoked."
        )
        raise Problem(403, message, code="account_invalid")
    return book.connected[name]


def create_link(book: Book, params: Json, base_url: str) -> Json:
    """A page, good for a few minutes and once, on which the account's owner tells Stripe who they are."""
    account = account_of(book, params["account"])
    return {
        "object": "account_link",
        "created": seconds(),
        "expires_at": seconds() + _LINK_SECONDS,
        "url": f"{base_url}/hosted/{account['id']}",
    }


def finish_onboarding(book: Book, name: str) -> None:
    """The owner has told everything: the account can be paid and be paid out."""
    account = connected_book(book, name).account
    account |= {"charges_enabled": True, "payouts_enabled": True, "details_submitted": True}
    account["capabilities"] = dict.fromkeys(account["capabilities"], "active")
    account["requirements"]["currently_due"] = []
    book.tell("account.updated", account)


def create_transfer(book: Book, params: Json) -> Json:
    """Move money from the platform to an account below it; raises Problem where there is not enough."""
    amount, currency = params.get("amount", 0), params["currency"]
    below = book.connected.get(params["destination"])
    if below is None:
        raise refused(
            f"No such destination: '{params['destination']}'", code="resource_missing", param="destination"
        )
    if below.account["capabilities"].get("transfers") != "active":
        message = (
            "Your destination account needs to have at least one of the following capabilities enabled: transfers,"
            " crypto_transfers, legacy_payments"
        )
        raise refused(message, code="insufficient_capabilities_for_transfer")
    if amount <= 0:
        raise refused("Invalid positive integer", code="parameter_invalid_integer", param="amount")
    if not params.get("source_transaction") and amount > balance_of(book).get(currency, 0):
        message = "You have insufficient available funds in your Stripe account."
        raise refused(message, code="balance_insufficient")
    transfer = book.add(
        stripe.Transfer,
        "tr",
        amount=amount,
        amount_reversed=0,
        currency=currency,
        description=params.get("description"),
        destination=params["destination"],
        livemode=book.livemode,
        metadata=params.get("metadata") or {},
        reversals={"object": "list", "data": [], "has_more": False, "url": ""},
        reversed=False,
        source_transaction=params.get("source_transaction"),
        source_type="card",
        transfer_group=params.get("transfer_group"),
    )
    transfer["reversals"]["url"] = f"/v1/transfers/{transfer['id']}/reversals"
    _move(book, below, transfer, -amount)
    book.tell("transfer.created", transfer)
    return transfer


def reverse_transfer(book: Book, transfer: Json, params: Json) -> Json:
    """Take back a transfer or a part, never more than is left of it and than the other side still has."""
    left = transfer["amount"] - transfer["amount_reversed"]
    amount = params.get("amount", left)
    if left == 0:
        raise refused(f"Transfer {transfer['id']} is already fully reversed.", code="transfer_reversed")
    if amount > left:
        message = f"Reversal amount ({amount}) is greater than unreversed amount on transfer ({left})"
        raise refused(message, param="amount")
    below = book.connected[transfer["destination"]]
    if amount > balance_of(below).get(transfer["currency"], 0):
        raise refused(
            "The connected account has insufficient funds to reverse this.", code="balance_insufficient"
        )
    made = book.add(
        stripe.TransferReversal,
        "trr",
        amount=amount,
        currency=transfer["currency"],
        metadata=params.get("metadata") or {},
        transfer=transfer["id"],
    )
    transfer["amount_reversed"] += amount
    transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
    transfer["reversals"]["data"].insert(0, made)
    _move(book, below, made, amount)
    book.tell("transfer.reversed", transfer)
    return made


def _move(book: Book, below: Book, about: Json, amount: int) -> None:
    """Both sides of a movement; `amount` is signed as the platform sees it."""
    kind, other = ("transfer", "payment") if amount < 0 else ("transfer_refund", "payment_refund")
    common = {"currency": about["currency"], "source": about["id"]}
    mine = book_movement(book, kind, amount=amount, category="transfer", **common)
    book_movement(below, other, amount=-amount, category="transfer", **common)
    about["balance_transaction"] = mine["id"]
