"""What a buyer writes, and everything that can be wrong with it; pure values."""

import re
import unicodedata
from dataclasses import dataclass
from uuid import UUID

from core.kernel.errors import InputRefused
from core.kernel.i18n import N_, gettext

LONGEST_TEXT = 1_000
MOST_PICTURES = 6
# Why other buyers report a review, and why a shop may hide one.
REPORT_REASONS = ("abuse", "privacy", "spam", "unrelated", "untrue")
HIDE_REASONS = ("abuse", "privacy", "law", "spam", "unrelated")

_ADDRESS = re.compile(
    r"https?:|www\.|\b[a-z0-9][a-z0-9-]{1,60}\.(?:com|cn|net|org|shop|vip|top|xyz|cc|io|me|info|link|store|site)\b",
    re.IGNORECASE | re.ASCII,
)
_DROPPED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\ufeff]")
_MANY_BREAKS = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewDraft:
    """A review as its buyer sends it: `pictures` are assets of theirs, `anonymous` hides all but the first character."""

    stars: int
    text: str = ""
    pictures: tuple[UUID, ...] = ()
    anonymous: bool = True


def plain_words(text: str) -> str:
    """`text` composed, without control characters and marks that turn the direction, trimmed."""
    plain = unicodedata.normalize("NFC", text.replace("\r\n", "\n"))
    return _MANY_BREAKS.sub("\n\n", _DROPPED.sub("", plain)).strip()


def checked_words(text: str, *, field: str = "text", required: bool = False, addresses: bool = False) -> str:
    """What somebody says, ready to keep; `addresses` admits links (for the shop's own answers). Raises InputRefused."""
    plain = plain_words(text)
    if required and not plain:
        raise InputRefused({field: [gettext(N_("Write a few words."))]})
    if len(plain) > LONGEST_TEXT:
        raise InputRefused({field: [gettext(N_("At most %(most)s characters."), most=LONGEST_TEXT)]})
    if not addresses and _ADDRESS.search(plain):
        raise InputRefused({field: [gettext(N_("Leave out web addresses: reviews are about the goods."))]})
    return plain


def checked(draft: ReviewDraft) -> ReviewDraft:
    """`draft` as it may be kept. Raises InputRefused."""
    if draft.stars not in range(1, 6):
        raise InputRefused({"stars": [gettext(N_("Choose one to five stars."))]})
    pictures = tuple(dict.fromkeys(draft.pictures))
    if len(pictures) > MOST_PICTURES:
        raise InputRefused({"pictures": [gettext(N_("At most %(most)s pictures."), most=MOST_PICTURES)]})
    return ReviewDraft(
        stars=draft.stars, text=checked_words(draft.text), pictures=pictures, anonymous=draft.anonymous
    )


def shown_name(name: str, *, anonymous: bool) -> str:
    """Whom a page names: the name, or its first character and two stars (张**)."""
    first = name.strip()[:1]
    if anonymous or not first:
        return f"{first or '*'}**"
    return name.strip()
