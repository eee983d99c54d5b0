"""Sample contexts for every storefront page, in both shops: what the tests render and the preview photographs."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from core.kernel.money import Money
from core.rendering import contexts as c
from core.rendering.blocks import GoodsNeed, GoodsSupply, Supply
from core.rendering.pages import page_needs, read_page, section_views
from core.rendering.richtext import sanitised
from core.rendering.sections import core_block_types
from core.rendering.slots import PageSlots, SlotBlock
from core.rendering.theme import Theme, look_of
from tests.core.rendering.sample_harbor import HARBOR
from tests.core.rendering.sample_qingshan import QINGSHAN
from tests.core.rendering.sample_words import HERO, ShopWords

NOW = datetime(2026, 11, 22, 12, 4, tzinfo=UTC)
TEMPLATES = Path(__file__).parent / "templates"
PLUGIN = "samples"
WORDS = {"zh-CN": QINGSHAN, "en": HARBOR}


def later(**delta: float) -> datetime:
    return NOW + timedelta(**delta)


def some_id(number: int) -> UUID:
    return UUID(int=number, version=4)


@dataclass(frozen=True)
class Sample:
    """One page with everything that rendering it takes."""

    name: str
    page: c.Page
    shop: c.ShopView
    visitor: c.Visitor
    path: str
    slots: PageSlots = PageSlots()  # noqa: RUF009 - frozen


class Samples:
    """Builds all pages of one shop."""

    def __init__(self, language: str, theme: Theme, *, preset: str = "", scheme: str = "auto") -> None:
        self.w: ShopWords = WORDS[language]
        self.language = language
        look = look_of(theme, {"preset": preset or self.w.preset, "scheme": scheme})
        self.shop = c.ShopView(
            name=self.w.name,
            handle=self.w.handle,
            currency=self.w.currency,
            language=language,
            zone=self.w.zone,
            tagline=self.w.tagline,
            logo=c.ImageView(url=self.w.logo, alt="", width=400, height=400),
            announcement=c.AnnouncementView(label=self.w.announcement, url="/pages/shipping", mark="a1b2"),
            nav=tuple(
                c.LinkView(
                    label=label,
                    url=url,
                    icon="group" if "/x/" in url else "",
                    tab="/x/" in url,
                    below=() if place else (c.LinkView(label=self.w.name, url="/collections/below"),),
                )
                for place, (label, url) in enumerate(self.w.nav)
            ),
            footer=(
                c.LinkView(
                    label=self.w.name,
                    url="",
                    below=(c.LinkView(label=self.w.policies[0], url="/policies/x"),),
                ),
            ),
            social=(c.LinkView(label="Weibo", url="https://weibo.example/"),),
            icp=c.LinkView(label="浙ICP备12345678号-1", url="https://beian.miit.gov.cn/"),
            tab_icon=self.w.logo,
            touch_icon=self.w.logo,
            policies=tuple(c.LinkView(label=label, url="/pages/shipping") for label in self.w.policies),
            legal=self.w.legal,
            contact=c.ContactView(
                email="hello@example.com",
                phone=self.w.phone,
                hours=self.w.hours,
                wechat="qingshan01",
                wechat_qr=c.ImageView(url=self.w.logo, alt="QR", width=400, height=400),
                address="Long Lane 1",
                chat="https://chat.example/shop",
            ),
            languages=(
                c.LinkView(label="中文", url="?lang=zh-CN", current=language == "zh-CN"),
                c.LinkView(label="English", url="?lang=en", current=language == "en"),
            ),
            search_hint=self.w.search_hint,
            look=look,
            demo=True,
            test_mode=True,
        )
        self.visitor = c.Visitor(
            nonce="n0nce",
            now=NOW,
            customer=c.CustomerView(name=self.w.person, contact=self.w.contact, initial=self.w.person[0]),
            cart=c.CartBadge(count=3),
        )

    # -- pieces -------------------------------------------------------------------------------------------------

    def money(self, minor: int) -> Money:
        return Money(minor, self.w.currency)

    def image(self, file: str, alt: str, tile: str = "") -> c.ImageView:
        return c.ImageView(url=f"{self.w.pictures}{file}", alt=alt, width=800, height=800, tile=tile)

    def preview(self, title: str, *, index: bool = True, price: int | None = None) -> c.LinkPreview:
        picture = c.ImageView(url="https://shop.example/og.png", alt=title, width=1200, height=630)
        return c.LinkPreview(
            title=title,
            url="https://shop.example/here",
            description=self.w.tagline,
            image=picture,
            price=self.money(price) if price else None,
            kind="product" if price else "website",
            index=index,
        )

    def card(self, number: int) -> c.ProductCard:
        p = self.w.products[number % len(self.w.products)]
        return c.ProductCard(
            id=some_id(number),
            title=p.title,
            url=f"/products/{p.handle}",
            image=self.image(p.file, p.alt, p.tile),
            price=self.money(p.price),
            subtitle=p.subtitle,
            several_prices=p.several,
            compare_at=self.money(p.before) if p.before else None,
            deal=bool(p.deal),
            note=p.note,
            badges=(c.Badge(text=p.deal, tone="deal"),) if p.deal else (),
            sold_out=p.sold_out,
        )

    def cards(self, count: int, start: int = 0) -> tuple[c.ProductCard, ...]:
        return tuple(self.card(number) for number in range(start, start + count))

    def line(self, number: int, quantity: int, total: int, before: int = 0, **more: object) -> c.LineView:
        p = self.w.products[number]
        line = c.LineView(
            id=str(some_id(number)),
            title=p.title,
            variant=p.variant,
            url=f"/products/{p.handle}",
            image=self.image(p.file, p.alt, p.tile),
            quantity=quantity,
            total=self.money(total),
            total_before=self.money(before) if before else None,
            unit=self.money(total // quantity),
        )
        return replace(line, **more)

    def sum(
        self, total: int, *steps: tuple[str, int, str, str], saved: int = 0, skipped: str = ""
    ) -> c.PriceSum:
        return c.PriceSum(
            steps=tuple(
                c.PriceStep(label=label, amount=self.money(amount), kind=kind, detail=detail)
                for label, amount, kind, detail in steps
            ),
            total=self.money(total),
            saved=self.money(saved) if saved else None,
            **self.reasons(skipped, steps) if skipped else {},
        )

    def reasons(self, skipped: str, steps: tuple[tuple[str, int, str, str], ...]) -> dict[str, object]:
        lost = c.WhyNotView(offer=steps[-1][0], because=skipped, detail=steps[0][0])
        near = replace(lost, saves=self.money(3000), url="/x/coupon/", action=steps[0][0])
        parts = [c.PriceStep(label=one[0], amount=self.money(one[1]), kind=one[2]) for one in steps]
        line = c.LineSum(
            title=steps[0][0], steps=tuple(parts), total=self.money(sum(one[1] for one in steps))
        )
        return {"hints": (near,), "why_not": (lost, near), "lines": (line,), "returns": (skipped,)}

    def pager(self, page: int = 2, pages: int = 3) -> c.Pager:
        return c.Pager(page=page, pages=pages, total=26, previous_url="?page=1", next_url="?page=3")

    def steps(self, kind: str) -> tuple[c.TimelineEntry, ...]:
        return tuple(
            c.TimelineEntry(
                title=s.title,
                detail=s.detail,
                state=s.state,
                at=None if s.hours is None else later(hours=s.hours),
                when=s.when,
            )
            for s in self.w.timelines[kind]
        )

    def slots(self, *blocks: SlotBlock) -> PageSlots:
        return PageSlots(tuple((PLUGIN, block) for block in blocks))

    # -- pages --------------------------------------------------------------------------------------------------

    def sections(self) -> tuple[c.SectionView, ...]:
        types = core_block_types()
        tree = read_page(self.w.home, types)
        assert not tree.problems, tree.problems
        needs = page_needs(tree, types)
        goods = {need: self.supplied(need) for need in needs.goods}
        images = {
            image: c.ImageView(
                url=self.w.home_images[str(image) != HERO][0],
                alt=self.w.home_images[str(image) != HERO][1],
                width=1200,
                height=675,
            )
            for image in needs.images
        }
        tiles = tuple(
            c.CollectionTile(
                title=p.title, url="/collections/x", image=self.image(p.file, p.alt, p.tile), count=3
            )
            for p in self.w.products[:4]
        )
        plugins = frozenset({"group_buy"})
        return section_views(tree, types, Supply(goods, images, plugins, tiles, self.shop.contact))

    def supplied(self, need: GoodsNeed) -> GoodsSupply:
        by_handle = {p.handle: number for number, p in enumerate(self.w.products)}
        numbers = [by_handle[handle] for handle in need.products] or list(range(len(by_handle)))
        return GoodsSupply(tuple(self.card(number) for number in numbers[: need.limit]), total=26)

    def product(self, *, group: bool = False, plain: bool = False) -> Sample:
        p = self.w.products[0]
        gallery = tuple(self.image(*picture) for picture in self.w.gallery)
        options = tuple(
            c.OptionView(
                name=name,
                values=tuple(
                    c.OptionValueView(
                        label=value,
                        url=f"/products/{p.handle}?variant={value}",
                        selected=i == 0,
                        available=i != 2,
                    )
                    for i, value in enumerate(values)
                ),
            )
            for name, values in self.w.options
        )
        why = self.sum(
            p.price, (self.w.words["everyday"], p.price + 2000, "base", ""),
            (self.w.words["sale"], -2000, "discount", ""), skipped=self.w.words["skipped"],
        )  # fmt: skip
        page = c.ProductPage(
            title=p.title,
            preview=self.preview(p.title, price=self.w.alone),
            back=c.LinkView(label=self.w.words["back"], url="/collections/all"),
            subject_ids=(some_id(1),),
            selected_id=some_id(2),
            product=c.ProductView(
                id=some_id(1),
                title=p.title,
                url=f"/products/{p.handle}",
                gallery=gallery[:1] if plain else gallery,
                variant=c.VariantView(
                    id=some_id(2),
                    title=p.variant,
                    stock=c.StockView(state="low", left=4) if plain else c.StockView(state="in"),
                    sku="TGY-QX-125",
                ),
                subtitle=p.subtitle,
                body=sanitised(self.w.body),
                options=() if plain else options,
                details=tuple(c.DetailView(label=label, value=value) for label, value in self.w.details),
                collections=tuple(c.LinkView(label=label, url=url) for label, url in self.w.nav[:2]),
            ),
            price=c.PriceView(
                now=self.money(p.price if plain else self.w.alone),
                before=self.money(p.price + 2000) if plain else None,
                label=self.w.words["sale"] if plain else "",
                why=why if plain else None,
            ),
            purchase=c.PurchaseView(
                action="/cart/add",
                variant_id=some_id(2),
                maximum=12,
                limit_note=self.w.words["limit"] if group else "",
            ),
            facts=tuple(
                c.FactView(icon=icon, label=label, text=text, detail=detail)
                for icon, label, text, detail in self.w.facts
            ),
            related=self.cards(5, 1),
        )
        name = "product-group" if group else "product-plain" if plain else "product"
        return self.sample(name, page, self.group_slots() if group else PageSlots())

    def group_slots(self) -> PageSlots:
        """What a group-buy plugin shows on a product page, with templates as it would bring them."""
        g = self.w.group
        why = self.sum(
            self.w.group_price, (self.w.words["everyday"], self.w.alone, "base", ""),
            (g.title, self.w.group_price - self.w.alone, "discount", ""), skipped=self.w.words["skipped"],
        )  # fmt: skip
        common = {
            "group": g,
            "price": self.money(self.w.group_price),
            "alone": self.money(self.w.alone),
            "ends": later(days=2, hours=6, minutes=41, seconds=20),
            "why": why,
        }
        opens = tuple(
            {"name": name, "left": left, "until": later(hours=hours)} for name, left, hours in g.open
        )
        return self.slots(
            SlotBlock("product.deal", "samples/deal.html", common, max_age=2),
            SlotBlock("product.price", "samples/price.html", common, replaces=True),
            SlotBlock("product.offers", "samples/offers.html", {**common, "open": opens}, max_age=2),
            SlotBlock("product.facts", "samples/facts.html", common),
            SlotBlock("product.buy_bar", "samples/bar.html", common, replaces=True),
        )

    def sample(self, name: str, page: c.Page, slots: PageSlots | None = None) -> Sample:
        return Sample(name, page, self.shop, self.visitor, f"/{page.template}", slots or PageSlots())
