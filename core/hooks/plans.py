"""What one hook call will do for one set of plugins, compiled once: which functions, with which arguments."""

from collections.abc import Callable, Iterable, KeysView, Mapping
from functools import lru_cache
from operator import itemgetter
from typing import Any

from core.hooks.counters import Counter
from core.hooks.errors import HookMisuseError
from core.hooks.families import Policy
from core.hooks.specs import HookSpec

Pick = Callable[[Mapping[str, Any]], tuple[Any, ...]]


# One implementation, ready to be called: plugin, function, picker of its arguments, counter. A bare tuple, because
# unpacking anything better costs as much as calling the plugin.
Step = tuple[str, Callable[..., Any], Pick, Counter]


class Plan:
    """One hook for one set of plugins; a hook without implementers has a plan without steps, shared by all sets."""

    __slots__ = ("arguments", "check", "fenced", "hook", "policy", "spec", "steps")

    def __init__(self, spec: HookSpec, steps: Iterable[Step] = ()) -> None:
        self.spec, self.steps = spec, tuple(steps)
        self.hook, self.check, self.policy = spec.name, spec.check, spec.family.policy
        # Whether a failure shall not reach the transaction around the call; what writes in it falls with it.
        self.fenced = bool(self.steps) and not spec.transactional
        self.arguments: KeysView[str] = spec.arguments.keys()

    def require_arguments(self, given: Mapping[str, Any]) -> None:
        """Refuse a call that does not give exactly the declared arguments; raises HookMisuseError."""
        if given.keys() != self.arguments:
            missing = ", ".join(sorted(self.arguments - given.keys()))
            unknown = ", ".join(sorted(given.keys() - self.arguments))
            said = [f"lacks {missing}"] * bool(missing) + [f"has unknown {unknown}"] * bool(unknown)
            raise HookMisuseError(
                f"the call of {self.hook} {' and '.join(said)}; it is {self.spec.signature}"
            )

    def may_fail_as(self, failed: str) -> bool:
        """Whether the caller may ask for this treatment of failures; a closed family cannot be opened."""
        if failed == "collect":
            return not self.spec.transactional
        return failed == "skip" and self.policy is Policy.SKIP


@lru_cache(maxsize=1024)
def picker(names: tuple[str, ...]) -> Pick:
    """A function that takes the arguments `names` out of all that a hook offers."""
    if not names:
        return lambda given: ()
    if len(names) == 1:
        only = names[0]
        return lambda given: (given[only],)
    return itemgetter(*names)
