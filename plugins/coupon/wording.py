"""A coupon in words: what it takes off, from when on, for which goods, how long; for buyers and for merchants alike."""

from datetime import datetime

from core.sdk.shop import current_scope
from core.sdk.values import Money
from core.sdk.words import _, current_language, format_money, ngettext, sentences, shown_moment
from plugins.coupon.terms import ORDINARY, Basis, Kind, Terms


def money(minor: int) -> Money:
    """An amount in the shop's currency."""
    return Money(minor, current_scope().currency)


def written(minor: int) -> str:
    """An amount as people write it, without cents where there are none."""
    text = format_money(money(minor))
    return text.removesuffix(".00")


def share(points: int) -> str:
    """A share taken off as people write it: "15%", "12.5%"; in Chinese what is left of ten parts: "8.5" (折)."""
    chinese = current_language().startswith("zh")
    whole, rest = divmod(10_000 - points, 1_000) if chinese else divmod(points, 100)
    digits = f"{whole}.{rest:0{3 if chinese else 2}d}".rstrip("0").rstrip(".")
    return digits if chinese else f"{digits}%"


def kind_name(kind: Kind) -> str:
    """What this kind of coupon is called."""
    return {
        Kind.AMOUNT: _("Amount off"),
        Kind.PERCENT: _("Percent off"),
        Kind.SHIPPING: _("Free shipping"),
        Kind.EXCHANGE: _("Exchange coupon"),
        Kind.RANDOM: _("Random amount"),
        Kind.NTH: _("Nth piece cheaper"),
        Kind.TIERS: _("Spend more, save more"),
    }[kind]


def face(terms: Terms, value: int = 0) -> str:
    """The large words on a coupon: "¥30", "8.5折", "Free shipping"."""
    match terms.kind:
        case Kind.AMOUNT:
            return written(terms.value)
        case Kind.RANDOM:
            return written(value) if value else f"{written(terms.least)}–{written(terms.most)}"
        case Kind.PERCENT:
            return _("%(share)s off", share=share(terms.points))
        case Kind.TIERS:
            return _("up to %(off)s", off=written(max((off for _start, off in terms.tiers), default=0)))
        case Kind.NTH:
            return _("%(share)s off", share=share(terms.points))
        case Kind.EXCHANGE:
            return written(terms.value) if terms.value else _("Free")
        case Kind.SHIPPING:
            return _("Free shipping")


def what(terms: Terms, value: int = 0) -> str:
    """One sentence: what it takes off."""
    off = _off(terms, value)
    capped = terms.cap is not None and terms.kind is not Kind.SHIPPING
    cap = _("At most %(most)s.", most=written(terms.cap or 0)) if capped else ""
    return sentences(off, cap)


def _off(terms: Terms, value: int) -> str:
    match terms.kind:
        case Kind.AMOUNT:
            return _("%(off)s off.", off=written(terms.value))
        case Kind.RANDOM:
            return _random(terms, value)
        case Kind.PERCENT:
            return _("%(share)s off the goods.", share=share(terms.points))
        case Kind.TIERS:
            return _("%(steps)s.", steps=" · ".join(_step(start, off) for start, off in terms.tiers))
        case Kind.NTH:
            return _("One in every %(n)s pieces %(share)s off.", n=terms.nth, share=share(terms.points))
        case _:
            return _exchange(terms) if terms.kind is Kind.EXCHANGE else _freight(terms)


def _random(terms: Terms, value: int) -> str:
    if value:
        return _("%(off)s off.", off=written(value))
    ends = {"least": written(terms.least), "most": written(terms.most)}
    return _("A random amount from %(least)s to %(most)s off.", **ends)


def _step(start: int, off: int) -> str:
    return _("%(off)s off from %(from)s on", **{"off": written(off), "from": written(start)})


def _exchange(terms: Terms) -> str:
    if terms.is_present:
        price = written(terms.value)
        if terms.value:
            return _("One of the chosen goods for %(price)s as a present to other goods.", price=price)
        return _("One of the chosen goods as a present to other goods.")
    if terms.value:
        return _("One of the chosen goods for %(price)s.", price=written(terms.value))
    return _("One of the chosen goods for nothing.")


def _freight(terms: Terms) -> str:
    if terms.cap is not None:
        return _("Up to %(most)s off the shipping fee.", most=written(terms.cap))
    return _("The shipping fee is taken off.")


def from_when(terms: Terms) -> str:
    """From which value on: "From ¥200 on", "No minimum"."""
    if not terms.threshold:
        return _("No minimum")
    if terms.basis is Basis.PIECES:
        return ngettext("From %(n)s piece on", "From %(n)s pieces on", terms.threshold)
    return _("From %(value)s on", value=written(terms.threshold))


def goods(terms: Terms) -> str:
    """For which goods, without naming them."""
    scope = terms.scope
    if scope.is_open and not scope.not_products and not scope.not_collections:
        return _("All goods")
    return _("All goods but some") if scope.is_open else _("Chosen goods")


def until(terms: Terms) -> str:
    """How long a coupon that is claimed now can be used."""
    if terms.ends_at is not None:
        return _("until %(time)s", time=shown_moment(terms.ends_at))
    hours = terms.hours or 24
    if hours % 24 == 0:
        length = ngettext("%(n)s day", "%(n)s days", hours // 24)
    else:
        length = ngettext("%(n)s hour", "%(n)s hours", hours)
    if terms.next_day:
        return _("for %(length)s, from the day after it is claimed", length=length)
    return _("for %(length)s after it is claimed", length=length)


def combined(terms: Terms) -> str:
    """With what it can be combined."""
    if terms.exclusive:
        return _("Not with any other coupon.")
    if terms.group == ORDINARY:
        return _("One ordinary coupon in an order.")
    return _("One of the group “%(group)s” in an order.", group=terms.group)


def running(valid_from: datetime, valid_to: datetime) -> str:
    """The time of an issued coupon."""
    return _("%(from)s – %(to)s", **{"from": shown_moment(valid_from), "to": shown_moment(valid_to)})


def in_words(terms: Terms) -> str:
    """The whole coupon in one paragraph, for the merchant who is making it."""
    basis = {
        Basis.ELIGIBLE: _("counted on the goods that it is for"),
        Basis.GOODS: _("counted on all goods of the order"),
        Basis.PIECES: _("counted in pieces"),
    }[terms.basis]
    threshold = (
        _("%(from)s (%(basis)s).", **{"from": from_when(terms), "basis": basis})
        if terms.threshold
        else _("No minimum.")
    )
    lines = [
        what(terms),
        threshold,
        _("For: %(goods)s.", goods=goods(terms)),
        _("Also with group-buys and other activity prices.") if terms.with_activity else "",
        _("Can be used %(until)s.", until=until(terms)),
        ngettext("Can be used %(n)s time.", "Can be used %(n)s times.", terms.uses) if terms.uses > 1 else "",
        combined(terms),
        {"rerate": _("If a return leaves less than the minimum, the rest is counted again.")}.get(
            terms.breaks, ""
        ),
        _("Comes back after a full refund.") if terms.returns else _("Does not come back after a refund."),
    ]
    return sentences(*[line for line in lines if line])
