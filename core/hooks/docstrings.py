"""Reads a hook's docstring into the pieces that listings and the reference page print."""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass

# Sections a hook's docstring may have; "Raises" is a common habit for what we call "On failure".
_SECTIONS = ("When", "Transaction", "Args", "Returns", "On failure", "Raises", "Example")
_HEADING = re.compile(rf"({'|'.join(_SECTIONS)}):[ \t]*(.*)", re.IGNORECASE)
_ARGUMENT = re.compile(r"(\w+):\s*(.*)")


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
    if "raises" in sections:
        sections.setdefault("on failure", sections.pop("raises"))
    arguments = _arguments(sections.pop("args", ""))
    return HookDoc(" ".join(summary.split()), text, arguments, sections)


def _split(lines: list[str]) -> tuple[str, dict[str, str]]:
    """Free text, and the titled sections by lower-case title; a section ends where the next one begins."""
    found: dict[str, list[str]] = {"": []}
    title = ""
    for line in lines:
        heading = _HEADING.fullmatch(line)
        if heading:
            title = heading[1].lower()
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
            name = entry[1]
            found[name] = entry[2].strip()
        elif name and line.strip():
            found[name] = f"{found[name]} {line.strip()}".strip()
    return found
