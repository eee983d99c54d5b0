"""Every word a person sees exists in Chinese: message ids found in code and templates stand in some catalogue."""

import string
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
KEYWORDS = {"_": None, "gettext": None, "N_": None, "ngettext": (1, 2), "_n": (1, 2)}
PARTS = [
    ROOT / "core",
    ROOT / "tenants",
    *sorted((ROOT / "plugins").glob("*/")),
    *sorted((ROOT / "themes").glob("*/")),
]
PARTS = [part for part in PARTS if part.is_dir() and not part.name.startswith("__")]


def catalogue():
    words = {}
    for root in PARTS:
        for path in sorted(root.glob("locales/zh_Hans/*.po")):
            with path.open("rb") as source:
                for message in read_po(source, locale="zh_Hans"):
                    if message.id:
                        forms = (message.id,) if isinstance(message.id, str) else message.id
                        for form in forms:
                            words.setdefault(form, []).append((path, message))
    return words


def used(part):
    for path in sorted(part.rglob("*")):
        if "tests" in path.relative_to(part).parts or path.suffix not in (".py", ".html", ".txt", ".svg"):
            continue
        method = "python" if path.suffix == ".py" else "jinja2.ext:babel_extract"
        options = (
            {}
            if path.suffix == ".py"
            else {"extensions": "jinja2.ext.i18n,jinja2.ext.do,jinja2.ext.loopcontrols"}
        )
        for line, message, *_ in extract_from_file(method, path, KEYWORDS, options=options):
            text = message if isinstance(message, str) else message[0]
            if text and any(character in string.ascii_letters for character in text.replace("%(words)s", "")):
                yield text, f"{path.relative_to(ROOT)}:{line}"


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_every_message_is_translated(part):
    known = catalogue()
    missing = {text: place for text, place in used(part) if text not in known}
    assert missing == {}


def placeholders(text):
    import re

    return sorted(set(re.findall(r"%\((\w+)\)[sd]", text)))


def test_translations_keep_their_placeholders():
    wrong = [
        (str(path.relative_to(ROOT)), source)
        for source, entries in catalogue().items()
        for path, message in entries
        for text in ([message.string] if isinstance(message.string, str) else message.string)
        if not text or not set(placeholders(text)) <= {*placeholders(source), "n"}
    ]
    assert wrong == []


def test_message_has_one_translation():
    # All catalogues become one: a plugin's other words for a message would show up on core's pages.
    differing = {
        source: {str(path.relative_to(ROOT)): message.string for path, message in entries}
        for source, entries in catalogue().items()
        if len(
            {
                message.string if isinstance(message.string, str) else message.string[0]
                for _, message in entries
            }
        )
        > 1
    }
    assert differing == {}
