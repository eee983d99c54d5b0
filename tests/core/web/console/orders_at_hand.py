"""Orders for tests of the console's pages, and what a person reads out of a page."""

import html
import re

from core.commerce.orders.queries import order
from core.commerce.payments.actions.refund import preview_refund
from core.kernel.db import reading
from core.testing.buying import pay


def keys_of(order_id):
    """The keys of an order's lines, in order."""
    with reading():
        return [line.key for line in order(order_id).lines]


def left_of(order_id):
    """How many units of each line can still be sent."""
    with reading():
        return [line.to_ship for line in order(order_id).lines]


def refund_amount(order_id, units, *, shipping=False):
    """What refunding these units (in the order of the lines) gives back now, in minor units."""
    wanted = {key: count for key, count in zip(keys_of(order_id), units, strict=True) if count}
    return preview_refund(order_id=order_id, wanted=wanted, include_shipping=shipping).amount


def paid_order(buyer, gateway, lines):
    """The id of an order that was paid."""
    placed = buyer.order(lines)
    pay(gateway, placed.order_id)
    return placed.order_id


def hidden(page, name):
    """The value of a hidden input."""
    found = re.search(rf'type="hidden" name="{name}" value="([^"]*)"', page)
    return html.unescape(found[1]) if found else None


def rows(page):
    """The addresses of the rows of a list, in order."""
    return re.findall(r'<tr data-href="([^"]*)"', page)


def counts(page):
    """Saved views with their counts."""
    tabs = re.search(r'<nav class="pp-views".*?</nav>', page, re.DOTALL)[0]
    found = re.findall(r">([^<]+)<span class=\"pp-count[^\"]*\">([^<]*)</span>", tabs)
    return {name.strip(): int(count.replace(",", "")) for name, count in found}
