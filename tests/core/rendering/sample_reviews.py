"""Sample pages of what buyers say: a product with reviews and provenance, all reviews, writing and reporting one."""

from collections.abc import Iterator
from dataclasses import replace

from markupsafe import Markup

from core.rendering import contexts as c
from tests.core.rendering.samples import NOW, Sample, Samples, later, some_id

# What core says on these pages.
_CHINESE = {
    "Origin": "产地", "Newest": "最新", "Best first": "好评优先", "Reviews": "评价", "Write a review": "写评价",
    "Leave out web addresses.": "请不要写网址。", "It is advertising.": "广告", "Report": "举报", "Call us": "打电话",
}  # fmt: skip


def review_pages(s: Samples, product: Sample) -> Iterator[Sample]:
    """Pages about reviews, and `product` with everything that reviews and provenance add to it."""
    assert isinstance(product.page, c.ProductPage)
    page, w = product.page, s.w

    def say(words: str) -> str:
        return _CHINESE[words] if s.language == "zh-CN" else words

    shot = s.image(w.products[0].file, w.products[0].alt)
    full = c.ReviewView(
        id=some_id(1), name="Lin Xiaowen", initial="L", stars=4, at=NOW, text="Clear and sweet, even the fifth time.",
        variant=w.products[0].variant, images=(shot, shot), refunded=True, edited=True, follow_up="Bought it again.",
        follow_up_days=30, answer="Thank you!", report_url="/reviews/1/report",
    )  # fmt: skip
    short = c.ReviewView(id=some_id(2), name="张**", initial="张", stars=5, at=NOW)
    rows = tuple(
        c.StarsRow(stars=n, count=n, share=20, url="/products/x/reviews?stars=5", current=n == 4)
        for n in range(5, 0, -1)
    )
    rating = c.RatingView(
        average="4.5", drawn="s4 half", count=12, rows=rows, pictured=3, hidden=2, url="/products/x/reviews"
    )
    told = c.ProvenanceView(
        rows=(c.DetailView(label=say("Origin"), value="Wuyi Mountains"),), producer="Lin Shoutian",
        story=Markup("<p>Three generations.</p>"),
    )  # fmt: skip
    seller = c.SellerView(
        name=w.name, since="October 2025", company="Green Hill Ltd",
        ways=(c.LinkView(label=say("Call us"), url="tel:400", icon="phone"),),
        policy=c.LinkView(label=w.policies[0], url="/policies/x", icon="refund"),
    )  # fmt: skip
    cards = tuple(replace(card, rating="4.5", reviews=12, sold=340) for card in page.related)
    yield replace(
        product,
        name="product-said",
        page=replace(
            page, rating=rating, reviews=(full, short), sold=1340, seller=seller, provenance=told, related=cards,
            structured={"@type": "Product"},
        ),
    )  # fmt: skip
    sorts = (
        c.LinkView(label=say("Newest"), url="?", current=True),
        c.LinkView(label=say("Best first"), url="?sort=best"),
    )
    everything = c.ReviewsPage(
        title=say("Reviews"), preview=s.preview(say("Reviews")), rating=rating, reviews=(full, short), filters=sorts[:1],
        sorts=sorts, next_url="?after=5.x",
    )  # fmt: skip
    yield s.sample("reviews", everything)
    yield s.sample("reviews-none", replace(everything, reviews=(), narrowed=True, next_url=""))
    write = c.ReviewPage(
        title=say("Write a review"), preview=s.preview(say("Write a review"), index=False), product=w.products[0].title,
        variant=w.products[0].variant, image=shot, action="/orders/x/review/1", shown_name="林**",
    )  # fmt: skip
    yield s.sample("review", write)
    wrong = replace(
        write,
        stars=4,
        text="Nice",
        errors=(say("Leave out web addresses."),),
        kept=(("1", shot),),
        anonymous=False,
    )
    yield s.sample("review-wrong", wrong)
    changed = replace(
        write, existing=full, edit_until=later(days=3), state="waiting", can_follow_up=True, follow_up="Later", stars=4
    )  # fmt: skip
    yield s.sample("review-changed", changed)
    yield s.sample("review-over", replace(changed, can_edit=False, state="hidden"))
    reasons = (c.FieldOption(value="spam", label=say("It is advertising.")),)
    report = c.ReportPage(
        title=say("Report"), preview=s.preview(say("Report"), index=False), review=full, action="/reviews/1/report", reasons=reasons
    )  # fmt: skip
    yield s.sample("report", report)
