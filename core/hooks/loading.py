"""Turns a candidate into a loaded plugin, or into a quarantined one with every reason named."""

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Literal

from core.hooks.discovery import Candidate
from core.hooks.errors import LoadProblem, PluginRefusedError
from core.hooks.implementations import Implementation, implementations_of, shown_path
from core.hooks.manifest import Manifest, Plugin, manifest_of, read_manifest
from core.hooks.specs import HookSpec

ImportModule = Callable[[str], ModuleType]


@dataclass(frozen=True, slots=True)
class LoadedPlugin:
    """A plugin as this process knows it.

    Attributes:
        name: its slug.
        status: "loaded", or "quarantined" when none of its code is called.
        manifest: what it says about itself; None when that could not be read.
        problems: why it is quarantined, one per mistake.
        folder: where its templates, locales and migrations are; None for a one-file plugin.
        module: its `hooks` module, or the one-file module; None when importing failed.
        namespace: the object that holds its functions: the module, or the one `Plugin` object.
        implementations: its hook functions.
    """

    name: str
    status: Literal["loaded", "quarantined"]
    manifest: Manifest | None = None
    problems: tuple[LoadProblem, ...] = ()
    folder: Path | None = None
    module: ModuleType | None = None
    namespace: object = None
    implementations: tuple[Implementation, ...] = ()

    @property
    def loaded(self) -> bool:
        """Whether its hooks are called."""
        return self.status == "loaded"

    @property
    def reason(self) -> str:
        """Why it is quarantined, one line per mistake; empty when loaded."""
        return "\n".join(str(problem) for problem in self.problems)

    def quarantined(self, *problems: LoadProblem) -> "LoadedPlugin":
        """The same plugin, out of use because of `problems`."""
        return replace(self, status="quarantined", problems=self.problems + problems, implementations=())


def load_plugin(
    candidate: Candidate, *, specs: Mapping[str, HookSpec], sdk_version: str, import_module: ImportModule
) -> LoadedPlugin:
    """Read, import and check `candidate`; never raises for the plugin's mistakes."""
    plugin = LoadedPlugin(candidate.name, "loaded", folder=candidate.folder)
    if candidate.problems or candidate.source is None:
        return plugin.quarantined(*candidate.problems)
    shown = shown_path(str(candidate.source), candidate.root)
    try:
        if candidate.folder is not None:
            manifest = read_manifest(candidate.source, file=shown, name=candidate.name)
            plugin = replace(plugin, manifest=_suitable(manifest, shown, sdk_version))
            module = _imported(candidate, import_module)
            namespace: object = module
        else:
            module = _imported(candidate, import_module)
            kind = _only_plugin_class(module, shown)
            text = candidate.source.read_text(encoding="utf-8")
            manifest = manifest_of(kind, source=text, file=shown, name=candidate.name)
            plugin = replace(plugin, manifest=_suitable(manifest, shown, sdk_version))
            namespace = _made(kind, shown)
        plugin = replace(plugin, module=module, namespace=namespace)
        return _checked(plugin, candidate, specs)
    except PluginRefusedError as error:
        return plugin.quarantined(*error.problems)
    except Exception as error:  # noqa: BLE001 - whatever else a plugin's objects do when they are looked at
        return plugin.quarantined(LoadProblem(shown, f"looking at it raised {type(error).__name__}: {error}"))


def _suitable(manifest: Manifest, file: str, sdk_version: str) -> Manifest:
    if not manifest.works_with_sdk(sdk_version):
        message = f"asks for sdk {manifest.sdk}, but this is sdk {sdk_version}."
        raise PluginRefusedError(
            [LoadProblem(file, message, fix="Install a version of the plugin made for it.")]
        )
    return manifest


def _imported(candidate: Candidate, import_module: ImportModule) -> ModuleType:
    try:
        return import_module(candidate.module)
    except (Exception, SystemExit) as error:
        raise PluginRefusedError([_import_problem(error, candidate)]) from error


def _import_problem(error: BaseException, candidate: Candidate) -> LoadProblem:
    home = candidate.folder or candidate.source
    if isinstance(error, ModuleNotFoundError) and error.name == candidate.module and candidate.folder:
        return LoadProblem(shown_path(str(candidate.folder), candidate.root), "has no hooks.py.")
    if isinstance(error, SyntaxError) and error.filename:
        return LoadProblem(shown_path(error.filename, candidate.root), f"{error.msg}.", error.lineno)
    message = f"importing it raised {type(error).__name__}: {error}"
    own = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if home is not None and Path(frame.filename).is_relative_to(home)
    ]
    if own:
        return LoadProblem(shown_path(own[-1].filename, candidate.root), message, own[-1].lineno)
    return LoadProblem(shown_path(str(candidate.source), candidate.root), message)


def _only_plugin_class(module: ModuleType, file: str) -> type[Plugin]:
    found = [
        thing
        for thing in vars(module).values()
        if isinstance(thing, type) and issubclass(thing, Plugin) and thing.__module__ == module.__name__
    ]
    if len(found) != 1:
        said = f"defines {len(found)} Plugin classes." if found else "defines no Plugin class."
        fix = "A one-file plugin has exactly one; begin the file's name with _ if it is not a plugin."
        raise PluginRefusedError([LoadProblem(file, said, fix=fix)])
    return found[0]


def _made(kind: type[Plugin], file: str) -> Plugin:
    try:
        return kind()
    except (Exception, SystemExit) as error:
        message = f"making {kind.__name__}() raised {type(error).__name__}: {error}"
        raise PluginRefusedError([LoadProblem(file, message)]) from error


def _checked(plugin: LoadedPlugin, candidate: Candidate, specs: Mapping[str, HookSpec]) -> LoadedPlugin:
    findings = implementations_of(plugin.namespace, plugin=plugin.name, specs=specs, root=candidate.root)
    problems = list(findings.problems)
    if plugin.namespace is not plugin.module:
        outside = implementations_of(plugin.module, plugin=plugin.name, specs=specs, root=candidate.root)
        for stray in outside.implementations:
            message = f"{stray.hook} is marked outside the Plugin class."
            problems.append(LoadProblem(stray.file, message, stray.line, "Move it into the class."))
    if problems:
        raise PluginRefusedError(problems)
    return replace(plugin, implementations=findings.implementations)
