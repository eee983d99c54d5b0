"""What a plugin answers for a promotion that does not apply: why not, what is missing, and what it would save then."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.commerce.pricing.adjustments import Reason
from core.commerce.pricing.errors import AdjustmentError
from core.commerce.pricing.frozen import canonical, changed, frozen, thawed
from core.commerce.pricing.stages import PLUGIN_STAGES, Stage
from core.kernel.money import MAXIMUM_AMOUNT

# Of one plugin so many are kept with a basket; the rest is left out, the nearest first.
MOST_KEPT = 40
_CODE = re.compile(r"[a-z][a-z0-9_]{0,59}")
# An address within the shop: one slash, then no second one and nothing that ends a line or an attribute.
_URL = re.compile(r"/(?!/)[^\s\\\"'<>]*|")


@dataclass(frozen=True, slots=True)
class Need:
    """What would make a promotion apply.

    `amount`  minor units of goods that are missing.
    `pieces`  units that are missing.
    `saves`   minor units that would come off then; 0 where nobody can know.
    """

    amount: int = 0
    pieces: int = 0
    saves: int = 0

    def __post_init__(self) -> None:
        parts = (self.amount, self.pieces, self.saves)
        if not all(type(part) is int and 0 <= part <= MAXIMUM_AMOUNT for part in parts):
            raise AdjustmentError({"need": f"is whole numbers from 0 to {MAXIMUM_AMOUNT}"})
        if not self.amount and not self.pieces:
            raise AdjustmentError({"need": "says how much is missing: an amount or pieces"})

    def as_json(self) -> dict[str, int]:
        """Every field."""
        return {"amount": self.amount, "pieces": self.pieces, "saves": self.saves}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unapplied:
    """A promotion that does not apply to this basket, and why.

    `stage`          where it would have applied, the stage that was asked.
    `rule_id`        the plugin's own name of the rule, as in an Adjustment.
    `title`          what it is, in the words of an Adjustment's reason: "Coupon ¥30 off ¥200".
    `because`        why not, and what would change it, one sentence: "Add ¥12.00 to use it."
    `code`           the reason for programs: "threshold", "not_begun", "over", "limit", "goods", "customer" …
    `need`           what is missing, where that can be counted; the nearest is shown first.
    `lines`          keys of the lines that are meant; empty: the basket as a whole.
    `url`, `action`  where the buyer can do something about it (a path of the shop) and the words of that link.
    `for_buyer`      False: only the merchant is told (a hold-out group, an inner limit).
    `rule_snapshot`  what of the rule decided, JSON-able, for the merchant.
    `plugin`, `plugin_version` are filled in by core.

    Losers of an exclusive group, of the activity price or of "nothing left" are not said like this: answer their
    Adjustment, and core says why it lost and to whom. Raises AdjustmentError with every wrong field.
    """

    stage: Stage
    rule_id: str
    title: Reason
    because: Reason
    code: str
    need: Need | None = None
    lines: tuple[str, ...] = ()
    url: str = ""
    action: Reason | None = None
    for_buyer: bool = True
    rule_snapshot: Mapping[str, Any] = field(default_factory=dict)
    plugin: str = ""
    plugin_version: str = ""

    def __post_init__(self) -> None:
        problems = _wrong_fields(self)
        try:
            object.__setattr__(self, "rule_snapshot", frozen(self.rule_snapshot))
        except ValueError as error:
            problems["rule_snapshot"] = str(error)
        if problems:
            raise AdjustmentError(problems)

    def from_plugin(self, plugin: str, version: str) -> "Unapplied":
        """The same, with the plugin that answered it; nothing else is looked at again."""
        return changed(self, plugin=plugin, plugin_version=version)

    @property
    def rule(self) -> tuple[str, str]:
        """Plugin and rule."""
        return self.plugin, self.rule_id

    def sort_key(self, *, alone: bool = False) -> tuple[int, int, str, str, str]:
        """The nearest first: what lacks least, then by names, whoever was asked first.

        `alone`: no other answer has the same rule, so its names decide.
        """
        missing = (self.need.amount, self.need.pieces) if self.need else (MAXIMUM_AMOUNT + 1, 0)
        return (*missing, self.plugin, self.rule_id, "" if alone else canonical(self.as_json()))

    def as_json(self) -> dict[str, Any]:
        """Every field, JSON-able."""
        return {
            "stage": self.stage.value,
            "plugin": self.plugin,
            "plugin_version": self.plugin_version,
            "rule_id": self.rule_id,
            "title": self.title.as_json(),
            "because": self.because.as_json(),
            "code": self.code,
            "need": self.need.as_json() if self.need else None,
            "lines": list(self.lines),
            "url": self.url,
            "action": self.action.as_json() if self.action else None,
            "for_buyer": self.for_buyer,
            "rule_snapshot": thawed(self.rule_snapshot),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Unapplied":
        """The inverse of `as_json`."""
        plain = dict(data)
        need, action = plain.pop("need"), plain.pop("action")
        return cls(
            stage=Stage(plain.pop("stage")),
            title=Reason.from_json(plain.pop("title")),
            because=Reason.from_json(plain.pop("because")),
            need=Need(**need) if need else None,
            action=Reason.from_json(action) if action else None,
            lines=tuple(plain.pop("lines")),
            **plain,
        )


def nearest(said: Iterable[Unapplied]) -> tuple[Unapplied, ...]:
    """These, the nearest first, of each plugin at most `MOST_KEPT`."""
    answers, counted = tuple(said), dict[str, int]()
    rules = Counter(one.rule for one in answers)
    kept = []
    for one in sorted(answers, key=lambda one: one.sort_key(alone=rules[one.rule] == 1)):
        counted[one.plugin] = counted.get(one.plugin, 0) + 1
        if counted[one.plugin] <= MOST_KEPT:
            kept.append(one)
    return tuple(kept)


# Made once: a union is an object that is built each time it is written.
_REASON_OR_NONE, _NEED_OR_NONE = (Reason, type(None)), (Need, type(None))


def _wrong_fields(said: Unapplied) -> dict[str, str]:
    keys = said.lines if isinstance(said.lines, tuple) else (None,)
    url = said.url if isinstance(said.url, str) else "?"
    checks = {
        "stage": (
            isinstance(said.stage, Stage) and said.stage in PLUGIN_STAGES,
            "is a Stage that plugins are asked in",
        ),
        "title": (isinstance(said.title, Reason), "is a Reason(message, params)"),
        "because": (isinstance(said.because, Reason), "is a Reason(message, params)"),
        "action": (isinstance(said.action, _REASON_OR_NONE), "is a Reason or None"),
        "need": (isinstance(said.need, _NEED_OR_NONE), "is a Need or None"),
        "code": (
            isinstance(said.code, str) and _CODE.fullmatch(said.code),
            "is small letters, digits and underscores",
        ),
        "lines": (all(isinstance(key, str) for key in keys), "is a tuple of line keys"),
        "url": (
            len(url) <= 400 and _URL.fullmatch(url) and (url or not said.action),
            "is a path of the shop, such as /x/coupon/; an action needs one",
        ),
        "for_buyer": (isinstance(said.for_buyer, bool), "is True or False"),
        "rule_id": (said.rule_id != "", "names the rule"),
    }
    texts = {name: _is_short(getattr(said, name)) for name in ("rule_id", "plugin", "plugin_version")}
    wrong = {name: "is text of at most 200 characters" for name, fits in texts.items() if not fits}
    return wrong | {name: problem for name, (fits, problem) in checks.items() if not fits}


def _is_short(value: object) -> bool:
    return isinstance(value, str) and "\0" not in value and len(value) <= 200
