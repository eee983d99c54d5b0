"""How customers come and come back, as figures for the console's first page; each opens the rows behind it."""

import threading
import time

from flask import url_for

from core.commerce.audiences.acquisition import Growth, first_day, growth
from core.kernel.i18n import N_, gettext
from core.kernel.tenancy import current_scope
from core.rendering.console import formats
from core.rendering.console.parts import Stat
from core.rendering.console.visits import may

# These move slowly and read 90 days of orders: once a minute is often enough.
_SECONDS = 60.0
_kept: dict[int, tuple[float, Growth]] = {}
_lock = threading.Lock()


def growth_stats() -> list[Stat]:
    """New customers, what one cost, who bought again, and who came back; [] before the first customer came."""
    found = _growth()
    if not (found.new_customers or found.buyers or found.cost.minor):
        return []
    each, rate = found.per_customer, found.repurchase
    bought_from = first_day(found.window).isoformat()
    sources = url_for("console_links.sources") if may("marketing.edit") else ""
    return [
        Stat(
            gettext(N_("New customers")),
            formats.number(found.new_customers),
            note=gettext(N_("in the last %(days)s days"), days=found.days),
            url=url_for("console_customers.index", joined_from=first_day(found.days).isoformat()),
        ),
        Stat(
            gettext(N_("Cost of a new customer")),
            each if each is not None else "–",
            note=gettext(
                N_("%(amount)s for links, %(days)s days"), amount=formats.money(found.cost), days=found.days
            )
            if found.cost.minor
            else gettext(N_("no link has a cost yet")),
            url=sources,
        ),
        Stat(
            gettext(N_("Repurchase rate")),
            formats.percent(rate) if rate is not None else "–",
            note=gettext(
                N_("%(n)s of %(all)s buyers, %(days)s days"),
                n=formats.number(found.repeat_buyers),
                all=formats.number(found.buyers),
                days=found.window,
            ),
            url=url_for("console_customers.index", orders="twice", sort="-last_order"),
        ),
        Stat(
            gettext(N_("Returning buyers")),
            formats.number(found.returning),
            note=gettext(
                N_("of %(all)s buyers, %(days)s days"), all=formats.number(found.buyers), days=found.window
            ),
            url=url_for(
                "console_customers.index", orders="more", bought_from=bought_from, sort="-last_order"
            ),
        ),
    ]


def _growth() -> Growth:
    shop_id, moment = current_scope().shop_id, time.monotonic()
    with _lock:
        kept = _kept.get(shop_id)
    if kept is not None and moment - kept[0] < _SECONDS:
        return kept[1]
    found = growth()
    with _lock:
        if len(_kept) > 5_000:
            _kept.clear()
        _kept[shop_id] = (moment, found)
    return found
