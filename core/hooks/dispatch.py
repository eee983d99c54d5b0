"""Calls the plugins of one shop: only those, in stated order, each guarded, timed, counted and checked."""

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter_ns
from typing import Any, Literal, NamedTuple, overload

from core.hooks.counters import Counters, HookCount, PluginHealth
from core.hooks.errors import HookFailure, HookMisuseError, WrongReturnError
from core.hooks.families import FAMILIES, Policy, family_of
from core.hooks.guard import Guard, log_failure
from core.hooks.implementations import Implementation
from core.hooks.plans import Plan, Step, picker
from core.hooks.registry import HookRegistry
from core.hooks.results import PluginFailure, PluginResult
from core.hooks.specs import HookSpec
from core.hooks.trace import traced
from core.kernel.db import Fence, TransactionEnded, current_unit

# Compiled sets kept per process; ten thousand shops share a few hundred.
_KEPT_SETS = 1024
# Makes a NamedTuple in half the time of its own constructor.
_tuple = tuple.__new__


@dataclass(frozen=True, slots=True)
class PluginSets:
    """The two sets of a shop.

    Attributes:
        offer: enabled plugins: they take part in new business.
        obligation: enabled and draining ones: they look after orders that already carry their mark.
    """

    offer: frozenset[str] = frozenset()
    obligation: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if not self.offer <= self.obligation:
            stray = ", ".join(sorted(self.offer - self.obligation))
            raise ValueError(f"{stray} may not take new business without looking after it: add to obligation")

    @classmethod
    def of(cls, enabled: Iterable[str] = (), *, draining: Iterable[str] = ()) -> "PluginSets":
        """The sets of a shop with these plugins enabled and those draining."""
        offer = frozenset(enabled)
        return cls(offer, offer | frozenset(draining))


class PluginHandler(NamedTuple):
    """One plugin's handler of an event; `run(**arguments)` counts, times and lets errors through."""

    plugin: str
    run: Callable[..., None]


class Dispatcher:
    """Compiles and keeps the calls of every set of plugins in use; one per process, safe in threads.

    Args:
        registry: a booted registry.
        on_problem: hears of every failure, in the failing thread and before the next plugin is called.
        passes: exceptions that are nobody's fault and must reach the caller of a claim_ or switch_ hook unchanged,
            such as a database deadlock that repeats the transaction. `PinpuError` always passes there: it is a
            refusal, not a failure.
        recording: let calls of plugins be recorded where a trace has begun (`core.hooks.trace`); for development.
    """

    def __init__(
        self,
        registry: HookRegistry,
        *,
        on_problem: Callable[[PluginFailure], None] = log_failure,
        passes: tuple[type[Exception], ...] = (),
        recording: bool = False,
    ) -> None:
        self.registry = registry
        self._recording = recording
        self._guard = Guard(Counters(), on_problem, passes)
        self._absent = {name: Plan(spec) for name, spec in registry.specs.items()}
        self._kept = functools.lru_cache(maxsize=_KEPT_SETS)(self._compiled)
        self._platform = ShopHooks(self.registry, self._guard, self._plans(PluginSets()), PluginSets())

    def for_sets(self, sets: PluginSets) -> "ShopHooks":
        """The hooks of a shop with these sets; names of plugins that are not loaded count as absent."""
        return self._kept(sets)

    def only(self, plugin: str) -> "ShopHooks":
        """The hooks of `plugin` alone, for its switch: the one place where `switch_` hooks may be called."""
        if plugin not in self.registry.plugins:
            raise HookMisuseError(f"there is no plugin {plugin}")
        sets = PluginSets.of([plugin])
        return ShopHooks(self.registry, self._guard, self._plans(sets, named=plugin), sets, named=plugin)

    def answer(self, hook: str, /, **arguments: Any) -> Any:
        """What tenants answer to an `answer_` hook; needs no shop, and errors reach the caller."""
        return self._platform.answer(hook, **arguments)

    def health(self) -> dict[str, PluginHealth]:
        """How each loaded plugin has done in this process, by name."""
        return self._guard.counters.health(
            name for name, plugin in self.registry.plugins.items() if plugin.loaded
        )

    def counts(self) -> tuple[HookCount, ...]:
        """Totals per plugin and hook, for metrics."""
        return self._guard.counters.rows()

    def _compiled(self, sets: PluginSets) -> "ShopHooks":
        return ShopHooks(self.registry, self._guard, self._plans(sets), sets)

    def _function(self, spec: HookSpec, one: Implementation) -> Callable[..., Any]:
        if self._recording and one.plugin not in self.registry.internal:
            return traced(spec, one.plugin, one.function)
        return one.function

    def _plans(self, sets: PluginSets, *, named: str | None = None) -> dict[str, Plan]:
        always = self.registry.platform_plugins | frozenset(self.registry.internal)
        members = {
            "offer": sets.offer | always,
            "obligation": sets.obligation | always,
            "named": frozenset([named]),
        }
        plans = dict(self._absent)
        for hook, spec in self.registry.specs.items():
            chosen = members.get(spec.activation)
            steps = [
                (
                    one.plugin,
                    self._function(spec, one),
                    picker(one.arguments),
                    self._guard.counters.counter(one.plugin, hook, spec.budget_ns),
                )
                for one in self.registry.implementations(hook)
                if chosen is None or one.plugin in chosen
            ]
            if steps:
                plans[hook] = Plan(spec, steps)
        return plans


