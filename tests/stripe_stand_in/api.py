"""Which request means what: each operation with its path, the SDK's class of its parameters, and what it does."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

import stripe

from tests.stripe_stand_in import connect, intents, lists, refunds, sessions
from tests.stripe_stand_in.books import API_VERSION, Book
from tests.stripe_stand_in.money import balance_of
from tests.stripe_stand_in.typed import blank
from tests.stripe_stand_in.wire import Json, Problem, refused


@dataclass(frozen=True)
class Call:
    """One request: the caller's account, the id in the path, the typed parameters, the stand-in's own address."""

    book: Book
    name: str
    params: Json
    base_url: str


@dataclass(frozen=True)
class Operation:
    """`name` is the SDK's own ("payment_intents.create"), `params` the class of its parameters."""

    name: str
    method: str
    path: re.Pattern[str]
    params: type
    run: Callable[[Call], Json]


OPERATIONS: list[Operation] = []


def operation(name: str, method: str, path: str, params: str) -> Callable[[Callable[[Call], Json]], object]:
    """Add an operation; `params` is "module:class" below stripe.params."""
    module, _, cls = params.rpartition(":")
    found: type = getattr(import_module(f"stripe.params.{module}"), cls)

    def add(run: Callable[[Call], Json]) -> Callable[[Call], Json]:
        pattern = re.compile(path.replace("{id}", r"([^/]+)"))
        OPERATIONS.append(Operation(name, method, pattern, found, run))
        return run

    return add


def operation_of(method: str, path: str) -> tuple[Operation, str]:
    """The operation of a request, and the id in its path; raises Problem (404)."""
    for one in OPERATIONS:
        found = one.path.fullmatch(path)
        if found and one.method == method:
            return one, found[1] if found.groups() else ""
    raise Problem(404, f"Unrecognized request URL ({method}: {path}).")


@operation(
    "payment_intents.create",
    "POST",
    "payment_intents",
    "_payment_intent_create_params:PaymentIntentCreateParams",
)
def _create_intent(call: Call) -> Json:
    return intents.create_intent(call.book, call.params, call.base_url)


@operation(
    "payment_intents.list", "GET", "payment_intents", "_payment_intent_list_params:PaymentIntentListParams"
)
def _list_intents(call: Call) -> Json:
    return lists.page_of(call.book.all_of("pi"), call.params, "/v1/payment_intents")


@operation(
    "payment_intents.search",
    "GET",
    "payment_intents/search",
    "_payment_intent_search_params:PaymentIntentSearchParams",
)
def _search_intents(call: Call) -> Json:
    return lists.search_page(call.book.all_of("pi"), call.params["query"], "/v1/payment_intents/search")


@operation(
    "payment_intents.retrieve",
    "GET",
    "payment_intents/{id}",
    "_payment_intent_retrieve_params:PaymentIntentRetrieveParams",
)
def _show_intent(call: Call) -> Json:
    return call.book.found(call.name, ("pi",), "intent")


@operation(
    "payment_intents.confirm",
    "POST",
    "payment_intents/{id}/confirm",
    "_payment_intent_confirm_params:PaymentIntentConfirmParams",
)
def _confirm(call: Call) -> Json:
    return intents.confirm_intent(
        call.book, call.book.found(call.name, ("pi",), "intent"), call.params, call.base_url
    )


@operation(
    "payment_intents.capture",
    "POST",
    "payment_intents/{id}/capture",
    "_payment_intent_capture_params:PaymentIntentCaptureParams",
)
def _capture(call: Call) -> Json:
    intent = call.book.found(call.name, ("pi",), "intent")
    return intents.capture_intent(call.book, intent, call.params.get("amount_to_capture"))


@operation(
    "payment_intents.cancel",
    "POST",
    "payment_intents/{id}/cancel",
    "_payment_intent_cancel_params:PaymentIntentCancelParams",
)
def _cancel(call: Call) -> Json:
    intent = call.book.found(call.name, ("pi",), "intent")
    return intents.cancel_intent(call.book, intent, call.params.get("cancellation_reason"))


