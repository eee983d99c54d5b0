"""The templates of messages: plain words with `{{variables}}`, nothing else, so that nobody can break or read anything."""

import difflib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

# What stands between two pairs of braces; a pair that is never closed takes the rest of its line.
_PLACE = re.compile(r"\{\{\s*(?P<name>[^{}\n]*?)\s*(?P<end>\}\}|(?=\n)|$)")
# Characters of the alphabet that text messages count as one (GSM 03.38); others make the whole message count differently.
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_DOUBLE = frozenset("^{}\\[~]|€")


@dataclass(frozen=True, slots=True)
class TemplateProblem:
    """A place in a template that means nothing: `name` as it was written, 1-based `line` and `column`.

    `near` is the variable that was probably meant, "" if none comes close; `open` says that "}}" is missing.
    """

    name: str
    line: int
    column: int
    near: str = ""
    open: bool = False


def names_in(text: str) -> tuple[str, ...]:
    """The variables that a template names, in order, each once."""
    return tuple(dict.fromkeys(match["name"] for match in _PLACE.finditer(text)))


def problems_of(text: str, known: Collection[str]) -> tuple[TemplateProblem, ...]:
    """Every place that is not one of the `known` variables."""
    found = []
    for match in _PLACE.finditer(text):
        name, is_open = match["name"], not match["end"]
        if name in known and not is_open:
            continue
        before = text[: match.start()]
        line, column = before.count("\n") + 1, match.start() - (before.rfind("\n") + 1) + 1
        found.append(TemplateProblem(name, line, column, nearest(name, known), is_open))
    return tuple(found)


def nearest(name: str, known: Collection[str]) -> str:
    """The known variable that `name` probably means, or ""."""
    plain = name.strip().lower().replace("-", "_").replace(" ", "_")
    close = difflib.get_close_matches(plain, sorted(known), n=1, cutoff=0.5)
    return close[0] if close else ""


def filled(text: str, values: Mapping[str, str]) -> str:
    """`text` with each variable replaced by its value, once: braces inside of a value stay braces."""
    return _PLACE.sub(lambda match: values.get(match["name"], ""), text)


def sms_parts(text: str) -> int:
    """How many text messages `text` costs: 70 characters each (67 if there are several), 160/153 for plain Latin."""
    if all(one in _GSM or one in _GSM_DOUBLE for one in text):
        length, one, several = sum(2 if char in _GSM_DOUBLE else 1 for char in text), 160, 153
    else:
        length, one, several = len(text.encode("utf-16-be")) // 2, 70, 67
    return 1 if length <= one else -(-length // several)


def masked_secrets(text: str, secrets: Collection[str]) -> str:
    """`text` without what nobody but its receiver may read."""
    for secret in secrets:
        text = text.replace(secret, "••••••")
    return text
