"""Routes of store hours and taxes."""

from typing import Any

from flask import Response, request

from core.commerce.shops.actions import update_shop
from core.commerce.shops.opening import Opening
from core.commerce.shops.opening_words import opening_moment
from core.commerce.shops.queries import shop_settings
from core.commerce.shops.taxes import PlaceRates, TaxRules
from core.kernel.clock import now
from core.kernel.i18n import N_, gettext
from core.kernel.tenancy import current_scope
from core.rendering.console.forms import Form
from core.rendering.console.parts import Badge
from core.web.console.answers import go, show
from core.web.console.settings.blueprint import blueprint, settings_tabs
from core.web.console.settings.delivery_schemas import HoursSchema, TaxSchema
from core.web.console.settings.hours_forms import week_of, week_values


@blueprint.route("/hours", methods=["GET", "POST"])
def hours() -> Response:
    """When the shop is open, and whether it takes orders meanwhile."""
    stored = shop_settings().hours
    values = {
        "paused": stored.paused,
        "note": stored.note,
        "outside": "refuse" if stored.refuses else "take",
        **week_values(stored),
    }
    form = Form(HoursSchema(), values=values)
    if request.method == "POST":
        data = form.submit(request.form)
        if data is not None:
            update_shop(changes={"opening": _opening(data).as_json()})
            return go("console_settings.hours", said=gettext(N_("The store hours are saved.")))
    status = 422 if request.method == "POST" else 200
    return show(
        "settings/hours", status=status, form=form, tabs=settings_tabs(), state=_state(stored),
        zone=current_scope().timezone,
    )  # fmt: skip


def _opening(data: dict[str, Any]) -> Opening:
    return Opening(
        **week_of(data), paused=data["paused"], refuses=data["outside"] == "refuse", note=data["note"] or ""
    )


def _state(stored: Opening) -> Badge:
    """How the shop stands at this moment."""
    moment, zone = now(), current_scope().zone
    if stored.paused:
        return Badge(gettext(N_("Orders are paused")), "warn")
    if stored.is_open(moment, zone):
        words = N_("Open now") if stored.has_hours else N_("Always open")
        return Badge(gettext(words), "ok")
    opens = stored.next_opening(moment, zone)
    if opens is None:
        return Badge(gettext(N_("Closed")), "warn")
    return Badge(gettext(N_("Closed, opens %(when)s"), when=opening_moment(opens)), "warn")


@blueprint.route("/taxes", methods=["GET", "POST"])
def taxes() -> Response:
    """Rates, and whether prices contain them."""
    stored = shop_settings().tax_rules
    rates = [{"place": one.place, "standard": one.standard, "reduced": one.reduced} for one in stored.places]
    plain = {name: getattr(stored, name) for name in ("mode", "standard", "reduced", "freight_class")}
    form = Form(TaxSchema(), values={**plain, "places": rates})
    if request.method == "POST":
        data = form.submit(request.form)
        if data is not None:
            rules = TaxRules(
                **{name: data[name] for name in plain},
                places=tuple(PlaceRates(**one) for one in data["places"]),
            )
            update_shop(changes={"tax_basis_points": rules.standard, "tax": rules.as_json()})
            return go(
                "console_settings.taxes",
                said=gettext(N_("The taxes are saved. Orders of before keep theirs.")),
            )
    status = 422 if request.method == "POST" else 200
    return show("settings/taxes", status=status, form=form, tabs=settings_tabs())
