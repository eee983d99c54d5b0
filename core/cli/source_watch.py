"""Notices which files of the plugins were written, so that a program in development runs what was just saved."""

from pathlib import Path

# Templates and styles are read anew by themselves in development.
_SUFFIXES = frozenset({".py", ".toml", ".po"})


class SourceWatch:
    """The sources below a folder, as they were when it was asked last."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._known = self._now()

    def changed(self) -> list[str]:
        """Files that are new, written or gone since the last question, relative to the folder's parent, in order."""
        now = self._now()
        different = sorted(
            path for path in now.keys() | self._known.keys() if now.get(path) != self._known.get(path)
        )
        self._known = now
        return [str(path.relative_to(self.folder.parent)) for path in different]

    def _now(self) -> dict[Path, int]:
        found = {}
        for path in self.folder.rglob("*"):
            if path.suffix in _SUFFIXES:
                try:
                    found[path] = path.stat().st_mtime_ns
                except FileNotFoundError:
                    continue
        return found
