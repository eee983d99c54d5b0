"""What a plugin says about itself: `plugin.toml`, read without importing code, or the attributes of a `Plugin` class."""

import difflib
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar, Literal

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from core.hooks.errors import LoadProblem, PluginRefusedError

SDK_VERSION = "0.1.0"

SLUG = re.compile(r"[a-z][a-z0-9_]{1,39}")
_PERMISSION = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
_REQUIRED = ("name", "version", "sdk", "title", "summary")
_LISTS = ("needs", "uses", "conflicts", "before", "after", "permissions")
_KEYS = (*_REQUIRED, "category", "level", *_LISTS, "data")
Level = Literal["shop", "platform"]


@dataclass(frozen=True, slots=True)
class LocalText:
    """The same words in English and Chinese."""

    en: str
    zh: str

    def in_language(self, language: str) -> str:
        """The words for a language tag: Chinese for every `zh…`, English for all others."""
        return self.zh if language.lower().startswith("zh") else self.en


NO_DATA = LocalText("Keeps no data of its own.", "不保存自己的数据。")


@dataclass(frozen=True, slots=True)
class Manifest:
    """A plugin's own words and wishes; every field has been checked.

    Attributes:
        name: the slug that everything else derives from; equals the folder's (or the module's) name.
        version: the plugin's version, PEP 440.
        sdk: the sdk versions it works with, such as `>=0.1,<1`.
        title, summary: what the merchant reads, in both languages.
        category: the group it is listed in, a slug.
        level: "shop" when each shop switches it, "platform" when it works for every shop of this installation.
        needs: plugins that must be installed, and on in the same shop.
        uses: plugins it works better with.
        conflicts: plugins that may not be on in the same shop.
        before, after: plugins it runs before or after in every hook; a hook's own marks come first.
        permissions: permissions it asks for, `<part>.<right>`.
        data: what data it keeps, and what of it when switched off, in both languages.
    """

    name: str
    version: str
    sdk: str
    title: LocalText
    summary: LocalText
    category: str = "other"
    level: Level = "shop"
    needs: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()
    data: LocalText = field(default=NO_DATA)

    def works_with_sdk(self, version: str) -> bool:
        """Whether the sdk `version` lies in the range that the plugin asks for."""
        return SpecifierSet(self.sdk).contains(version, prereleases=True)


class Plugin:
    """Base of a one-file plugin: its attributes are the manifest, its marked methods the hooks.

        class TeaClub(Plugin):
            version = "0.1.0"
            sdk = ">=0.1,<1"
            title = {"en": "Tea club", "zh": "茶友会"}
            summary = {"en": "Refuses more than two rare teas.", "zh": "珍稀茶每单限购两件。"}

            @hookimpl
            def check_cart(self, cart): …

    `name` is the module's name and need not be written. `zh` has the Chinese for the English words that the file says
    elsewhere (labels, reasons); title and summary are known already. One object is made at boot and serves every shop
    at once: keep nothing on `self`.
    """

    name: ClassVar[str]
    version: ClassVar[str]
    sdk: ClassVar[str]
    title: ClassVar[Mapping[str, str]]
    summary: ClassVar[Mapping[str, str]]
    zh: ClassVar[Mapping[str, str]] = MappingProxyType({})


def read_manifest(path: Path, *, file: str, name: str) -> Manifest:
    """The manifest in `path`; raises PluginRefusedError naming every mistake with `file` and line.

    Args:
        path: a `plugin.toml`.
        file: how reports call it.
        name: the folder's name, which the manifest's must equal.
    """
    try:
        text = path.read_text(encoding="utf-8")
        values = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        raise PluginRefusedError([LoadProblem(file, f"cannot be read: {error}")]) from error
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        line = int(found[1]) if found else None
        raise PluginRefusedError([LoadProblem(file, f"is not valid TOML: {error}", line)]) from error
    unknown = [key for key in values if key not in _KEYS]
    return _Reading(values, text, file, unknown).manifest(name)


def manifest_of(plugin: type[Plugin], *, source: str, file: str, name: str) -> Manifest:
    """The manifest that a `Plugin` class carries; raises PluginRefusedError naming every mistake.

    Args:
        plugin: the class.
        source: the text of its module, to find lines in.
        file: how reports call that module.
        name: the module's name, used when the class gives none and compared when it does.
    """
    given = {key: value for key in _KEYS if (value := getattr(plugin, key, None)) is not None}
    given.setdefault("name", name)
    others = [key for key in vars(plugin) if not key.startswith("_") and key not in _KEYS]
    missing = [key for key in _REQUIRED if key not in given]
    slips = [key for key in others if difflib.get_close_matches(key, missing, n=1, cutoff=0.75)]
    reading = _Reading(given, source, file, slips)
    if not _are_words(plugin.zh):
        reading.mistake("zh", "zh is no mapping of words.", 'Write {"English": "Chinese"}.')
    return reading.manifest(name)


def _are_words(given: object) -> bool:
    return isinstance(given, Mapping) and all(
        isinstance(text, str) for pair in given.items() for text in pair
    )


