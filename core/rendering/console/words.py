"""The few sentences that the console's scripts say, put into the reader's language by the server."""

import json
from typing import Any

from core.kernel.i18n import N_, gettext

# Key in console.js → msgid. Placeholders in braces are filled by the script.
_WORDS: dict[str, str] = {
    "offline": N_("The server did not answer. Nothing was changed; try again in a moment."),
    "failed": N_("That did not work. Reload the page and try again."),
    "copied": N_("Copied."),
    "selected": N_("{n} selected"),
    "unsaved": N_("{n} unsaved"),
    "leave": N_("There are changes that are not saved yet."),
    "pages": N_("Pages"),
    "nothing": N_("Nothing found for “{q}”."),
    "searching": N_("Searching…"),
    "seconds": N_("{n} s"),
    "days": N_("{n} d"),
}


def ascii_json(value: Any) -> str:
    """JSON that may stand in a header or an attribute: ASCII only."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


def for_scripts() -> str:
    """All sentences as one JSON object."""
    return ascii_json({key: gettext(message) for key, message in _WORDS.items()})
