"""Ways to pay that the shop offers; credentials are given by a person in the console, never by a program."""

from core.commerce.payments.account_queries import accounts
from core.commerce.payments.actions.accounts import (
    put_first,
    remove_account,
    switch_account,
    switch_test_payments,
)
from core.commerce.payments.actions.reconcile import settle_difference
from core.commerce.payments.reconciliation_queries import open_differences, open_disputes
from core.kernel.i18n import N_
from core.rendering.api import ApiRoom, Get, Send

ROOM = ApiRoom(
    name="payments",
    title=N_("Ways to pay"),
    about=N_("Accounts with payment providers: what each offers, in which order, on or off."),
    routes=(
        Get("/payment-accounts", accounts, "shop.read"),
        Send("PUT", "/payment-accounts/<uuid:account_id>/on", switch_account),
        Send("POST", "/payment-accounts/<uuid:account_id>/first", put_first),
        Send("DELETE", "/payment-accounts/<uuid:account_id>", remove_account, answer="state"),
        Send("PUT", "/test-payments", switch_test_payments),
        Get("/payment-differences", open_differences, "shop.read"),
        Get("/disputes", open_disputes, "orders.read"),
        Send("POST", "/payment-differences/<uuid:difference_id>/settle", settle_difference),
    ),
)
