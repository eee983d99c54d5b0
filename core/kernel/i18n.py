"""Words in the user's language: PO catalogues of every part, read at start, looked up by the current locale.

English text is the message id. Catalogues are `<part>/locales/<zh_Hans>/*.po`; nothing has to be compiled.
"""

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from gettext import NullTranslations
from pathlib import Path
from typing import Any

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.support import Translations

# UI language tag → Babel locale and name of the catalogue folder. English needs no catalogue.
LANGUAGES: dict[str, str] = {"zh-CN": "zh_Hans_CN", "en": "en"}
_FOLDERS: dict[str, str] = {"zh-CN": "zh_Hans"}
DEFAULT_LANGUAGE = "en"

_language: ContextVar[str] = ContextVar("language", default=DEFAULT_LANGUAGE)
_catalogues: dict[str, NullTranslations] = {}
_LARGE = 1_000
_roots: list[Path] = []
_words: dict[str, dict[str, str]] = {}


class _FewWords(NullTranslations):
    """Words that are no catalogue; asked where the catalogues know nothing."""

    def __init__(self, words: Mapping[str, str]) -> None:
        super().__init__()
        self._known = words

    def gettext(self, message: str) -> str:
        return self._known.get(message, message)


def add_catalogue_root(root: Path) -> None:
    """Use the catalogues below `root` (a folder that has `zh_Hans/*.po`); later roots win."""
    if root not in _roots:
        _roots.append(root)
        _catalogues.clear()


def add_words(language: str, words: Mapping[str, str]) -> None:
    """Know a few words (message id → text) without a catalogue, for a plugin of one file; catalogues win."""
    _words.setdefault(language, {}).update(words)
    _catalogues.clear()


def current_language() -> str:
    """The language tag in force: "zh-CN" or "en"."""
    return _language.get()


def current_locale() -> Locale:
    """The Babel locale of the current language, for numbers, money and dates."""
    return _babel_locale(current_language())


@lru_cache(maxsize=8)
def _babel_locale(language: str) -> Locale:
    return Locale.parse(LANGUAGES[language])


def known_language(tag: str | None) -> str | None:
    """The supported language that `tag` ("zh", "zh-Hans-CN", "en_GB"…) asks for, or None."""
    primary = (tag or "").replace("_", "-").split("-")[0].lower()
    return {"zh": "zh-CN", "en": "en"}.get(primary)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Use `language` inside the block; an unknown tag falls back to English."""
    token = _language.set(known_language(language) or DEFAULT_LANGUAGE)
    try:
        yield
    finally:
        _language.reset(token)


def _catalogue(language: str) -> NullTranslations:
    found = _catalogues.get(language)
    if found is None:
        found = _catalogues[language] = _load(language)
    return found


def _load(language: str) -> NullTranslations:
    merged = Translations()
    folder = _FOLDERS.get(language)
    for root in _roots if folder else ():
        for path in sorted((root / str(folder)).glob("*.po")):
            binary = io.BytesIO()
            with path.open("rb") as source:
                write_mo(binary, read_po(source, locale=folder))
            binary.seek(0)
            catalogue = Translations(binary)
            merged.merge(catalogue)
            # Merging copies the texts but not the rule that chooses a plural form; all files of a folder share it.
            merged.plural = catalogue.plural
    merged.add_fallback(_FewWords(_words.get(language, {})))
    return merged


def gettext(message: str, **params: Any) -> str:
    """`message` in the current language, its `%(name)s` placeholders filled from `params`."""
    text = _catalogue(current_language()).gettext(message) if message else ""
    return text % params if params else text


def ngettext(singular: str, plural: str, n: int, **params: Any) -> str:
    """The singular or plural form for `n`; `%(n)s` (with its thousands apart) and `params` are filled in."""
    text = _catalogue(current_language()).ngettext(singular, plural, n)
    return text % {"n": format_decimal(n, locale=current_locale()) if n >= _LARGE else n, **params}


def sentences(*texts: str) -> str:
    """The texts that are not empty, one after the other: apart by a space, but not after a full-width mark."""
    joined = ""
    for text in filter(None, texts):
        joined += ("" if not joined or joined[-1] in "。！？；：" else " ") + text
    return joined


def N_(message: str) -> str:  # noqa: N802 - the field's name for "mark, translate later"
    """Mark `message` for translation without translating it now."""
    return message


_ = gettext
add_catalogue_root(Path(__file__).resolve().parent.parent / "locales")
