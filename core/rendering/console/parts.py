"""The small values that pages hand to the kit's macros: badges, sources, actions, facts, steps and what cells show."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from core.kernel.money import Money

# Colour means "something is going on": finished and neutral things are grey.
Tone = Literal["", "accent", "ok", "warn", "bad"]
# A filled dot has happened, a ring is waited for.
Mark = Literal["dot", "ring", ""]

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
CORE_COLOUR = "#7b888d"


@dataclass(frozen=True, slots=True)
class Badge:
    """A state in one or two words, already in the reader's language."""

    label: str
    tone: Tone = ""
    mark: Mark = "dot"


@dataclass(frozen=True, slots=True)
class Source:
    """Who caused an amount: a plugin's name and its colour "#rrggbb"; core's own are grey."""

    label: str
    colour: str = CORE_COLOUR

    def __post_init__(self) -> None:
        if not _COLOUR.fullmatch(self.colour):
            raise ValueError(f"{self.colour!r} is not a colour like #c0662d")


@dataclass(frozen=True, slots=True)
class Action:
    """A button or link. With `post` it submits to `url`; `why_not` disables it and says why in its own label.

    `dialog` opens the dialog with that id instead; `form` submits the form with that id; `key` is shown as its key.
    `fields` are hidden values that go along with a post.
    """

    label: str
    url: str = ""
    icon: str = ""
    primary: bool = False
    post: bool = False
    why_not: str = ""
    dialog: str = ""
    form: str = ""
    key: str = ""
    tone: Literal["", "bad", "quiet"] = ""
    fields: Mapping[str, str] | None = None
    new_tab: bool = False


@dataclass(frozen=True, slots=True)
class Toast:
    """What was done, and for `seconds` the way back: `undo_url` is posted to, `fields` along with it."""

    text: str
    undo_url: str = ""
    seconds: int = 10
    tone: Literal["", "bad"] = ""
    fields: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a list of facts: what, how much; `total` draws a rule above, `note` explains beside the label."""

    label: str
    value: Any
    note: str = ""
    total: bool = False
    tone: Tone = ""
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a timeline: what happened, when, and who or what did it."""

    text: str
    at: datetime
    by: str = ""
    current: bool = False
    url: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a wizard or of a drain plan."""

    label: str
    detail: str = ""
    state: Literal["done", "now", "next"] = "next"
    url: str = ""


@dataclass(frozen=True, slots=True)
class Impact:
    """One line of an impact report: what it touches, how, and how much of it."""

    icon: str
    label: str
    value: str
    detail: str = ""
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class ImpactReport:
    """What will happen before it happens: the steps with their dates, the counts and money, what is kept last."""

    title: str
    text: str
    icon: str
    confirm: Action
    cancel: Action
    steps: Sequence[Step] = ()
    impacts: Sequence[Impact] = ()
    more: Action | None = None


@dataclass(frozen=True, slots=True)
class Stat:
    """A number on top of a page: what, how much, against what; `trend` is drawn as a small line, oldest first."""

    label: str
    value: Any
    change: str = ""
    tone: Tone = ""
    note: str = ""
    url: str = ""
    trend: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class TextCell:
    """Text with a second, quieter line; `strong` for names, `url` makes it the row's link."""

    text: str
    sub: str = ""
    url: str = ""
    strong: bool = False
    number: bool = False
    kind: Literal["text"] = "text"


@dataclass(frozen=True, slots=True)
class ItemCell:
    """A picture (its address, or an icon's name where there is none) with name and second line."""

    text: str
    sub: str = ""
    image: str = ""
    icon: str = "photo"
    url: str = ""
    strong: bool = False
    kind: Literal["item"] = "item"


@dataclass(frozen=True, slots=True)
class MoneyCell:
    """An amount, right-aligned, with an optional second line; `sources` stand under it."""

    amount: Money | None
    sub: str = ""
    sources: Sequence[Source] = ()
    kind: Literal["money"] = "money"


@dataclass(frozen=True, slots=True)
class NumberCell:
    """A number, right-aligned; `tone` when it needs a person."""

    value: int | None
    sub: str = ""
    tone: Tone = ""
    kind: Literal["number"] = "number"


@dataclass(frozen=True, slots=True)
class BadgesCell:
    """States side by side."""

    badges: Sequence[Badge]
    kind: Literal["badges"] = "badges"


@dataclass(frozen=True, slots=True)
class SourceCell:
    """Which plugin or channel."""

    source: Source
    kind: Literal["source"] = "source"


@dataclass(frozen=True, slots=True)
class TimeCell:
    """An instant in the shop's zone; with `until` it counts down and says `ended` at the end."""

    at: datetime | None
    sub: str = ""
    until: bool = False
    ended: str = ""
    kind: Literal["time"] = "time"


@dataclass(frozen=True, slots=True)
class ProgressCell:
    """How far something is: `done` of `total`, said as `text`."""

    done: int
    total: int
    text: str = ""
    kind: Literal["progress"] = "progress"


@dataclass(frozen=True, slots=True)
class ActionsCell:
    """What can be done with the row, at its end."""

    actions: Sequence[Action]
    kind: Literal["actions"] = "actions"


Cell = (
    TextCell
    | ItemCell
    | MoneyCell
    | NumberCell
    | BadgesCell
    | SourceCell
    | TimeCell
    | ProgressCell
    | ActionsCell
    | str
)
