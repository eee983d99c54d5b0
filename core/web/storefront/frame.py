"""What all pages of a shop share: read together, kept for seconds or until the shop's epoch moves."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from core.commerce.catalog.listings import CollectionView, collection_at, collections
from core.commerce.content.frames import frame_values
from core.commerce.content.queries import PublishedPage, policy_links, published_page
from core.commerce.media.queries import Picture, asset_views
from core.commerce.payments.accounts import WayToPay, takes_test_payments, ways_to_pay
from core.commerce.reviews.rules import Rules, review_rules
from core.commerce.sharing.queries import sharing_settings
from core.commerce.shipping.queries import MethodView, PickupView, pickup_points, shipping_methods
from core.commerce.shops.opening import Opening
from core.commerce.shops.opening_words import coming_exceptions, day_words, week_lines
from core.commerce.shops.queries import ShopSettings, require_open, shop_epoch, shop_settings
from core.hooks import current
from core.kernel.clock import now
from core.kernel.errors import PinpuError
from core.kernel.i18n import current_language
from core.kernel.ids import as_id
from core.kernel.tenancy import current_scope
from core.rendering import links
from core.rendering.blocks import BlockTypes
from core.rendering.contexts import (
    AnnouncementView,
    ContactView,
    DetailView,
    ImageView,
    LinkPreview,
    LinkView,
    ShopView,
)
from core.rendering.pages import PageTree, read_page
from core.rendering.shop_icons import IconFacts, ground_of, icon_url
from core.rendering.theme import Theme, installed_theme, look_of
from core.web.freshness import Fresh

# A change is seen by every process within this many seconds.
EPOCH_SECONDS = 0.5
FRAME_SECONDS = 5.0
# So many collections are at hand on every page; a shop with more is asked for the others.
MOST_COLLECTIONS = 48
_WAYS = ("email", "phone", "hours", "wechat", "address", "chat")
_LANGUAGES = (("zh-CN", "中文"), ("en", "English"))

# What a shop shows whose merchant has not made a home page yet: everything, newest first.
_DEFAULT_HOME = {"sections": {"goods": {"type": "goods", "settings": {"limit": 24}}}, "order": ["goods"]}


@dataclass(frozen=True, slots=True)
class Frame:
    """A shop as its pages need it."""

    epoch: int
    settings: ShopSettings
    policies: Sequence[tuple[str, str]]
    methods: Sequence[MethodView]
    pickups: Sequence[PickupView]
    collections: tuple[CollectionView, ...]
    home: PageTree
    home_meta: Mapping[str, str]
    pictures: Mapping[str, ImageView]
    address: str
    reviews: Rules
    ways: tuple[WayToPay, ...]
    test_mode: bool
    in_wechat: bool

    @property
    def theme(self) -> Theme:
        """The theme that the merchant chose."""
        return installed_theme(str(self.settings.theme.get("key", "")))

    @property
    def requoted(self) -> frozenset[str]:
        """The address fields with which fees or taxes may change."""
        rules = [method.freight for method in self.methods if method.freight is not None]
        if any(one.reach for one in rules):
            return frozenset({"country", "region", "city", "line1", "postcode"})
        decides = self.settings.tax_rules.places or any(
            one.zones or one.excluded or one.listed_only for one in rules
        )
        return frozenset({"country", "region"}) if decides else frozenset()

    def collection(self, handle: str) -> CollectionView | None:
        """The visible collection with this handle."""
        found = next((one for one in self.collections if one.handle == handle), None)
        return found or (collection_at(handle) if self.has_more_collections else None)

    @property
    def has_more_collections(self) -> bool:
        """True when the shop may have more collections than `collections` says."""
        return len(self.collections) >= MOST_COLLECTIONS


class Frames:
    """The frames of this process, by shop."""

    def __init__(self, blocks: BlockTypes) -> None:
        self._blocks = blocks
        self.epochs: Fresh[int, int] = Fresh(EPOCH_SECONDS)
        self.frames: Fresh[int, Frame] = Fresh(FRAME_SECONDS, most=2_000)

    def epoch(self) -> int:
        """The bound shop's epoch, re-read at most every half second."""
        return self.epochs.get(current_scope().shop_id, shop_epoch)

    def frame(self) -> Frame:
        """The bound shop's frame."""
        epoch = self.epoch()
        return self.frames.get(current_scope().shop_id, self._read, fits=lambda kept: kept.epoch >= epoch)

    def latest(self) -> Frame | None:
        """The frame that was shown last, without asking the database."""
        return self.frames.last(current_scope().shop_id)

    def forget(self) -> None:
        """Read everything anew."""
        self.epochs.forget()
        self.frames.forget()

    def drafted(
        self, *, home: Mapping[str, Any] | None = None, frame: Mapping[str, Any] | None = None
    ) -> Frame:
        """The bound shop's frame as it would be with other documents for home page and frame; nothing is kept."""
        found = self.frame()
        if home is not None:
            found = replace(found, home=read_page(home, self._blocks), home_meta=home.get("meta") or {})
        if frame is not None:
            said = frame_values(frame, found.settings)
            settings = replace(
                found.settings,
                announcement=said.announcement,
                contact=said.contact,
                theme=said.theme,
                logo_asset=said.logo_asset,
            )
            found = replace(found, settings=settings, pictures=_pictures(settings))
        return found

    def _read(self) -> Frame:
        settings, ways = shop_settings(), ways_to_pay()
        home = _home_document(published_page("home"))
        return Frame(
            epoch=settings.epoch,
            settings=settings,
            policies=policy_links(),
            methods=shipping_methods(),
            pickups=pickup_points(),
            collections=collections(limit=MOST_COLLECTIONS),
            home=read_page(home, self._blocks),
            home_meta=home.get("meta") or {},
            pictures=_pictures(settings),
            address=current.answer("answer_storefront_address", shop_id=current_scope().shop_id),
            reviews=review_rules(),
            ways=ways,
            test_mode=takes_test_payments(ways),
            in_wechat=sharing_settings().has_wechat,
        )


