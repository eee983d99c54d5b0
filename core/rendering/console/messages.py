"""The library's English validation messages, said in our words and in the reader's language."""

import re
from typing import Any

from marshmallow import fields, validate

from core.kernel.i18n import N_, gettext

_REQUIRED = N_("Fill this in.")
_UNFIT = N_("This value does not fit here.")
_PICK = N_("Choose one of the list.")

# What the library says (its own template) → what we say.
_WORDS: tuple[tuple[Any, str], ...] = (
    (fields.Field.default_error_messages["required"], _REQUIRED),
    (fields.Field.default_error_messages["null"], _REQUIRED),
    (fields.Field.default_error_messages["validator_failed"], _UNFIT),
    (fields.Integer.default_error_messages["invalid"], N_("This is not a whole number. Write it like 12.")),
    (fields.Number.default_error_messages["invalid"], N_("This is not a number. Write it like 12.5.")),
    (fields.Number.default_error_messages["too_large"], N_("This number is too large.")),
    (fields.String.default_error_messages["invalid"], N_("This is not text.")),
    (fields.Boolean.default_error_messages["invalid"], N_("Choose on or off.")),
    (fields.List.default_error_messages["invalid"], N_("Choose from the list only.")),
    (
        fields.Email.default_error_messages["invalid"],
        N_("This is not an e-mail address. Write it like name@example.com."),
    ),
    (
        fields.Url.default_error_messages["invalid"],
        N_("This is not a web address. Write it like https://example.com."),
    ),
    (fields.UUID.default_error_messages["invalid_uuid"], N_("This is no longer there. Choose again.")),
    (fields.Date.default_error_messages["invalid"], N_("This is not a date. Write it like 2026-08-06.")),
    (fields.Enum.default_error_messages["unknown"], _PICK),
    (fields.Nested.default_error_messages["type"], _UNFIT),
    (validate.OneOf.default_message, _PICK),
    (validate.ContainsOnly.default_message, N_("Choose from the list only.")),
    (validate.Regexp.default_message, N_("This is not written the way it must be.")),
    (validate.Length.message_min, N_("Write at least %(min)s characters.")),
    (validate.Length.message_max, N_("Write at most %(max)s characters.")),
    (validate.Length.message_all, N_("Write %(min)s to %(max)s characters.")),
    (validate.Length.message_equal, N_("Write exactly %(equal)s characters.")),
    ("Invalid input type.", _UNFIT),
    ("Unknown field.", N_("This field is not part of the form.")),
)

# The same sentences about a list of chosen things.
_OF_LISTS: dict[str, str] = {
    N_("Write at least %(min)s characters."): N_("Choose at least %(min)s."),
    N_("Write at most %(max)s characters."): N_("Choose at most %(max)s."),
    N_("Write %(min)s to %(max)s characters."): N_("Choose %(min)s to %(max)s."),
    N_("Write exactly %(equal)s characters."): N_("Choose exactly %(equal)s."),
}

_BOUND = {
    "greater than or equal to": N_("Enter %(bound)s or more."),
    "greater than": N_("Enter more than %(bound)s."),
    "less than or equal to": N_("Enter %(bound)s or less."),
    "less than": N_("Enter less than %(bound)s."),
}
_COMPARED = re.compile(r"((?:greater|less) than(?: or equal to)?) (\S+?)(?= and |\.$)")


def _pattern(template: str) -> re.Pattern[str]:
    escaped = re.sub(r"\\\{(\w+)\\\}", lambda name: f"(?P<{name[1]}>.*)", re.escape(template))
    return re.compile(escaped, re.DOTALL)


_KNOWN = tuple((_pattern(theirs), ours) for theirs, ours in _WORDS)


def in_our_words(message: str, *, of_list: bool = False) -> str:
    """`message` of a validator in the current language; a schema author's own sentence is looked up."""
    for pattern, ours in _KNOWN:
        if found := pattern.fullmatch(message):
            return gettext(_OF_LISTS.get(ours, ours) if of_list else ours, **found.groupdict())
    if message.startswith("Must be ") and (bounds := _COMPARED.findall(message)):
        return _bounds(bounds)
    return gettext(message)


def _bounds(bounds: list[tuple[str, str]]) -> str:
    if len(bounds) == 2 and all(how.endswith("equal to") for how, _ in bounds):
        return gettext(
            N_("Enter a number from %(least)s to %(most)s."), least=bounds[0][1], most=bounds[1][1]
        )
    return " ".join(gettext(_BOUND[how], bound=bound) for how, bound in bounds)


def unknown_fields(names: list[str]) -> str:
    """The sentence for submitted fields that the form does not have."""
    shown = ", ".join(sorted(name[:40] for name in names)[:5])
    return gettext(N_("This form has no field “%(names)s”. Reload the page and try again."), names=shown)
