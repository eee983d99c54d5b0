"""What all pages of a shop share: read together, kept for seconds or until the shop's epoch moves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from core.commerce.catalog.listings import CollectionView, collections
from core.commerce.content.queries import PublishedPage, policy_links, published_page
from core.commerce.media.queries import Picture, asset_views
from core.commerce.shipping.queries import MethodView, PickupView, pickup_points, shipping_methods
from core.commerce.shops.queries import ShopSettings, shop_epoch, shop_settings
from core.hooks import current
from core.kernel.i18n import current_language
from core.kernel.ids import as_id
from core.kernel.tenancy import current_scope
from core.rendering import links
from core.rendering.blocks import BlockTypes
from core.rendering.contexts import ContactView, ImageView, LinkPreview, LinkView, ShopView
from core.rendering.pages import PageTree, read_page
from core.rendering.theme import Theme, installed_theme, look_of
from core.web.freshness import Fresh

# A change is seen by every process within this many seconds.
EPOCH_SECONDS = 0.5
FRAME_SECONDS = 5.0
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
    logo: ImageView | None
    address: str

    @property
    def theme(self) -> Theme:
        """The theme that the merchant chose."""
        return installed_theme(str(self.settings.theme.get("key", "")))

    def collection(self, handle: str) -> CollectionView | None:
        """The visible collection with this handle."""
        return next((one for one in self.collections if one.handle == handle), None)


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

    def _read(self) -> Frame:
        settings = shop_settings()
        return Frame(
            epoch=settings.epoch,
            settings=settings,
            policies=policy_links(),
            methods=shipping_methods(),
            pickups=pickup_points(),
            collections=collections(),
            home=read_page(_home_document(published_page("home")), self._blocks),
            logo=_logo(settings.logo_asset),
            address=current.answer("answer_storefront_address", shop_id=current_scope().shop_id),
        )


def _home_document(page: PublishedPage | None) -> Mapping[str, Any]:
    return page.document if page is not None else _DEFAULT_HOME


def _logo(asset_id: str) -> ImageView | None:
    wanted = as_id(asset_id)
    found = asset_views([wanted]).get(wanted) if wanted else None
    return image_view(found.picture) if found else None


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
        logo=frame.logo,
        seal=str(chosen.get("seal", "")),
        announcement=_announcement(settings),
        nav=_nav(chosen.get("nav"), path),
        policies=tuple(
            LinkView(label=title, url=links.content_url(slug), current=path == links.content_url(slug))
            for slug, title in frame.policies
        ),
        legal=tuple(str(line) for line in chosen.get("legal", ())),
        contact=ContactView(
            **{name: str(settings.contact.get(name, "")) for name in ("email", "phone", "hours")}
        ),
        languages=_languages(path),
        search_hint=str(chosen.get("search_hint", "")),
        look=look_of(frame.theme, chosen),
        demo=demo,
    )


def _announcement(settings: ShopSettings) -> LinkView | None:
    if not settings.announcement:
        return None
    return LinkView(
        label=settings.announcement, url=links.link_target(settings.theme.get("announcement_link"))
    )


def _nav(entries: Any, path: str) -> tuple[LinkView, ...]:
    """The merchant's menu: `[{"label", "link": {"kind", "ref"}, "icon", "tab"}]`; doors to plugins that are off vanish."""
    offered = current.shop_hooks().sets.offer
    shown = []
    for entry in entries or ():
        link = entry.get("link") or {}
        target = links.link_target(link)
        if not target or (link.get("kind") == "plugin" and link.get("ref") not in offered):
            continue
        shown.append(
            LinkView(
                label=str(entry.get("label", "")),
                url=target,
                icon=str(entry.get("icon", "")),
                current=path.partition("?")[0] == target,
                tab=bool(entry.get("tab")),
            )
        )
    return tuple(shown)


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
