"""Sample pages of after-sale: asking step by step, the answer when it is too late, and following a case."""

from collections.abc import Iterator
from dataclasses import replace

from core.rendering import contexts as c
from core.rendering.contexts.aftersale import AftersalePage, CaseKind, CasePage, UnitChoice
from tests.core.rendering.samples import Sample, Samples, later


def aftersale_pages(s: Samples) -> Iterator[Sample]:
    """Every step of asking, and a case in the states that look different."""
    w, me = s.w, s.w.words["me"]
    back = c.LinkView(label=w.words["orders"], url="/account/orders")
    reason = c.FieldView(name="reason", label=me, value="")
    swap = c.FieldView(name="swap", label=me, value="")
    total = s.sum(4_900, (me, 4_900, "", ""))
    asking = AftersalePage(
        title=me, preview=s.preview(me, index=False), back=back, step="kind", number="T10001", lede=me,
        kinds=(CaseKind(label=me, detail=me, url="?kind=return", icon="refund"),),
    )  # fmt: skip
    yield s.sample("aftersale-kind", asking)
    line = s.line(0, 2, w.group_price, w.alone)
    choosing = replace(
        asking, step="choose", action="/orders/x/aftersale", hidden={"kind": "return"}, fields=(reason,), submit=me,
        problem=me, fix=me,
        units=(
            UnitChoice(name="units-1", line=line, most=2, value=1, note=me, swap=swap),
            UnitChoice(name="units-2", line=s.line(1, 1, 1_900, 1_900), most=0, note=me),
        ),
    )  # fmt: skip
    yield s.sample("aftersale-choose", choosing)
    checking = replace(
        choosing, step="check", units=(), problem="", fix="", lines=(line,), sum=total, notes=(me,), most_pictures=6,
        change_url="/orders/x/aftersale?kind=return",
    )  # fmt: skip
    yield s.sample("aftersale-check", checking)
    ways = (c.LinkView(label=me, url="tel:400", icon="phone"),)
    yield s.sample("aftersale-closed", replace(asking, step="closed", kinds=(), notes=(me,), ways=ways))
    shot = s.image(w.products[0].file, w.products[0].alt)
    case = CasePage(
        title=me, preview=s.preview(me, index=False), back=back, number="T10001-S1", headline=me, detail=me, tone="warn",
        until=later(days=2), answer=me, return_to=(w.name, me), send_action="/cases/x/send", send_fields=(reason,),
        sent=True, lines=(line,), sum=total, facts=(c.DetailView(label=me, value=me),), pictures=(shot,),
        pictures_action="/cases/x/pictures", most_pictures=3,
        timeline=(c.TimelineEntry(title=me, state="now", when=me),),
        actions=(c.OrderAction(label=me, url="/cases/x/withdraw", post=True, confirm=me),),
    )  # fmt: skip
    yield s.sample("case", case)
    over = replace(
        case, tone="ok", until=None, return_to=(), send_action="", send_fields=(), pictures_action="", actions=(), sum=None
    )  # fmt: skip
    yield s.sample("case-over", over)
