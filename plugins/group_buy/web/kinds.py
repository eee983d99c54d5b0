"""Kinds and rules of activities in words, for the console."""

from dataclasses import dataclass

from core.sdk.audiences import audiences
from core.sdk.console import Fact, percent
from core.sdk.words import N_, _, format_money, ngettext
from plugins.group_buy.domain.rules import Perk, Rules, tag_of
from plugins.group_buy.web.listings import kind_label, money


@dataclass(frozen=True, slots=True)
class KindWords:
    """A kind of group-buy as merchants choose it."""

    key: str
    label: str
    text: str
    icon: str


_WORDS = {
    "normal": (N_("Enough people pay in time, and all get the group price."), "users-group"),
    "tiered": (
        N_("The more people, the lower the price; the difference goes back to those who came first."),
        "chart-bar",
    ),
    "new_joiner": (
        N_("Anybody may start, but only people who have never bought here can join."),
        "user-plus",
    ),
    "lottery": (
        N_("Of a full group some get the goods, the others their money back; anybody can check the draw."),
        "ticket",
    ),
}


def kind_words(key: str) -> KindWords:
    """One kind in words."""
    text, icon = _WORDS[key]
    return KindWords(key, kind_label(key), _(text), icon)


def kind_choices() -> list[KindWords]:
    """All kinds in words."""
    return [kind_words(key) for key in _WORDS]


def perk_words(perk: Perk | None) -> str:
    """What a leader gets."""
    if perk is None:
        return _("nothing more than the others")
    if perk.kind == "price":
        return _("%(amount)s less for each piece", amount=format_money(money(perk.value)))
    if perk.kind == "percent":
        return _("%(share)s of the own goods", share=percent(perk.value))
    return _("the own goods free") if perk.kind == "free" else _("a coupon")


def _audience_words(audience: str) -> str:
    tag = tag_of(audience)
    if tag:
        return _("Tag: %(tag)s", tag=tag)
    return next((one.name for one in audiences() if one.key == audience), _("a deleted segment"))


def rule_facts(rules: Rules) -> list[Fact]:
    """The further rules of an activity that say something."""
    facts = []
    if rules.of_kind.draws:
        facts.append(Fact(_("Of whom get the goods"), str(rules.winners)))
    limits = (
        (_("Limit for each order"), rules.per_order),
        (_("Limit for each buyer and day"), rules.per_day),
        (_("Limit for each buyer over all group-buys"), rules.per_product),
        (_("Limit for each address"), rules.per_address),
        (_("Limit for each phone number"), rules.per_payer),
    )
    facts += [Fact(label, ngettext("%(n)s piece", "%(n)s pieces", most)) for label, most in limits if most]
    if rules.audience:
        facts.append(Fact(_("For whom"), _audience_words(rules.audience)))
    facts.append(Fact(_("Coupons"), _("may be used") if rules.coupons else _("not with this price")))
    facts.append(Fact(_("Commission"), _("from success on") if rules.commission else _("none")))
    if rules.perk is not None:
        facts.append(Fact(_("The leader gets"), perk_words(rules.perk)))
    return facts
