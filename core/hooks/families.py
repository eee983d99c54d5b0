"""The ten hook families: a hook's prefix alone tells when it runs, what it returns and what a failure does."""

from dataclasses import dataclass
from enum import Enum
from typing import Literal

Activation = Literal["offer", "obligation", "all", "named"]


class Policy(Enum):
    """What the dispatcher does when an implementation raises or returns the wrong thing."""

    QUARANTINE = "the plugin is quarantined with a clear report; the process still boots"
    SKIP = "that plugin is skipped and counted; the others go on"
    CLOSED = "closed: HookFailure names the plugin, and nothing goes on without it"
    NEXT = "the next candidate is asked, then core's default stands"
    RETRY = "retried with back-off, then parked with an alert; other plugins are unaffected"
    RAISE = "the error reaches the caller unchanged"


@dataclass(frozen=True, slots=True)
class Family:
    """One kind of hook; the texts are what `pinpu hooks` and the reference page print."""

    name: str
    policy: Policy
    door: str
    activation: Activation
    when: str
    transaction: str
    returns: str
    on_failure: str
    members: frozenset[str] = frozenset()

    @property
    def prefix(self) -> str:
        """What every hook of this family begins with, such as `enrich_`."""
        return f"{self.name}_"


_ALL = (
    Family(
        "declare",
        Policy.QUARANTINE,
        "registry.declarations(hook)",
        "all",
        "at boot, once per process",
        "no database",
        "declarations: blocks, fields, pages, jobs, permissions, topics, triggers",
        "the plugin is quarantined with a clear report; the process still boots",
    ),
    Family(
        "enrich",
        Policy.SKIP,
        "hooks.call(hook, …)",
        "offer",
        "on listing, detail, cart and API; one call for all ids",
        "reads only",
        "a dict of values by id; ids without news are left out",
        "skipped and counted; the page goes on without this plugin's values",
    ),
    Family(
        "adjust",
        Policy.SKIP,
        "hooks.call(hook, …)",
        "offer",
        "in the price pipeline, once per stage",
        "pure: no database, no clock, no chance",
        "a list of adjustments",
        "browsing: skipped; at checkout the line whose quoted price depended on it is refused, never re-priced",
    ),
    Family(
        "check",
        Policy.CLOSED,
        "hooks.call(hook, …)",
        "offer",
        "on a cart change and at checkout",
        "pure: no database, no clock, no chance",
        "a list of refusals; an empty list agrees",
        "closed for the plugin's own lines, open for all others",
    ),
    Family(
        "choose",
        Policy.NEXT,
        "hooks.first(hook, …)",
        "offer",
        "when one winner is wanted among configured candidates",
        "reads only",
        "one value, or None to pass",
        "the next candidate is asked, then core's default stands",
    ),
    Family(
        "claim",
        Policy.CLOSED,
        "hooks.call(hook, …)",
        "offer",
        "while an order is being placed",
        "inside the place-order transaction: database only, no network",
        "reservations, marks and holds",
        "closed: the order is not placed, nothing is half-written",
    ),
    Family(
        "on",
        Policy.RETRY,
        "hooks.handlers(hook)",
        "obligation",
        "after commit, at least once, in no promised order: re-read, and be idempotent",
        "its own transaction",
        "nothing",
        "retried with back-off, then parked with an alert; other plugins are unaffected",
    ),
    Family(
        "switch",
        Policy.CLOSED,
        "dispatcher.only(plugin).call(hook, …)",
        "named",
        "when a merchant switches this very plugin",
        "inside the switch's transaction",
        "problems, a drain report or a purge plan",
        "the switch is rolled back and says why",
        frozenset({"switch_check", "switch_on", "switch_off", "switch_purge"}),
    ),
    Family(
        "answer",
        Policy.RAISE,
        "dispatcher.answer(hook, …)",
        "all",
        "when core asks who owns shops; exactly one implementation, never a plugin",
        "whatever the caller has open",
        "one value",
        "the request fails, loudly",
    ),
    Family(
        "show",
        Policy.SKIP,
        "hooks.call(hook, …)",
        "offer",
        "when a page is rendered: first the data of all blocks in one call, then the templates",
        "reads only",
        "block contexts",
        "empty for shoppers, a card that names the plugin for the merchant",
    ),
)

FAMILIES: dict[str, Family] = {family.name: family for family in _ALL}


def family_of(hook: str) -> Family | None:
    """The family that `hook` belongs to by its prefix, or None when no family begins like that."""
    family = FAMILIES.get(hook.split("_", 1)[0])
    if family is None or hook == family.prefix or "_" not in hook:
        return None
    return family if not family.members or hook in family.members else None