@operation(
    "checkout.sessions.create",
    "POST",
    "checkout/sessions",
    "checkout._session_create_params:SessionCreateParams",
)
def _create_session(call: Call) -> Json:
    return sessions.create_session(call.book, call.params, call.base_url)


@operation(
    "checkout.sessions.list", "GET", "checkout/sessions", "checkout._session_list_params:SessionListParams"
)
def _list_sessions(call: Call) -> Json:
    rows = [sessions.let_time_pass(call.book, one) for one in call.book.all_of("cs")]
    return lists.page_of(rows, call.params, "/v1/checkout/sessions", "payment_intent", "status")


@operation(
    "checkout.sessions.retrieve",
    "GET",
    "checkout/sessions/{id}",
    "checkout._session_retrieve_params:SessionRetrieveParams",
)
def _show_session(call: Call) -> Json:
    return sessions.let_time_pass(call.book, call.book.found(call.name, ("cs",), "session"))


@operation(
    "checkout.sessions.expire",
    "POST",
    "checkout/sessions/{id}/expire",
    "checkout._session_expire_params:SessionExpireParams",
)
def _expire_session(call: Call) -> Json:
    return sessions.expire_session(call.book, call.book.found(call.name, ("cs",), "session"))


@operation("refunds.create", "POST", "refunds", "_refund_create_params:RefundCreateParams")
def _refund(call: Call) -> Json:
    return refunds.create_refund(call.book, call.params)


@operation("refunds.list", "GET", "refunds", "_refund_list_params:RefundListParams")
def _list_refunds(call: Call) -> Json:
    return lists.page_of(call.book.all_of("re"), call.params, "/v1/refunds", "charge", "payment_intent")


@operation("refunds.retrieve", "GET", "refunds/{id}", "_refund_retrieve_params:RefundRetrieveParams")
def _show_refund(call: Call) -> Json:
    return call.book.found(call.name, ("re",), "refund")


@operation(
    "balance_transactions.list",
    "GET",
    "balance_transactions",
    "_balance_transaction_list_params:BalanceTransactionListParams",
)
def _list_movements(call: Call) -> Json:
    return lists.page_of(
        call.book.all_of("txn"), call.params, "/v1/balance_transactions", "type", "currency", "source"
    )


@operation("balance.retrieve", "GET", "balance", "_balance_retrieve_params:BalanceRetrieveParams")
def _balance(call: Call) -> Json:
    held = [{"amount": amount, "currency": name} for name, amount in balance_of(call.book).items()]
    return {"object": "balance", "available": held, "livemode": call.book.livemode, "pending": []}


@operation("disputes.list", "GET", "disputes", "_dispute_list_params:DisputeListParams")
def _list_disputes(call: Call) -> Json:
    return lists.page_of(call.book.all_of("du"), call.params, "/v1/disputes", "charge", "payment_intent")


@operation("disputes.retrieve", "GET", "disputes/{id}", "_dispute_retrieve_params:DisputeRetrieveParams")
def _show_dispute(call: Call) -> Json:
    return call.book.found(call.name, ("du",), "dispute")


@operation("events.list", "GET", "events", "_event_list_params:EventListParams")
def _list_events(call: Call) -> Json:
    return lists.page_of(call.book.all_of("evt"), call.params, "/v1/events", "type")


@operation(
    "accounts.retrieve_current",
    "GET",
    "account",
    "_account_retrieve_current_params:AccountRetrieveCurrentParams",
)
def _own_account(call: Call) -> Json:
    return call.book.account


@operation(
    "payment_method_configurations.list",
    "GET",
    "payment_method_configurations",
    "_payment_method_configuration_list_params:PaymentMethodConfigurationListParams",
)
def _list_ways(call: Call) -> Json:
    ways = {name: _way(on) for name, on in call.book.ways.items()}
    one = blank(stripe.PaymentMethodConfiguration) | ways
    one |= {"id": "pmc_default", "object": "payment_method_configuration", "active": True, "is_default": True}
    one |= {"livemode": call.book.livemode, "name": "Default"}
    return lists.page_of([one], call.params, "/v1/payment_method_configurations")


def _way(on: bool) -> Json:
    word = "on" if on else "off"
    return {"available": on, "display_preference": {"overridable": None, "preference": word, "value": word}}