def _home_document(page: PublishedPage | None) -> Mapping[str, Any]:
    return page.document if page is not None else _DEFAULT_HOME


def _pictures(settings: ShopSettings) -> dict[str, ImageView]:
    """The pictures of the frame by what they are for, in one statement; those that are gone are left out."""
    asked = {
        "logo": settings.logo_asset,
        "favicon": settings.theme.get("favicon"),
        "wechat_qr": settings.contact.get("wechat_qr"),
    }
    wanted = {name: found for name, value in asked.items() if value and (found := as_id(str(value)))}
    known = asset_views(wanted.values())
    views = {name: image_view(known[one].picture) for name, one in wanted.items() if one in known}
    return {name: view for name, view in views.items() if view is not None}


def image_view(picture: Picture | None) -> ImageView | None:
    """A picture as templates see it."""
    if picture is None:
        return None
    return ImageView(
        url=picture.url,
        alt=picture.alt,
        width=picture.width,
        height=picture.height,
        tile=picture.tile,
        srcset=picture.srcset,
    )


def shop_view(frame: Frame, path: str, *, demo: bool) -> ShopView:
    """The shop around the page at `path`, in the current language."""
    settings, scope = frame.settings, current_scope()
    chosen = settings.theme
    return ShopView(
        name=settings.name,
        handle=scope.handle,
        currency=settings.currency,
        language=settings.language,
        zone=settings.timezone,
        tagline=settings.tagline,
        logo=frame.pictures.get("logo"),
        tab_icon=_tab_icon(frame),
        touch_icon=icon_url(icon_facts(frame), 180),
        seal=str(chosen.get("seal", "")),
        announcement=_announcement(settings),
        nav=menu_view(chosen.get("nav"), path),
        footer=menu_view(chosen.get("footer"), path),
        social=_accounts(chosen.get("social")),
        icp=_icp(str(chosen.get("icp", ""))),
        policies=tuple(
            LinkView(label=title, url=links.content_url(slug), current=path == links.content_url(slug))
            for slug, title in frame.policies
        ),
        legal=tuple(
            filter(None, (str(chosen.get("company", "")), *(str(line) for line in chosen.get("legal", ()))))
        ),
        contact=contact_view(frame),
        hours=tuple(DetailView(label=days, value=hours) for days, hours in _hours(settings.hours)),
        closed=_closed(settings.hours),
        languages=_languages(path),
        search_hint=str(chosen.get("search_hint", "")),
        look=look_of(frame.theme, chosen),
        demo=demo,
        test_mode=frame.test_mode,
    )


def icon_facts(frame: Frame) -> IconFacts:
    """What the shop's sign is drawn from: its small sign, else its logo, else a character on its colour."""
    chosen = frame.settings.theme
    picture = frame.pictures.get("favicon") or frame.pictures.get("logo")
    sign = (str(chosen.get("seal", "")) or frame.settings.name).strip()[:1].upper()
    return IconFacts(picture.url if picture else "", sign, ground_of(frame.theme, chosen))


