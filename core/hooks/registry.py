"""The one list of hooks, plugins and implementations of this process: made at boot, never changed afterwards."""

import difflib
import importlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import pluggy

from core.hooks.discovery import Candidate, candidates_from_entry_points, candidates_in
from core.hooks.errors import BootError, HookMisuseError, HookOrderError, LoadProblem
from core.hooks.families import Policy
from core.hooks.implementations import Implementation, implementations_of
from core.hooks.loading import LoadedPlugin, load_plugin
from core.hooks.manifest import SDK_VERSION, Manifest
from core.hooks.markers import PROJECT
from core.hooks.ordering import Wish, ordered
from core.hooks.results import PluginResult
from core.hooks.specs import HookSpec, specs_of


@dataclass(frozen=True, slots=True)
class HookInfo:
    """One hook as `pinpu hooks` prints it; `implementers` stand in calling order."""

    name: str
    signature: str
    family: str
    activation: str
    policy: str
    since: str
    summary: str
    module: str
    implementers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Clash:
    """Why `plugin` cannot be on together with the others of a set; `other` is the plugin it is about."""

    plugin: str
    why: Literal["missing", "quarantined", "needs", "conflicts"]
    other: str


class HookRegistry:
    """What `HookRegistry.boot` found; every answer is the same whatever order things were found in.

    Attributes:
        specs: all declared hooks by name.
        plugins: every plugin that was found, loaded or quarantined, by name.
        internal: names of core's and tenants' own parts, which are always active.
        notes: what was found and passed over, such as a second plugin of the same name.
        sdk_version: what the plugins were checked against.
    """

    def __init__(self, specs: Mapping[str, HookSpec], sdk_version: str) -> None:
        self.specs = dict(specs)
        self.sdk_version = sdk_version
        self.plugins: dict[str, LoadedPlugin] = {}
        self.internal: tuple[str, ...] = ()
        self.notes: list[LoadProblem] = []
        self._pluggy = pluggy.PluginManager(PROJECT)
        self._written: dict[tuple[str, str], Implementation] = {}
        self._ordered: dict[str, tuple[Implementation, ...]] = {}
        self._declared: dict[str, dict[str, Any]] = {}

    @classmethod
    def boot(
        cls,
        spec_modules: Sequence[ModuleType],
        *,
        plugin_folder: Path | None = None,
        entry_point_group: str | None = "pinpu.plugins",
        internal: Sequence[ModuleType] = (),
        sdk_version: str = SDK_VERSION,
    ) -> "HookRegistry":
        """Read the hooks, find the plugins, check, order and ask for their declarations.

        A plugin with a mistake is quarantined and reported; core's own mistakes stop the boot.

        Args:
            spec_modules: the rooms' `hookspecs` modules.
            plugin_folder: where plugins lie; its parent must be on the import path.
            entry_point_group: the group that installed plugins announce themselves under, None for no such search.
            internal: modules of core and tenants that implement hooks; they alone may implement `answer_` hooks.
            sdk_version: what plugins' `sdk` ranges are held against.

        Raises:
            SpecError: a hook is declared badly.
            HookOrderError: wishes of plugins form a cycle.
            BootError: an internal module is wrong, or an `answer_` hook has not exactly one implementation.
        """
        registry = cls(specs_of(spec_modules), sdk_version)
        for module in dict.fromkeys(spec_modules):
            if any(spec.module == module.__name__ for spec in registry.specs.values()):
                registry._pluggy.add_hookspecs(module)
        registry._add_internal(internal)
        if plugin_folder is not None:
            registry._add_plugins(candidates_in(plugin_folder))
        if entry_point_group is not None:
            registry._add_plugins(candidates_from_entry_points(entry_point_group))
        registry._quarantine_without_neighbours()
        registry._collect_declarations()
        registry._put_in_order()
        registry._require_answers()
        return registry

    # What the rest of core asks

    @property
    def platform_plugins(self) -> frozenset[str]:
        """Loaded plugins of level "platform": they work for every shop."""
        return frozenset(name for name, manifest in self._manifests() if manifest.level == "platform")

    def spec(self, hook: str) -> HookSpec:
        """The declaration of `hook`; raises HookMisuseError naming the nearest one."""
        found = self.specs.get(hook)
        if found is None:
            near = difflib.get_close_matches(hook, self.specs, n=1)
            raise HookMisuseError(f"there is no hook {hook}" + (f"; did you mean {near[0]}?" if near else ""))
        return found

    def implementations(self, hook: str) -> tuple[Implementation, ...]:
        """Every loaded implementation of `hook`, in calling order; for the dispatcher and for listings."""
        return self._ordered[self.spec(hook).name]

    def declarations(self, hook: str) -> list[PluginResult]:
        """What each plugin answered to a `declare_` hook at boot, in order; quarantined plugins are not there."""
        if self.spec(hook).family.policy is not Policy.QUARANTINE:
            raise HookMisuseError(f"{hook} is not a declaration; use {self.spec(hook).family.door}")
        said = self._declared.get(hook, {})
        return [
            PluginResult(one.plugin, said[one.plugin]) for one in self._ordered[hook] if one.plugin in said
        ]

    def hooks(self) -> tuple[HookInfo, ...]:
        """All hooks by family and name, as a person wants to read them."""
        return tuple(
            HookInfo(
                name=spec.name,
                signature=spec.signature,
                family=spec.family.name,
                activation=spec.activation,
                policy=spec.family.on_failure,
                since=spec.since,
                summary=spec.doc.summary,
                module=spec.module,
                implementers=tuple(one.plugin for one in self._ordered[spec.name]),
            )
            for spec in sorted(self.specs.values(), key=lambda spec: spec.name)
        )

    def clashes(self, names: Collection[str]) -> tuple[Clash, ...]:
        """Why the plugins `names` cannot be on together in one shop; empty when they can."""
        found: list[Clash] = []
        for name in sorted(names):
            plugin = self.plugins.get(name)
            if plugin is None or not plugin.loaded or plugin.manifest is None:
                found.append(Clash(name, "quarantined" if plugin else "missing", name))
                continue
            needs, conflicts = plugin.manifest.needs, plugin.manifest.conflicts
            present = {*names, *self.platform_plugins}
            found += [Clash(name, "needs", other) for other in needs if other not in present]
            found += [Clash(name, "conflicts", other) for other in conflicts if other in present]
        return tuple(found)

    def report(self) -> str:
        """What was loaded and what was refused, with file, line and the way out."""
        loaded = [plugin for plugin in self._by_name() if plugin.loaded]
        refused = [plugin for plugin in self._by_name() if not plugin.loaded]
        listed = ", ".join(f"{p.name} {p.manifest.version}" for p in loaded if p.manifest)
        lines = [f"{_counted(len(loaded), 'plugin')} loaded{': ' if listed else ''}{listed}"]
        if refused:
            lines.append(f"{_counted(len(refused), 'plugin')} quarantined (none of its code is called):")
        for plugin in refused:
            lines.append(f"  {plugin.name}")
            lines += [f"    {problem}" for problem in plugin.problems]
        lines += [f"note: {note}" for note in self.notes]
        return "\n".join(lines)

    # Boot, step by step

    def _add_internal(self, modules: Sequence[ModuleType]) -> None:
        problems: list[str] = []
        for module in modules:
            name = module.__name__.removesuffix(".hooks")
            found = implementations_of(module, plugin=name, specs=self.specs, root=None, may_answer=True)
            problems += [str(problem) for problem in found.problems]
            if not found.problems:
                self._register(name, found.implementations)
        if problems:
            raise BootError(problems)
        self.internal = tuple(module.__name__.removesuffix(".hooks") for module in modules)

    def _add_plugins(self, candidates: Iterable[Candidate]) -> None:
        for candidate in candidates:
            if candidate.name in self.plugins or candidate.name in self.internal:
                message = f"is passed over: {candidate.name} is taken."
                self.notes.append(LoadProblem(str(candidate.source or candidate.name), message))
                continue
            plugin = load_plugin(
                candidate,
                specs=self.specs,
                sdk_version=self.sdk_version,
                import_module=importlib.import_module,  # noqa: TID251 - plugins are loaded here and nowhere else
            )
            self.plugins[plugin.name] = plugin
            if plugin.loaded:
                self._register(plugin.name, plugin.implementations)

    def _register(self, name: str, implementations: Iterable[Implementation]) -> None:
        """Hand the checked functions to pluggy; in a shell of their own, since it looks at every attribute."""
        shell = ModuleType(name)
        for one in implementations:
            setattr(shell, one.hook, one.function)
            self._written[name, one.hook] = one
        self._pluggy.register(shell, name=name)

    def _quarantine(self, name: str, *problems: LoadProblem) -> None:
        if self._pluggy.has_plugin(name):
            self._pluggy.unregister(name=name)
        self.plugins[name] = self.plugins[name].quarantined(*problems)

    def _quarantine_without_neighbours(self) -> None:
        """Take out plugins whose needs are not met, then those that needed them, until nothing changes."""
        changed = True
        while changed:
            changed = False
            for name, manifest in self._manifests():
                lacking = [other for other in manifest.needs if not self._is_loaded(other)]
                if lacking:
                    self._quarantine(name, *(self._lack(name, other) for other in lacking))
                    changed = True

    def _lack(self, name: str, other: str) -> LoadProblem:
        why = "is quarantined" if other in self.plugins else "is not installed"
        fix = "" if other in self.plugins else f"Install {other}, or remove it from needs."
        return LoadProblem(_home(self.plugins[name]), f"needs the plugin {other}, which {why}.", fix=fix)

    def _collect_declarations(self) -> None:
        hooks = sorted(name for name, spec in self.specs.items() if spec.family.policy is Policy.QUARANTINE)
        for hook in hooks:
            self._declared[hook] = {}
            for one in sorted(self._registered(hook), key=lambda one: one.plugin):
                wrong = self._declare(self.specs[hook], one)
                if wrong and one.plugin in self.internal:
                    raise BootError([f"{one.plugin}: {problem}" for problem in wrong])
                if wrong:
                    self._quarantine(one.plugin, *wrong)
        self._quarantine_without_neighbours()

    def _declare(self, spec: HookSpec, one: Implementation) -> list[LoadProblem]:
        try:
            value = one.function()
            wrong = spec.check(value)
            said = [f"{spec.name} {wrong}"] if wrong is not None else _judged(spec, one.plugin, value)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - isolates the plugin
            said = [f"{spec.name} raised {type(error).__name__}: {error}"]
        if not said and value is not None:
            self._declared[spec.name][one.plugin] = value
        return [LoadProblem(one.file, sentence, one.line) for sentence in said]

    def _put_in_order(self) -> None:
        """Fix the calling order of every hook; raises HookOrderError for the first cycle."""
        general = [
            wish for name, manifest in self._manifests() for wish in _wishes_of_manifest(name, manifest)
        ]
        ordered((name for name, _ in self._manifests()), general, subject="plugin order")
        self._ordered = {
            hook: _in_order(spec, self._registered(hook), general)
            for hook, spec in sorted(self.specs.items())
        }

    def _require_answers(self) -> None:
        problems = []
        for hook, spec in sorted(self.specs.items()):
            who = [one.plugin for one in self._ordered[hook]]
            if spec.family.name == "answer" and len(who) != 1:
                problems.append(
                    f"{hook} must be answered by exactly one part; it is by {' and '.join(who) or 'none'}"
                )
        if problems:
            raise BootError(problems)

    def _registered(self, hook: str) -> list[Implementation]:
        found = getattr(self._pluggy.hook, hook).get_hookimpls()
        return [self._written[one.plugin_name, hook] for one in found]

    def _manifests(self) -> list[tuple[str, Manifest]]:
        return [(p.name, p.manifest) for p in self._by_name() if p.loaded and p.manifest]

    def _by_name(self) -> list[LoadedPlugin]:
        return sorted(self.plugins.values(), key=lambda plugin: plugin.name)

    def _is_loaded(self, name: str) -> bool:
        return name in self.plugins and self.plugins[name].loaded