@operation("accounts.create", "POST", "accounts", "_account_create_params:AccountCreateParams")
def _create_account(call: Call) -> Json:
    return connect.create_account(call.book, call.params)


@operation("accounts.list", "GET", "accounts", "_account_list_params:AccountListParams")
def _list_accounts(call: Call) -> Json:
    rows = [below.account for below in reversed(call.book.connected.values())]
    return lists.page_of(rows, call.params, "/v1/accounts")


@operation("accounts.retrieve", "GET", "accounts/{id}", "_account_retrieve_params:AccountRetrieveParams")
def _show_account(call: Call) -> Json:
    return connect.account_of(call.book, call.name)


@operation(
    "account_links.create", "POST", "account_links", "_account_link_create_params:AccountLinkCreateParams"
)
def _create_link(call: Call) -> Json:
    return connect.create_link(call.book, call.params, call.base_url)


@operation("transfers.create", "POST", "transfers", "_transfer_create_params:TransferCreateParams")
def _transfer(call: Call) -> Json:
    return connect.create_transfer(call.book, call.params)


@operation("transfers.list", "GET", "transfers", "_transfer_list_params:TransferListParams")
def _list_transfers(call: Call) -> Json:
    return lists.page_of(
        call.book.all_of("tr"), call.params, "/v1/transfers", "destination", "transfer_group"
    )


@operation("transfers.retrieve", "GET", "transfers/{id}", "_transfer_retrieve_params:TransferRetrieveParams")
def _show_transfer(call: Call) -> Json:
    return call.book.found(call.name, ("tr",), "transfer")


@operation(
    "transfers.reversals.create",
    "POST",
    "transfers/{id}/reversals",
    "_transfer_reversal_create_params:TransferReversalCreateParams",
)
def _reverse(call: Call) -> Json:
    return connect.reverse_transfer(call.book, call.book.found(call.name, ("tr",), "transfer"), call.params)


@operation(
    "transfers.reversals.list",
    "GET",
    "transfers/{id}/reversals",
    "_transfer_reversal_list_params:TransferReversalListParams",
)
def _list_reversals(call: Call) -> Json:
    transfer = call.book.found(call.name, ("tr",), "transfer")
    return lists.page_of(transfer["reversals"]["data"], call.params, transfer["reversals"]["url"])


@operation(
    "webhook_endpoints.create",
    "POST",
    "webhook_endpoints",
    "_webhook_endpoint_create_params:WebhookEndpointCreateParams",
)
def _create_endpoint(call: Call) -> Json:
    address = call.params["url"]
    if not address.startswith("https://" if call.book.livemode else ("https://", "http://")):
        raise refused(
            "Invalid URL: In live mode, webhook URLs must be HTTPS.", code="url_invalid", param="url"
        )
    if any(host in address for host in ("://localhost", ".localhost", "://192.168.")):
        raise refused("Invalid URL: URL must be publicly accessible.", code="url_invalid", param="url")
    return call.book.add(
        stripe.WebhookEndpoint,
        "we",
        api_version=call.params.get("api_version") or API_VERSION,
        enabled_events=call.params["enabled_events"],
        livemode=call.book.livemode,
        metadata=call.params.get("metadata") or {},
        secret=f"whsec_{call.book.new_id('s')}",
        status="enabled",
        url=address,
        description=call.params.get("description") or None,
    )


@operation(
    "webhook_endpoints.list",
    "GET",
    "webhook_endpoints",
    "_webhook_endpoint_list_params:WebhookEndpointListParams",
)
def _list_endpoints(call: Call) -> Json:
    rows = [{**one, "secret": None} for one in call.book.all_of("we")]
    return lists.page_of(rows, call.params, "/v1/webhook_endpoints")


@operation(
    "webhook_endpoints.delete",
    "DELETE",
    "webhook_endpoints/{id}",
    "_webhook_endpoint_delete_params:WebhookEndpointDeleteParams",
)
def _delete_endpoint(call: Call) -> Json:
    call.book.found(call.name, ("we",), "id")
    del call.book.objects[call.name]
    return {"id": call.name, "object": "webhook_endpoint", "deleted": True}