def _tab_icon(frame: Frame) -> str:
    """A drawing is shown as it is; of other pictures a small one is made."""
    own = frame.pictures.get("favicon") or frame.pictures.get("logo")
    return own.url if own is not None and own.url.endswith(".svg") else icon_url(icon_facts(frame), 48)


def contact_view(frame: Frame) -> ContactView:
    """How to reach the shop."""
    said = frame.settings.contact
    words = {name: str(said.get(name) or "") for name in _WAYS}
    return ContactView(wechat_qr=frame.pictures.get("wechat_qr"), **words)


def _hours(hours: Opening) -> Iterator[tuple[str, str]]:
    """The week, and the days of the next two weeks that differ from it."""
    yield from week_lines(hours)
    for day, windows in coming_exceptions(hours):
        yield day_words(day), windows


def _closed(hours: Opening) -> str:
    """Why no orders are taken at this moment; empty while they are."""
    try:
        require_open(hours)
    except PinpuError as error:
        return hours.note if hours.paused and hours.note else error.text
    return ""


def _announcement(settings: ShopSettings) -> AnnouncementView | None:
    window = settings.theme.get("announcement_window") or {}
    if not settings.announcement or not _is_on(window.get("from"), window.get("to")):
        return None
    words, url = settings.announcement, links.link_target(settings.theme.get("announcement_link"))
    return AnnouncementView(label=words, url=url, mark=_mark(words, url))


def _mark(words: str, url: str) -> str:
    """Another text or another link is another announcement."""
    return hashlib.sha256(f"{words}\n{url}".encode()).hexdigest()[:12]


def has_closed_announcement(frame: Frame, closed: str) -> bool:
    """Whether `closed` is what a browser keeps that has closed the announcement of now."""
    if not closed:
        return False
    found = _announcement(frame.settings)
    return found is not None and found.mark == closed


def _is_on(starts: Any, ends: Any) -> bool:
    """Whether it is between two stored instants; an open end is always true."""
    instant = now()
    begun = not starts or datetime.fromisoformat(str(starts)) <= instant
    return begun and (not ends or instant < datetime.fromisoformat(str(ends)))


def menu_view(entries: Any, path: str) -> tuple[LinkView, ...]:
    """A menu: `[{"label", "link": {"kind", "ref"}, "icon", "tab", "below": […]}]`.

    Doors to plugins that are off vanish; an entry that leads nowhere stays while there are others below it.
    """
    offered = current.shop_hooks().sets.offer
    shown = []
    for entry in entries or ():
        link = entry.get("link") or {}
        target, below = links.link_target(link), menu_view(entry.get("below"), path)
        if link.get("kind") == "plugin" and link.get("ref") not in offered:
            target = ""
        if not target and not below:
            continue
        shown.append(
            LinkView(
                label=str(entry.get("label", "")),
                url=target,
                icon=str(entry.get("icon") or ""),
                current=bool(target) and path.partition("?")[0] == target,
                tab=bool(entry.get("tab")) and bool(target),
                below=below,
            )
        )
    return tuple(shown)


def _accounts(entries: Any) -> tuple[LinkView, ...]:
    found = ((str(one.get("label", "")), links.link_target(one.get("link"))) for one in entries or ())
    return tuple(LinkView(label=label, url=url) for label, url in found if url)


def _icp(number: str) -> LinkView | None:
    return LinkView(label=number, url="https://beian.miit.gov.cn/") if number else None


def _languages(path: str) -> tuple[LinkView, ...]:
    return tuple(
        LinkView(
            label=label,
            url=f"/lang?{urlencode({'to': tag, 'next': path})}",
            current=tag == current_language(),
        )
        for tag, label in _LANGUAGES
    )


def preview(
    frame: Frame, title: str, path: str, *, picture: Picture | None = None, **more: Any
) -> LinkPreview:
    """The link-preview card of the page at `path`; `picture` is shown if chats can show its format."""
    card = LinkPreview(title=title, url=f"{frame.address}{path}", **more)
    return card if picture is None else replace(card, image=_card_image(frame, picture))


def _card_image(frame: Frame, picture: Picture) -> ImageView | None:
    if picture.full_url.endswith(".svg"):
        return None
    url = picture.full_url if "://" in picture.full_url else f"{frame.address}{picture.full_url}"
    return ImageView(url=url, alt=picture.alt, width=picture.width, height=picture.height)
