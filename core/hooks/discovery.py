"""Finds plugins without running their code: folders and single files in `plugins/`, then installed entry points."""

import importlib.metadata
import importlib.util
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from core.hooks.errors import BootError, LoadProblem, PluginRefusedError
from core.hooks.manifest import SLUG


@dataclass(frozen=True, slots=True)
class Candidate:
    """A plugin that somebody put there; nothing of it has been run.

    Attributes:
        name: its folder's, module's or entry point's name.
        module: what to import: the folder's `hooks` module, or the one-file module itself.
        folder: where its files are, None for a one-file plugin.
        source: the file to name in reports: `plugin.toml`, or the module's own file.
        root: reports show files relative to this folder.
        problems: why it cannot even be tried.
    """

    name: str
    module: str = ""
    folder: Path | None = None
    source: Path | None = None
    root: Path | None = None
    problems: tuple[LoadProblem, ...] = ()


def candidates_in(folder: Path) -> Iterable[Candidate]:
    """The plugins in `folder`, by name: a folder with `plugin.toml` or a `.py` file each.

    Raises BootError when the folder cannot be imported from.
    """
    folder = folder.resolve()
    _require_importable(folder)
    for path in sorted(folder.iterdir()):
        if path.name.startswith(("_", ".")):
            continue
        if path.is_dir():
            yield from _folder_candidate(path, f"{folder.name}.{path.name}", folder.parent)
        elif path.suffix == ".py":
            yield _file_candidate(path, f"{folder.name}.{path.stem}", folder.parent)


def candidates_from_entry_points(group: str) -> Iterable[Candidate]:
    """The plugins that installed distributions announce under `group`, by name, then distribution."""
    found = importlib.metadata.entry_points(group=group)
    for entry in sorted(found, key=lambda entry: (entry.name, entry.dist.name if entry.dist else "")):
        announced = (
            f"{entry.dist.name if entry.dist else 'unknown distribution'}: {entry.name} = {entry.value}"
        )
        try:
            yield _entry_candidate(entry.name, entry.module)
        except PluginRefusedError as error:
            yield Candidate(entry.name, problems=error.problems)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - finding a submodule imports its parents
            message = f"cannot be found: {type(error).__name__}: {error}"
            yield Candidate(entry.name, problems=(LoadProblem(announced, message),))


def _require_importable(folder: Path) -> None:
    if not folder.is_dir():
        raise BootError([f"the plugin folder {folder} does not exist"])
    spec = importlib.util.find_spec(folder.name) if folder.name.isidentifier() else None
    places = [Path(place).resolve() for place in (spec.submodule_search_locations or ())] if spec else []
    if folder not in places:
        hint = f"; {folder.name} is {places[0]}" if places else ""
        raise BootError([f"plugins in {folder} cannot be imported: put its parent on the import path{hint}"])


def _folder_candidate(path: Path, package: str, root: Path) -> Iterable[Candidate]:
    manifest = path / "plugin.toml"
    if manifest.is_file():
        yield _named(path.name, f"{package}.hooks", path, manifest, root)
    elif any(path.glob("*.py")):
        problem = LoadProblem(path.relative_to(root).as_posix(), "has Python files but no plugin.toml.")
        yield Candidate(path.name, folder=path, root=root, problems=(problem,))


def _file_candidate(path: Path, module: str, root: Path) -> Candidate:
    return _named(path.stem, module, None, path, root)


def _named(name: str, module: str, folder: Path | None, source: Path, root: Path) -> Candidate:
    shown = source.relative_to(root).as_posix()
    bad = LoadProblem(shown, f"{name!r} is no plugin name.", fix="Use letters a–z, digits and _.")
    return Candidate(name, module, folder, source, root, () if SLUG.fullmatch(name) else (bad,))


def _entry_candidate(name: str, module: str) -> Candidate:
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise PluginRefusedError([LoadProblem(f"entry point {name}", f"there is no module {module}.")])
    source = Path(spec.origin)
    manifest = source.parent / "plugin.toml"
    if spec.submodule_search_locations and manifest.is_file():
        return _named(name, f"{module}.hooks", source.parent, manifest, source.parent.parent)
    return _named(name, module, None, source, source.parent)
