"""Builds what browsers load from the fetched npm packages: the few files the console names, and one icon sprite."""

import gzip
import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.rendering.console.assets import ICON_FOLDER, VENDOR_FILES, VENDOR_STATIC
from core.rendering.console.icons import ICONS, sprite

MANIFEST = "manifest.json"
SPRITE = "icons.svg"
_COMPRESSED = {".css", ".js", ".svg"}


class AssetProblem(Exception):
    """A browser file cannot be built; `message` is one sentence for the terminal."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class BuiltAssets:
    """What a build did: whether anything had to be written, and each file's content mark."""

    changed: bool
    marks: dict[str, str]


def build_assets(packages: Path, *, lock: Path, target: Path = VENDOR_STATIC) -> BuiltAssets:
    """Writes the browser files below `target`, each with a gzip twin, and a manifest; quick when nothing changed.

    Args:
        packages: the folder `node_modules`.
        lock: package-lock.json; a changed lock or a changed list of files or icons means a new build.
        target: where the files go; whatever else lies there is removed.
    """
    made_from = _fingerprint(lock)
    known = _manifest(target)
    if known.get("made_from") == made_from and all((target / name).is_file() for name in known["files"]):
        return BuiltAssets(changed=False, marks=known["files"])
    staging = target.with_name(f".{target.name}.new")
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    marks = dict(_written(packages, staging))
    (staging / MANIFEST).write_text(json.dumps({"made_from": made_from, "files": marks}, indent=1) + "\n")
    shutil.rmtree(target, ignore_errors=True)
    staging.rename(target)
    return BuiltAssets(changed=True, marks=marks)


def assets_are_current(lock: Path, target: Path = VENDOR_STATIC) -> bool:
    """Whether the browser files fit the lock file and the lists of files and icons."""
    return bool(_manifest(target).get("made_from") == _fingerprint(lock))


def _written(packages: Path, folder: Path) -> Iterator[tuple[str, str]]:
    for name, source in VENDOR_FILES.items():
        yield name, _write(folder / name, _package_file(packages, source))
    try:
        icons = sprite(packages / ICON_FOLDER)
    except FileNotFoundError as problem:
        missing = Path(problem.filename or str(problem)).name
        raise AssetProblem(
            f"The icon {missing} is not in {ICON_FOLDER}: correct the list of icons."
        ) from problem
    yield SPRITE, _write(folder / SPRITE, icons.encode())


def _package_file(packages: Path, source: str) -> bytes:
    try:
        return (packages / source).read_bytes()
    except FileNotFoundError as problem:
        raise AssetProblem(
            f"The file {source} is missing below {packages}: delete that folder and run `make assets` again."
        ) from problem


def _write(path: Path, content: bytes) -> str:
    """Writes a file and its gzip twin; returns the mark of its content."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    if path.suffix in _COMPRESSED:
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(content, 9, mtime=0))
    return hashlib.sha256(content).hexdigest()[:10]


def _fingerprint(lock: Path) -> str:
    wanted = json.dumps([sorted(VENDOR_FILES.items()), ICON_FOLDER, sorted(ICONS)])
    code = Path(__file__).read_bytes()
    return hashlib.sha256(lock.read_bytes() + wanted.encode() + code).hexdigest()


def _manifest(target: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((target / MANIFEST).read_text())
    except (FileNotFoundError, ValueError):
        return {"files": {}}
    return found