class _Reading:
    """One manifest being read; collects every mistake instead of stopping at the first."""

    def __init__(self, values: Mapping[str, Any], text: str, file: str, unknown: list[str]) -> None:
        self.values, self.text, self.file = values, text, file
        self.problems: list[LoadProblem] = []
        for key in unknown:
            self.mistake(key, f"{key} is not a key of a manifest.", _did_you_mean(key, _KEYS))

    def mistake(self, key: str, message: str, fix: str = "") -> None:
        match = re.search(rf"^[ \t]*\[?[ \t]*{re.escape(key)}\b", self.text, re.MULTILINE)
        line = self.text.count("\n", 0, match.start()) + 1 if match else None
        self.problems.append(LoadProblem(self.file, message, line, fix))

    def manifest(self, expected_name: str) -> Manifest:
        for key in _REQUIRED:
            if key not in self.values:
                self.mistake(key, f"{key} is missing.", _EXAMPLES[key])
        name = self.string("name", SLUG, "letters a–z, digits and _, beginning with a letter, 2 to 40 long")
        if name and name != expected_name:
            self.mistake(
                "name", f"name is {name!r} but its folder or module is {expected_name!r}.", "Use one name."
            )
        version = self.parsed("version", Version, InvalidVersion)
        sdk = self.parsed("sdk", SpecifierSet, InvalidSpecifier)
        title, summary = self.text_pair("title"), self.text_pair("summary")
        category = self.string("category", SLUG, "a slug such as promotion") or "other"
        level = self.values.get("level", "shop")
        if level not in ("shop", "platform"):
            self.mistake("level", f"level is {level!r}.", 'Write "shop" or "platform".')
        lists = {key: self.names(key, _PERMISSION if key == "permissions" else SLUG) for key in _LISTS}
        self.check_neighbours(name or expected_name, lists)
        data = self.text_pair("data") if "data" in self.values else NO_DATA
        if self.problems:
            raise PluginRefusedError(self.problems)
        return Manifest(name, version, sdk, title, summary, category, level, data=data, **lists)

    def string(self, key: str, shape: re.Pattern[str], allowed: str) -> str:
        value = self.values.get(key)
        if value is None:
            return ""
        if not isinstance(value, str) or not shape.fullmatch(value):
            self.mistake(key, f"{key} is {value!r}.", f"Allowed: {allowed}.")
            return ""
        return value

    def parsed(self, key: str, parse: Callable[[str], object], error: type[Exception]) -> str:
        value = self.values.get(key)
        if value is None:
            return ""
        try:
            parse(value if isinstance(value, str) else f"not text: {value!r}")
        except error:
            self.mistake(key, f"{key} is {value!r}.", _EXAMPLES[key])
            return ""
        return str(value)

    def text_pair(self, key: str) -> LocalText:
        value = self.values.get(key)
        if value is None:
            return NO_DATA
        pair = value if isinstance(value, Mapping) else {}
        words = {language: pair.get(language) for language in ("en", "zh")}
        for language, text in words.items():
            if not isinstance(text, str) or not text.strip():
                self.mistake(key, f"{key} lacks the text for {language}.", _EXAMPLES[key])
        for language in pair:
            if language not in words:
                self.mistake(key, f"{key} has an unknown language {language!r}.", "Write en and zh.")
        return LocalText(str(words["en"]), str(words["zh"]))

    def names(self, key: str, shape: re.Pattern[str]) -> tuple[str, ...]:
        value = self.values.get(key, ())
        if not isinstance(value, (list, tuple)):
            self.mistake(key, f"{key} is {value!r}.", f'Write a list: {key} = ["…"].')
            return ()
        wrong = [item for item in value if not isinstance(item, str) or not shape.fullmatch(item)]
        for item in wrong:
            self.mistake(
                key, f"{key} has {item!r}, which is no {'permission' if key == 'permissions' else 'name'}."
            )
        return () if wrong else tuple(value)

    def check_neighbours(self, name: str, lists: Mapping[str, tuple[str, ...]]) -> None:
        for key in ("needs", "uses", "conflicts", "before", "after"):
            if name in lists[key]:
                self.mistake(key, f"{key} names the plugin itself.")
        for key in ("needs", "uses"):
            for other in set(lists[key]) & set(lists["conflicts"]):
                self.mistake("conflicts", f"{other} stands under {key} and under conflicts.")
        for other in set(lists["before"]) & set(lists["after"]):
            self.mistake("before", f"{other} stands under before and under after.")


_EXAMPLES = {
    "name": 'Write name = "<the folder\'s name>".',
    "version": 'Write a version such as "0.1.0".',
    "sdk": 'Write a range such as ">=0.1,<1".',
    "title": "Give en and zh, each a few words.",
    "summary": "Give en and zh, each one sentence.",
    "data": "Give en and zh: what data is kept, and what happens to it on switch-off.",
}


def _did_you_mean(word: str, known: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return f"Did you mean {near[0]}?" if near else f"Known keys: {', '.join(known)}."
