"""Every sentence of the kit has its Chinese, with the same placeholders."""

import io
import re
from pathlib import Path

from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

import core.rendering.console as kit

ROOT = Path(kit.__file__).resolve().parent
CATALOGUE = ROOT.parents[1] / "locales" / "zh_Hans" / "console_kit.po"
_PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w+\}")


def messages():
    found = set()
    for path in ROOT.rglob("*.py"):
        keywords = {"_": None, "gettext": None, "N_": None, "ngettext": (1, 2)}
        found |= {entry[1] for entry in extract_from_file("python", path, keywords=keywords)}
    for path in ROOT.rglob("*.html"):
        source = io.BytesIO(path.read_bytes())
        for _, function, message, _ in babel_extract(source, ["_", "ngettext"], [], {"silent": "false"}):
            if function == "ngettext":
                found.add(tuple(message[:2]))
            else:
                found.add(message[0] if isinstance(message, tuple) else message)
    return {message for message in found if message}


def test_every_message_of_the_kit_is_in_chinese():
    with CATALOGUE.open("rb") as source:
        catalogue = read_po(source, locale="zh_Hans")
    known = {entry.id: entry.string for entry in catalogue if entry.id}
    wanted = messages()
    assert len(wanted) > 100
    assert wanted - set(known) == set()
    assert set(known) - wanted == set(), "nobody says these any more"
    for message, words in known.items():
        given = message if isinstance(message, str) else message[1]
        said = words if isinstance(words, str) else words[0]
        assert said
        assert set(_PLACEHOLDER.findall(given)) == set(_PLACEHOLDER.findall(said)), message
