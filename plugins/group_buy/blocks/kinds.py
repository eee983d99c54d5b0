"""What is different about a kind of group-buy, told to buyers before they pay: steps, odds, who can join, the perk."""

from dataclasses import dataclass

from core.sdk.shop import current_scope
from core.sdk.values import Money
from core.sdk.words import _, format_money, ngettext
from plugins.group_buy.domain.kinds import Ladder, unit_cut
from plugins.group_buy.domain.rules import Perk, Rules
from plugins.group_buy.queries.groups import GroupView


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """One step of a tiered group: from so many people on, the price; whether the group has reached it."""

    size: int
    price: Money
    reached: bool
    share: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Climb:
    """How far a tiered group is: its steps, and what the next one means in words ("" on the last)."""

    steps: tuple[StepView, ...]
    words: str
    share: int


def people_words(ladder: Ladder) -> str:
    """How many people a group has: "Group of 3", "3 to 10 people"."""
    if ladder.least is None:
        return _("Group of %(size)s", size=ladder.top.size)
    return _("%(least)s to %(most)s people", least=ladder.first.size, most=ladder.top.size)


def notes(rules: Rules, ladder: Ladder) -> tuple[str, ...]:
    """What a buyer has to know about this kind, one sentence each."""
    said = []
    if ladder.least is not None:
        steps = _(" · ").join(
            _("%(size)s people: %(price)s", size=step.size, price=_money_words(step.price))
            for step in ladder.steps
        )
        said.append(
            _(
                "%(steps)s. You pay the step that is reached; if the group grows, the difference goes back by itself.",
                steps=steps,
            )
        )
    if rules.of_kind.newcomers:
        said.append(_("Only people who have never bought here can join; anybody can start."))
    if rules.of_kind.draws:
        said.append(
            ngettext(
                "%(n)s of %(size)s gets the goods, by a draw that you can check. Everybody else gets the whole amount back.",
                "%(n)s of %(size)s get the goods, by a draw that you can check. Everybody else gets the whole amount back.",
                rules.winners,
                size=ladder.top.size,
            )
        )
    if rules.perk is not None:
        said.append(_perk_words(rules.perk))
    return tuple(said)


def _perk_words(perk: Perk) -> str:
    what = {
        "price": _("%(amount)s less for each piece", amount=_money_words(perk.value)),
        "percent": _("%(share)s%% of the own goods back", share=f"{perk.value / 100:g}"),
        "free": _("the own goods free"),
        "coupon": _("a coupon"),
    }[perk.kind]
    return _(
        "Whoever starts the group gets %(what)s, when %(n)s different people have paid and can return nothing any more.",
        what=what,
        n=perk.payers,
    )


def _money_words(minor: int) -> str:
    text: str = format_money(Money(minor, current_scope().currency))
    return text


def climb_of(group: GroupView, paid_price: int | None = None) -> Climb | None:
    """How far a tiered group is; `paid_price` is what the viewer paid for a piece, None for somebody who did not."""
    ladder = group.ladder
    if ladder.least is None:
        return None
    currency = current_scope().currency
    steps = tuple(
        StepView(
            size=step.size,
            price=Money(step.price, currency),
            reached=group.paid >= step.size,
            share=step.size * 100 // ladder.top.size,
        )
        for step in ladder.steps
    )
    return Climb(
        steps=steps,
        words=_next_words(group, paid_price),
        share=min(100, group.paid * 100 // ladder.top.size),
    )


def _next_words(group: GroupView, paid_price: int | None) -> str:
    # Below the first step everybody pays its price already; what changes something is the one after it.
    following = group.ladder.after(max(group.paid, group.ladder.first.size))
    if following is None or group.settled_at is not None:
        return ""
    more, price = following.size - group.paid, _money_words(following.price)
    back = unit_cut(paid_price, following.price) if paid_price is not None else 0
    if back:
        return ngettext(
            "%(n)s more person → %(price)s, you get %(back)s back for each piece",
            "%(n)s more people → %(price)s, you get %(back)s back for each piece",
            more,
            price=price,
            back=_money_words(back),
        )
    return ngettext("%(n)s more person → %(price)s", "%(n)s more people → %(price)s", more, price=price)


def declared_words(group: GroupView) -> str:
    """That the shop completed a group, and with how many; "" for one that succeeded by itself."""
    if group.declared_paid is None:
        return ""
    return _(
        "Completed by the shop: %(paid)s of %(size)s had paid. Nobody was added.",
        paid=group.declared_paid,
        size=group.size,
    )
