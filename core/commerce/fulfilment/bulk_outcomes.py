"""What can become of one order of a bulk run, as a code that is kept and as words in the reader's language."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core.kernel.i18n import N_, gettext
from core.kernel.tenancy import current_scope

# Done as asked.
DONE = {
    "shipped": N_("Shipped"),
    "handed_over": N_("Handed over"),
    "tagged": N_("Tag put on"),
    "untagged": N_("Tag taken off"),
    "printed": N_("Printed"),
}
# Nothing to do, nothing wrong.
NOTHING = {
    "already": N_("Already shipped%(by)s%(at)s"),
    "tagged_before": N_("Has this tag already"),
    "not_tagged": N_("Does not have this tag"),
    "blank": N_("No number was filled in"),
}
# Something is in the way; the others go on.
PROBLEMS = {
    "unknown_order": N_("There is no order with this number"),
    "on_hold": N_("On hold: %(reason)s"),
    "cancelled": N_("The order is cancelled"),
    "refunded": N_("The order is refunded"),
    "unpaid": N_("The order is not paid"),
    "pickup": N_("The buyer fetches this order"),
    "not_pickup": N_("This order is sent, not fetched"),
    "twice": N_("Stands in the file twice: see line %(line)s"),
    "number_twice": N_("The same tracking number stands in line %(line)s for order %(order)s"),
    "unknown_carrier": N_("Unknown carrier “%(words)s”"),
    "unknown_carrier_like": N_("Unknown carrier “%(words)s”; did you mean %(like)s?"),
    "no_order": N_("No order number"),
    "no_carrier": N_("No carrier"),
    "no_number": N_("No tracking number"),
    "bad_number": N_("Not a tracking number"),
    "unknown_sku": N_("The order has no “%(sku)s”"),
    "bad_quantity": N_("“%(words)s” is not a number of pieces"),
    "too_many": N_("Only %(left)s of “%(sku)s” are left to ship"),
    "refused": N_("Could not be done: %(reason)s"),
}
# Judged in a dry run: it would be done.
READY = "ready"
_WORDS = {**DONE, **NOTHING, **PROBLEMS, READY: N_("Ready")}


def outcome_words(outcome: str, said: Mapping[str, Any]) -> str:
    """An outcome in the reader's language; `said` fills its placeholders."""
    params = {name: _shown(name, value) for name, value in said.items()}
    if outcome == "already":
        params["by"] = gettext(N_(" by %(name)s"), name=said["by"]) if said.get("by") else ""
        params["at"] = gettext(N_(" at %(time)s"), time=_moment(said["at"])) if said.get("at") else ""
    return gettext(_WORDS.get(outcome, outcome), **params)


def _shown(name: str, value: Any) -> Any:
    if isinstance(value, Mapping) and "message" in value:
        words = str(value["message"])
        return gettext(words, **{key: _shown(key, one) for key, one in value["params"].items()})
    return _moment(value) if name == "at" and value else value


def _moment(text: str) -> str:
    return f"{datetime.fromisoformat(text).astimezone(current_scope().zone):%Y-%m-%d %H:%M}"


def outcome_tone(outcome: str) -> str:
    """How it is drawn: ok, "" for nothing to do, bad, or accent while it waits."""
    if outcome in DONE:
        return "ok"
    if outcome in PROBLEMS:
        return "bad"
    return "accent" if outcome in ("", READY) else ""
