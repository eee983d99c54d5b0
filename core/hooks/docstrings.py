"""Reads a hook's docstring into the pieces that listings and the reference page print."""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass

# Sections a hook's docstring may have, and other habits of naming them.
_SECTIONS = ("When", "Transaction", "Args", "Returns", "On failure", "Example")
_ALIASES = {"arguments": "args", "raises": "on failure"}
_HEADING = re.compile(rf"({'|'.join([*_SECTIONS, *_ALIASES])}):[ \t]*(.*)", re.IGNORECASE)
# `name: what it is`, or "`name`, what it is" in running text.
_ARGUMENT = re.compile(r"(?:(\w+):|`(\w+)`[:,])\s*(.*)")


@dataclass(frozen=True, slots=True)
class HookDoc:
    """A docstring in pieces: summary, further text, arguments by name, and titled sections."""

    summary: str
    text: str
    arguments: dict[str, str]
    sections: dict[str, str]


def hook_doc(function: Callable[..., object]) -> HookDoc | None:
    """The docstring of `function` in pieces, or None when it has none."""
    written = inspect.getdoc(function)
    if not written or not written.strip():
        return None
    summary, _, rest = written.strip().partition("\n\n")
    text, sections = _split(rest.splitlines())
    arguments = _arguments(sections.pop("args", ""))
    return HookDoc(" ".join(summary.split()), text, arguments, sections)


def _split(lines: list[str]) -> tuple[str, dict[str, str]]:
    """Free text, and the titled sections by lower-case title; a section ends where the next one begins."""
    found: dict[str, list[str]] = {"": []}
    title = ""
    for line in lines:
        heading = _HEADING.fullmatch(line)
        if heading:
            title = _ALIASES.get(heading[1].lower(), heading[1].lower())
            found[title] = [heading[2]] if heading[2] else []
        else:
            found[title].append(line)
    whole = {name: inspect.cleandoc("\n".join(["", *part])) for name, part in found.items()}
    return whole.pop(""), whole


def _arguments(section: str) -> dict[str, str]:
    """`name: text` entries; a line further in belongs to the entry above it."""
    found: dict[str, str] = {}
    name = ""
    for line in section.splitlines():
        entry = None if line.startswith(" ") else _ARGUMENT.fullmatch(line)
        if entry:
            name = entry[1] or entry[2]
            found[name] = entry[3].strip()
        elif name and line.strip():
            found[name] = f"{found[name]} {line.strip()}".strip()
    return found
