"""Reading what people typed: always text of a known length without control characters, or words about what is wrong."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import current_app, request

from core.kernel.errors import PinpuError
from core.kernel.i18n import N_, gettext

View = TypeVar("View", bound=Callable[..., Any])

LONGEST_VALUE = 10_000
LONGEST_ADDRESS = 4_000
_WHOLE = re.compile(r"\d{1,9}")


class InputUnreadable(PinpuError):
    """Characters that no text has, or far more of them than any field takes."""

    code = "web.input_unreadable"
    status = 422
    message = N_("Something in what you sent cannot be read.")
    fix = N_("Go back, leave out special characters or shorten it, and try again.")


class AddressTooLong(PinpuError):
    """An address longer than any page of ours has."""

    code = "web.address_too_long"
    status = 414
    message = N_("This address is too long.")
    fix = N_("Check the address, or begin at the home page.")


@dataclass(frozen=True, slots=True)
class Typed:
    """One value as it goes on: `text` is safe to store and to show again, `problem` says in words what is wrong."""

    text: str
    problem: str = ""


def takes_bodies(most: int) -> Callable[[View], View]:
    """Mark a view that reads files: a request to it may have `most` bytes, all others what is usual."""

    def mark(view: View) -> View:
        view.body_limit = most  # type: ignore[attr-defined]
        return view

    return mark


def fit_body() -> None:
    """Give the request the room that its view takes; before anything reads it."""
    view = current_app.view_functions.get(request.endpoint or "")
    limit = getattr(view, "body_limit", None)
    if limit is not None:
        request.max_content_length = limit


def refuse_unreadable() -> None:
    """Refuse NUL and absurd lengths anywhere in a request, before any view reads it."""
    if len(request.path) + len(request.query_string) > LONGEST_ADDRESS:
        raise AddressTooLong
    if "\0" in request.path or any(map(_unreadable, request.args.to_dict(flat=False).items())):
        raise InputUnreadable
    if any(map(_unreadable, request.form.to_dict(flat=False).items())):
        raise InputUnreadable


def _unreadable(field: tuple[str, list[str]]) -> bool:
    name, values = field
    return any("\0" in text or len(text) > LONGEST_VALUE for text in (name, *values))


def typed(
    form: Mapping[str, str], name: str, *, most: int = 200, lines: bool = False, required: str = ""
) -> Typed:
    """Field `name`: trimmed, composed, at most `most` characters; `lines` allows line breaks.

    `required` are the words for an empty value.
    """
    text = unicodedata.normalize("NFC", form.get(name, ""))
    plain = "".join(char for char in text if not _is_control(char) or (lines and char in "\n\t")).strip()
    if len(plain) > most:
        return Typed(plain[:most].rstrip(), gettext(N_("At most %(most)s characters."), most=most))
    if not plain and required:
        return Typed("", required)
    return Typed(plain)


def _is_control(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cs")


def whole_number(text: str) -> int | None:
    """A whole number of at most nine digits, also in full-width digits; None for anything else."""
    plain = unicodedata.normalize("NFKC", text).strip()
    return int(plain) if _WHOLE.fullmatch(plain) and plain.isascii() else None


def page_number(text: str) -> int:
    """The number of a page of a list; anything odd is the first."""
    return max(whole_number(text) or 1, 1)
