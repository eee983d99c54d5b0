"""What a topic is: something that people are told about, with its variables and its words in two languages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from core.kernel.i18n import N_

Channel = Literal["email", "sms", "robot"]
CHANNELS: tuple[Channel, ...] = ("email", "sms", "robot")
# How a fact becomes words. text: as it is. words: a message id, in the receiver's language. money: minor units of the
# shop's currency, or {"minor", "currency"}. number: a whole number. time: an ISO instant, in the shop's zone. link: a path
# of the storefront (or a whole address). console_link: a path of the shop's console. list: several texts.
Kind = Literal["text", "words", "money", "number", "time", "link", "console_link", "list"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A `{{name}}` that a template may use; `label` and `example` are message ids (examples of amounts: minor units).

    `secret`: nobody but the receiver may read it; it is blanked where messages are listed, and once it was sent.
    """

    name: str
    label: str
    example: Any
    kind: Kind = "text"
    secret: bool = False


# What every template may use.
ALWAYS = (
    Variable(name="shop_name", label=N_("Name of the shop"), example=N_("Green Hill Tea")),
    Variable(name="customer_name", label=N_("Name of the customer"), example=N_("Lin Xiaowen")),
    Variable(name="shop_link", label=N_("Address of the storefront"), kind="link", example="/"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A template: message ids with `{{variables}}`; `subject` is for e-mail only."""

    subject: str = ""
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicGroup:
    """Topics that a buyer takes or leaves together; `label` and `help` are message ids."""

    key: str
    label: str
    help: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """Something that people are told about.

    Attributes:
        key: "<room or plugin>.<what happened>".
        label: its name, a message id.
        help: when it is sent, a message id.
        group: key of its group.
        variables: what its templates may use; shop_name and customer_name are always there.
        words: the default template per channel; a channel without one is not offered.
        kind: "security" goes at once, always, to the contact it names; "transactional" is about something the buyer
            did, and may be refused per channel; "promotional" waits for the morning and must be refusable.
        audience: whether buyers or the merchant hear of it.
        waits: whether it waits for the end of the quiet hours unless the merchant says otherwise.
        on: channels that are on unless the merchant says otherwise.
    """

    key: str
    label: str
    help: str = ""
    group: str
    variables: Sequence[Variable] = ()
    words: Mapping[Channel, Words]
    kind: Literal["security", "transactional", "promotional"] = "transactional"
    audience: Literal["buyer", "merchant"] = "buyer"
    waits: bool = True
    on: Sequence[Channel] = field(default=("email", "sms", "robot"))

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The channels that it has words for."""
        return tuple(channel for channel in CHANNELS if channel in self.words)

    @property
    def all_variables(self) -> tuple[Variable, ...]:
        """Its own variables and those that every template may use."""
        return (*self.variables, *ALWAYS)

    @property
    def refusable(self) -> bool:
        """Whether a buyer may opt out of it."""
        return self.audience == "buyer" and self.kind != "security"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageTopics:
    """What a plugin declares: topics named "<plugin>.<what happened>", and groups of its own if it needs some."""

    topics: Sequence[Topic]
    groups: Sequence[TopicGroup] = ()
