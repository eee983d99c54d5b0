"""The pictures of an import: fetched, taken into the shop's media, or reported; outside of any transaction."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from core.commerce.catalog.drafts import LONGEST, MOST_IMAGES, TILES, ImageDraft
from core.commerce.catalog.queries import StoredProduct
from core.commerce.media.actions import store_asset
from core.commerce.media.errors import PictureRefused
from core.commerce.merchandising.picture_archive import SCHEME, PictureArchive
from core.commerce.merchandising.picture_fetch import FetchRefused, PictureFetcher
from core.commerce.merchandising.product_rows import PictureWish, ReadProduct
from core.commerce.merchandising.row_problems import RowProblem
from core.kernel.i18n import N_


@dataclass(slots=True)
class ImportedPictures:
    """Gets each picture once: `assets` are those that came by address, `refusals` the reasons for the others.

    Addresses of the internet are fetched, others are looked up in `archive`.
    """

    fetcher: PictureFetcher = field(default_factory=PictureFetcher)
    archive: PictureArchive | None = None
    assets: dict[str, UUID] = field(default_factory=dict)
    refusals: dict[str, tuple[str, dict[str, object]]] = field(default_factory=dict)

    def load(self, wishes: Iterable[PictureWish]) -> None:
        """Get every wished picture that was not tried yet."""
        for wish in wishes:
            if wish.url not in self.assets and wish.url not in self.refusals:
                self._load(wish.url)

    def _load(self, url: str) -> None:
        try:
            packed = self.archive is not None and url.startswith(SCHEME)
            content = self.archive.content(url) if packed and self.archive else self.fetcher.fetch(url)
            self.assets[url] = store_asset(content=content, file_name=url.split("?")[0]).id
        except FetchRefused as refused:
            self.refusals[url] = (refused.message, {})
        except PictureRefused as refused:
            self.refusals[url] = (refused.message, refused.params)

    def problems(self, read: ReadProduct) -> list[RowProblem]:
        """What is said about the pictures of one product."""
        found = []
        for wish in read.pictures:
            if wish.url in self.refusals:
                message, params = self.refusals[wish.url]
                found.append(RowProblem(wish.line, wish.column, message, dict(params), "picture"))
        if len(read.pictures) > MOST_IMAGES:
            message = N_("A product has at most %(most)s pictures; the others are not loaded.")
            found.append(RowProblem(read.line, "", message, {"most": MOST_IMAGES}, "picture"))
        return found


def images_for(
    read: ReadProduct, existing: StoredProduct | None, assets: Mapping[str, UUID]
) -> tuple[ImageDraft, ...]:
    """The product's pictures after the import.

    When all came, they are exactly those of the file, in its order; otherwise the present ones stay and new ones follow.
    """
    present = existing.draft.images if existing is not None else ()
    by_asset = {image.asset_id: image for image in present}
    fetched: dict[UUID, ImageDraft] = {}
    for wish in read.pictures[:MOST_IMAGES]:
        asset_id = assets.get(wish.url)
        if asset_id is not None and asset_id not in fetched:
            known = by_asset.get(asset_id)
            alt = wish.alt[: LONGEST["alt"]] or (known.alt if known else "")
            tile = known.tile if known else TILES[0]
            fetched[asset_id] = ImageDraft(asset_id=asset_id, alt=alt, tile=tile)
    complete = fetched and all(wish.url in assets for wish in read.pictures[:MOST_IMAGES])
    if complete:
        return tuple(fetched.values())
    return (*present, *(image for asset_id, image in fetched.items() if asset_id not in by_asset))[
        :MOST_IMAGES
    ]
