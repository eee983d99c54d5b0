"""Notices which sources were written, so that a program in development runs what was just saved."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# Templates and styles are read anew by themselves in development.
_SUFFIXES = (".py", ".toml", ".po")
_NO_SOURCES = frozenset({"__pycache__", "static", "node_modules", "templates"})


@dataclass(frozen=True, slots=True)
class Change:
    """What was written: files by the name of their folder, and whether plugins are all of it."""

    files: tuple[str, ...]
    plugins_only: bool


class SourceWatch:
    """The sources of plugins, and of what plugins stand on, as they were when it was asked last."""

    def __init__(self, plugins: Path, *others: Path) -> None:
        self._plugins = plugins
        self._folders = (plugins, *others)
        self._known = self._now()

    def changed(self) -> Change | None:
        """Files that are new, written or gone since the last question, in order; None when there are none."""
        now = self._now()
        different = sorted(
            path for path in now.keys() | self._known.keys() if now.get(path) != self._known.get(path)
        )
        self._known = now
        if not different:
            return None
        return Change(
            tuple(self._name(Path(path)) for path in different),
            plugins_only=all(Path(path).is_relative_to(self._plugins) for path in different),
        )

    def _name(self, path: Path) -> str:
        folder = next(folder for folder in self._folders if path.is_relative_to(folder))
        return str(path.relative_to(folder.parent))

    def _now(self) -> dict[str, int]:
        return {path: written for folder in self._folders for path, written in _sources(str(folder))}


def _sources(folder: str) -> Iterator[tuple[str, int]]:
    """Each source below `folder` with the moment it was written; several times a second, so without Path objects."""
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in _NO_SOURCES]
        for name in files:
            if name.endswith(_SUFFIXES):
                path = f"{place}/{name}"
                try:
                    yield path, os.stat(path).st_mtime_ns  # noqa: PTH116 - see above
                except FileNotFoundError:
                    continue