def _judged(spec: HookSpec, plugin: str, value: object) -> list[str]:
    if spec.judge is None or value is None:
        return []
    return [f"{spec.name}: {sentence}" for sentence in spec.judge(plugin, value)]


def _in_order(
    spec: HookSpec, found: Iterable[Implementation], general: list[Wish]
) -> tuple[Implementation, ...]:
    by_plugin = {one.plugin: one for one in found}
    stage_of: Callable[[str], int] = lambda plugin: spec.stages.index(by_plugin[plugin].stage)  # noqa: E731
    own = [wish for one in by_plugin.values() for wish in _wishes_of(one)]
    for wish in own:
        if (
            wish.first in by_plugin
            and wish.second in by_plugin
            and stage_of(wish.first) > stage_of(wish.second)
        ):
            stages = f"stage {by_plugin[wish.first].stage} comes after stage {by_plugin[wish.second].stage}"
            raise HookOrderError([f"{spec.name}: {wish.first} → {wish.second} ({wish.place}), but {stages}"])
    # A mark on the hook itself overrules the plugin's general wish about the same two.
    marked = {frozenset((wish.first, wish.second)) for wish in own}
    wishes = own + [wish for wish in general if frozenset((wish.first, wish.second)) not in marked]
    line: list[str] = []
    for stage in range(len(spec.stages)):
        here = [plugin for plugin in by_plugin if stage_of(plugin) == stage]
        line += ordered(here, wishes, subject=spec.name)
    return tuple(by_plugin[plugin] for plugin in line)


def _wishes_of(one: Implementation) -> list[Wish]:
    before = [Wish(one.plugin, other, one.place) for other in one.options.before]
    return before + [Wish(other, one.plugin, one.place) for other in one.options.after]


def _wishes_of_manifest(name: str, manifest: Manifest) -> list[Wish]:
    place = f"manifest of {name}"
    before = [Wish(name, other, place) for other in manifest.before]
    return before + [Wish(other, name, place) for other in manifest.after]


def _home(plugin: LoadedPlugin) -> str:
    return f"{plugin.folder.parent.name}/{plugin.name}" if plugin.folder else plugin.name


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