class ShopHooks:
    """The hooks of one shop: exactly its plugins, nobody else's. Made by a Dispatcher; holds no state of a request."""

    __slots__ = ("_by_call", "_guard", "_named", "_plans", "_registry", "sets")

    def __init__(
        self,
        registry: HookRegistry,
        guard: Guard,
        plans: Mapping[str, Plan],
        sets: PluginSets,
        *,
        named: str | None = None,
    ) -> None:
        self.sets = sets
        self._registry, self._guard, self._plans, self._named = registry, guard, plans, named
        self._by_call = {hook: plan for hook, plan in plans.items() if self._is_called(plan.spec)}

    def _is_called(self, spec: HookSpec) -> bool:
        if spec.family.name == "switch":
            return self._named is not None
        return spec.family.policy in (Policy.SKIP, Policy.CLOSED)

    @property
    def missing(self) -> frozenset[str]:
        """Plugins that the shop has on but this process could not load; lines that carry their mark stay closed."""
        return frozenset(
            name
            for name in self.sets.obligation
            if name not in self._registry.plugins or not self._registry.plugins[name].loaded
        )

    def implementers(self, hook: str) -> tuple[str, ...]:
        """Names of the plugins that a call of `hook` would reach, in order."""
        return tuple(plugin for plugin, *_ in self._plan(hook).steps)

    @overload
    def call(
        self, hook: str, /, *, failed: Literal["collect"], **arguments: Any
    ) -> list[PluginResult | PluginFailure]: ...
    @overload
    def call(
        self, hook: str, /, *, failed: Literal["skip"] | None = None, **arguments: Any
    ) -> list[PluginResult]: ...
    def call(
        self, hook: str, /, *, failed: Literal["skip", "collect"] | None = None, **arguments: Any
    ) -> Sequence[PluginResult | PluginFailure]:
        """Call every implementation of `hook` and return what they said, in order, each with its plugin's name.

        A plugin that returns None where the hook allows it has nothing to say and does not appear.

        Args:
            hook: a hook of the families enrich, adjust, check, claim or show (or switch, see `Dispatcher.only`).
            failed: None follows the family: enrich, adjust and show skip a failing plugin; check, claim and switch
                raise HookFailure. "collect" puts a PluginFailure in its place, so that the caller can tell which
                lines or blocks are touched; not for claim and switch.
            arguments: exactly the hook's declared arguments.

        Raises:
            HookFailure: a plugin of a closed family failed.
            HookMisuseError: unknown hook, wrong arguments, or the wrong method for this family.
        """
        plan = self._by_call.get(hook) or self._wrong_door(hook)
        if arguments.keys() != plan.arguments:
            plan.require_arguments(arguments)
        if failed is not None and not plan.may_fail_as(failed):
            raise HookMisuseError(f"{hook} may not be called with failed={failed!r}: {plan.policy.value}")
        unit = current_unit() if plan.fenced else None
        if unit is None:
            return self._ask(plan, arguments, failed == "collect", None)
        fence = Fence(unit)
        try:
            return self._ask(plan, arguments, failed == "collect", fence)
        finally:
            fence.take_down()

    def _ask(
        self, plan: Plan, arguments: Mapping[str, Any], collecting: bool, fence: Fence | None
    ) -> list[PluginResult | PluginFailure]:
        said: list[PluginResult | PluginFailure] = []
        # `run_step` written out: this loop runs dozens of times per page.
        check, started = plan.check, perf_counter_ns()
        for step in plan.steps:
            plugin, function, pick, counter = step
            try:
                value = function(*pick(arguments))
                wrong = check(value)
                if wrong is not None:
                    raise WrongReturnError(wrong)  # noqa: TRY301
                if fence is not None and fence.crossed:
                    fence.settle()
            except Exception as error:  # noqa: BLE001 - a plugin may raise anything
                if fence is not None and fence.crossed:
                    fence.settle(error)
                failure = self._after_error(plan, step, error, started, collecting=collecting)
                if collecting:
                    said.append(failure)
                started = perf_counter_ns()
                continue
            ended = perf_counter_ns()
            took = ended - started
            started = ended
            counter.calls += 1
            counter.total_ns += took
            if took > counter.limit_ns:
                counter.over_limit(took)
            if value is not None:
                said.append(_tuple(PluginResult, (plugin, value)))
        return said

    def first(
        self, hook: str, /, *, among: Sequence[str] | None = None, **arguments: Any
    ) -> PluginResult | None:
        """The first value that a `choose_` hook yields; None leaves it to core's default.

        A plugin that passes (None) or fails is followed by the next.

        Args:
            hook: a hook of the family choose.
            among: the configured candidates, best first; others are not asked. None asks all in the hook's order.
            arguments: exactly the hook's declared arguments.
        """
        plan = self._plan(hook, Policy.NEXT)
        plan.require_arguments(arguments)
        steps = {step[0]: step for step in plan.steps}
        for plugin in steps if among is None else among:
            step = steps.get(plugin)
            value = self._guard.attempt(plan, step, arguments) if step else None
            if value is not None:
                return PluginResult(plugin, value)
        return None

    def answer(self, hook: str, /, **arguments: Any) -> Any:
        """The one value of an `answer_` hook; whatever it raises reaches the caller."""
        plan = self._plan(hook, Policy.RAISE)
        plan.require_arguments(arguments)
        return self._guard.let_through(plan, plan.steps[0], arguments)

    def handlers(self, hook: str) -> tuple[PluginHandler, ...]:
        """The handlers of an `on_` hook, one per plugin: the relay makes a job for each.

        An event for which no room declares a hook has no handlers.
        """
        if hook not in self._plans and family_of(hook) is FAMILIES["on"]:
            return ()
        plan = self._plan(hook, Policy.RETRY)
        return tuple(
            PluginHandler(step[0], functools.partial(self._handle, plan, step)) for step in plan.steps
        )

    def handler(self, hook: str, plugin: str) -> Callable[..., None] | None:
        """The handler of `plugin` for an `on_` hook, or None when it is switched off or has none."""
        return dict(self.handlers(hook)).get(plugin)

    def unusable(self, result: PluginResult, hook: str, cause: Exception) -> PluginFailure:
        """Count and report that a room could not use what a plugin returned; the type was right, the sense was not.

        Returns the failure, to stand in the result's place.
        """
        failure = PluginFailure(result.plugin, hook, cause)
        counter = next(step[3] for step in self._plan(hook).steps if step[0] == result.plugin)
        self._guard.counters.failed(counter, failure)
        self._guard.report(failure)
        return failure

    def _plan(self, hook: str, policy: Policy | None = None) -> Plan:
        plan = self._plans.get(hook)
        if plan is None or (policy and plan.policy is not policy):
            return self._wrong_door(hook)
        return plan

    def _wrong_door(self, hook: str) -> Plan:
        family = self._registry.spec(hook).family
        raise HookMisuseError(f"{hook} is not called like this; use {family.door}")

    def _handle(self, plan: Plan, step: Step, /, **arguments: Any) -> None:
        plan.require_arguments(arguments)
        self._guard.let_through(plan, step, arguments)

    def _after_error(
        self, plan: Plan, step: Step, error: Exception, started: int, *, collecting: bool
    ) -> PluginFailure:
        """Count the failure; for a closed family, raise it: refusals and repeatable errors as they are."""
        if isinstance(error, TransactionEnded):
            raise error
        if plan.spec.transactional and isinstance(error, self._guard.passes):
            step[3].calls += 1
            raise error
        failure = self._guard.failed(plan, step, error, started)
        if plan.policy is Policy.CLOSED and not collecting:
            raise HookFailure(failure.plugin, plan.hook, error) from error
        return failure
