"""What a merchant wants a product or a collection to be, and everything that can be wrong with it; pure values."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from core.commerce.catalog.provenance import LONGEST as LONGEST_PROVENANCE
from core.commerce.catalog.provenance import LONGEST_STORY, Provenance, tidy_provenance
from core.commerce.catalog.rich_text import clean_html
from core.commerce.catalog.slugs import slug_of
from core.commerce.shops.taxes import TAX_CLASSES
from core.kernel.errors import InputRefused
from core.kernel.i18n import N_, gettext
from core.kernel.money import MAXIMUM_AMOUNT

STATUSES = ("draft", "active", "archived")
TILES = ("", "apricot", "celadon", "mist", "rose", "sand")
MOST_OPTIONS, MOST_VARIANTS, MOST_VALUES = 3, 2000, 200
MOST_IMAGES, MOST_TAGS, MOST_FACTS = 50, 100, 50
LONGEST_BODY = 100_000
HEAVIEST = 100_000_000
# Shorter than what the database could hold; longer texts are mistakes.
LONGEST = {
    "title": 255, "handle": 255, "subtitle": 120, "vendor": 100, "kind": 100, "tags": 100, "label": 60, "value": 300,
    "name": 60, "values": 120, "sku": 80, "barcode": 80, "alt": 300,
}  # fmt: skip
# Control characters, marks that turn the direction of everything after them, and the byte order mark.
_DROPPED = dict.fromkeys(
    [*range(0x01, 0x09), *range(0x0E, 0x1C), 0x7F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF]
)


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of the table of details: Origin, Weight, Material."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Option:
    """Something to choose: its name and its values in order."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantDraft:
    """One variant: a value for each option, prices in minor units, weight in grams.

    `id` names the variant that it replaces; without it, the one with the same option values is kept.
    `asset_id` is one of the product's pictures.
    """

    price_minor: int
    option_values: tuple[str, ...] = ()
    compare_at_minor: int | None = None
    # What one unit costs the shop; None where it is not known.
    cost_minor: int | None = None
    sku: str = ""
    barcode: str = ""
    grams: int = 0
    asset_id: UUID | None = None
    id: UUID | None = None

    @property
    def title(self) -> str:
        """The option values in one line; empty for a product without options."""
        return " / ".join(self.option_values)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageDraft:
    """A picture of the product: what it shows in words, and the ground it lies on (one of TILES)."""

    asset_id: UUID
    alt: str = ""
    tile: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductDraft:
    """A whole product as it shall be.

    An empty `handle` is made from the title, or stays as it is when a product is edited. `collection_ids` None leaves
    the collections alone.
    """

    title: str
    variants: tuple[VariantDraft, ...]
    handle: str = ""
    subtitle: str = ""
    body_html: str = ""
    vendor: str = ""
    kind: str = ""
    tags: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    options: tuple[Option, ...] = ()
    status: str = "draft"
    tax_class: str = "standard"
    images: tuple[ImageDraft, ...] = ()
    collection_ids: tuple[UUID, ...] | None = None
    # None leaves what is stored.
    provenance: Provenance | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a draft: where (field names and positions), the sentence in English, what fills it."""

    path: tuple[str | int, ...]
    message: str
    params: dict[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The sentence in the current language."""
        return gettext(self.message, **self.params)


def tidy_text(text: str, *, lines: bool = False) -> str:
    """`text` composed, trimmed and without invisible control marks; without `lines` it becomes one line.

    NUL and half characters stay: they are faults, and somebody should hear of them.
    """
    if text.isascii() and text.isalnum():
        return text
    plain = unicodedata.normalize("NFC", text).translate(_DROPPED)
    if lines:
        return plain.strip()
    return " ".join(plain.split())


def tidy(draft: ProductDraft) -> ProductDraft:
    """The draft as it would be stored: texts tidied, HTML cleaned, repeats and empty entries gone."""
    return replace(
        draft,
        title=tidy_text(draft.title),
        handle=slug_of(draft.handle),
        subtitle=tidy_text(draft.subtitle),
        body_html=clean_html(draft.body_html) if len(draft.body_html) <= LONGEST_BODY else draft.body_html,
        vendor=tidy_text(draft.vendor),
        kind=tidy_text(draft.kind),
        tags=tuple(dict.fromkeys(filter(None, map(tidy_text, draft.tags)))),
        facts=tuple(Fact(tidy_text(fact.label), tidy_text(fact.value)) for fact in draft.facts),
        options=tuple(
            Option(tidy_text(one.name), tuple(dict.fromkeys(map(tidy_text, one.values))))
            for one in draft.options
        ),
        variants=tuple(map(_tidy_variant, draft.variants)),
        images=tuple(replace(image, alt=tidy_text(image.alt)) for image in draft.images),
        provenance=tidy_provenance(draft.provenance) if draft.provenance else None,
    )


def _tidy_variant(variant: VariantDraft) -> VariantDraft:
    return replace(
        variant,
        option_values=tuple(map(tidy_text, variant.option_values)),
        sku=tidy_text(variant.sku),
        barcode=tidy_text(variant.barcode),
        # "Before 0.00" is how other systems write that there was no other price.
        compare_at_minor=variant.compare_at_minor or None,
    )


def checked(draft: ProductDraft) -> ProductDraft:
    """The tidied draft; raises InputRefused with nested field names when something is wrong with it."""
    tidied = tidy(draft)
    found = faults(tidied)
    if found:
        raise InputRefused(nested(found))
    return tidied


def nested(found: Sequence[Fault]) -> dict[str, Any]:
    """Faults as forms want them: messages in words, by field, by position, by field."""
    fields: dict[Any, Any] = {}
    for fault in found:
        place = fields
        for step in fault.path[:-1]:
            below = place.setdefault(step, {})
            place = below if isinstance(below, dict) else place
        messages = place.setdefault(fault.path[-1], [])
        if isinstance(messages, list):
            messages.append(fault.text)
    return fields


def faults(draft: ProductDraft) -> list[Fault]:
    """Everything wrong with a tidied draft that can be known without looking at other products."""
    return [
        *_text_faults(draft),
        *_count_faults(draft),
        *_option_faults(draft),
        *_variant_faults(draft),
        *_combination_faults(draft),
        *_image_faults(draft),
        *_provenance_faults(draft),
    ]


def text_faults(
    text: str, path: tuple[str | int, ...], longest: int, *, required: bool = False
) -> Iterator[Fault]:
    """What is wrong with one text."""
    if required and not text:
        yield Fault(path, N_("Fill this in."))
    if len(text) > longest:
        yield Fault(
            path,
            N_("At most %(most)s characters, please; these are %(count)s."),
            {"most": longest, "count": len(text)},
        )
    if "\x00" in text or any("\ud800" <= char <= "\udfff" for char in text):
        yield Fault(path, N_("This text contains characters that cannot be kept."))


def _text_faults(draft: ProductDraft) -> Iterator[Fault]:
    for name in ("title", "handle", "subtitle", "vendor", "kind"):
        yield from text_faults(getattr(draft, name), (name,), LONGEST[name], required=name == "title")
    yield from text_faults(draft.body_html, ("body_html",), LONGEST_BODY)
    for tag in draft.tags:
        yield from text_faults(tag, ("tags",), LONGEST["tags"])
    for index, fact in enumerate(draft.facts):
        yield from text_faults(fact.label, ("facts", index, "label"), LONGEST["label"], required=True)
        yield from text_faults(fact.value, ("facts", index, "value"), LONGEST["value"], required=True)
    if draft.status not in STATUSES:
        yield Fault(("status",), N_("Choose one of the list."))
    if draft.tax_class not in TAX_CLASSES:
        yield Fault(("tax_class",), N_("Choose one of the list."))


def _count_faults(draft: ProductDraft) -> Iterator[Fault]:
    limits = {
        "options": MOST_OPTIONS, "variants": MOST_VARIANTS, "images": MOST_IMAGES, "tags": MOST_TAGS, "facts": MOST_FACTS,
    }  # fmt: skip
    for name, most in limits.items():
        count = len(getattr(draft, name))
        if count > most:
            yield Fault(
                (name,), N_("At most %(most)s, please; these are %(count)s."), {"most": most, "count": count}
            )
    if not draft.variants:
        yield Fault(("variants",), N_("A product needs at least one variant."))


def _option_faults(draft: ProductDraft) -> Iterator[Fault]:
    names: set[str] = set()
    for index, option in enumerate(draft.options):
        yield from text_faults(option.name, ("options", index, "name"), LONGEST["name"], required=True)
        if option.name.casefold() in names:
            yield Fault(("options", index, "name"), N_("Another option has this name."))
        names.add(option.name.casefold())
        if not option.values or not all(option.values):
            yield Fault(("options", index, "values"), N_("Give at least one value, none of them empty."))
        if len(option.values) > MOST_VALUES:
            message = N_("At most %(most)s, please; these are %(count)s.")
            yield Fault(
                ("options", index, "values"), message, {"most": MOST_VALUES, "count": len(option.values)}
            )
        for value in option.values:
            yield from text_faults(value, ("options", index, "values"), LONGEST["values"])


def _variant_faults(draft: ProductDraft) -> Iterator[Fault]:
    for index, variant in enumerate(draft.variants):
        here = ("variants", index)
        yield from text_faults(variant.sku, (*here, "sku"), LONGEST["sku"])
        yield from text_faults(variant.barcode, (*here, "barcode"), LONGEST["barcode"])
        for name in ("price_minor", "compare_at_minor", "cost_minor"):
            amount = getattr(variant, name)
            if amount is not None and not (type(amount) is int and 0 <= amount <= MAXIMUM_AMOUNT):
                yield Fault((*here, name), N_("This is not an amount. Write it like 1234.50."))
        if not (type(variant.grams) is int and 0 <= variant.grams <= HEAVIEST):
            yield Fault((*here, "grams"), N_("Give the weight in whole grams."))
        if variant.asset_id is not None and variant.asset_id not in {
            image.asset_id for image in draft.images
        }:
            yield Fault((*here, "asset_id"), N_("Choose one of this product's pictures."))


def _combination_faults(draft: ProductDraft) -> Iterator[Fault]:
    titles: dict[str, int] = {}
    skus: dict[str, int] = {}
    ids: set[UUID] = set()
    for index, variant in enumerate(draft.variants):
        here = ("variants", index)
        fits = len(variant.option_values) == len(draft.options) and all(
            value in option.values for value, option in zip(variant.option_values, draft.options, strict=True)
        )
        if not fits:
            yield Fault((*here, "option_values"), N_("Give one value for each option."))
        elif titles.setdefault(variant.title, index) != index:
            message = N_("Another variant of this product is also called “%(title)s”.")
            yield Fault((*here, "option_values"), message, {"title": variant.title})
        if variant.sku and skus.setdefault(variant.sku, index) != index:
            yield Fault((*here, "sku"), N_("Another variant of this product has this SKU."))
        if variant.id is not None and variant.id in ids:
            yield Fault((*here, "option_values"), N_("This variant is listed twice."))
        ids.update([variant.id] if variant.id else [])


def _image_faults(draft: ProductDraft) -> Iterator[Fault]:
    seen: set[UUID] = set()
    for index, image in enumerate(draft.images):
        yield from text_faults(image.alt, ("images", index, "alt"), LONGEST["alt"])
        if image.tile not in TILES:
            yield Fault(("images", index, "tile"), N_("Choose one of the list."))
        if image.asset_id in seen:
            yield Fault(("images", index, "asset_id"), N_("This picture is listed twice."))
        seen.add(image.asset_id)


def _provenance_faults(draft: ProductDraft) -> Iterator[Fault]:
    if draft.provenance is not None:
        for name, longest in {**LONGEST_PROVENANCE, "story": LONGEST_STORY}.items():
            yield from text_faults(getattr(draft.provenance, name), ("provenance", name), longest)


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionDraft:
    """A collection as it shall be, its products in order; an empty `handle` is made from the title or stays."""

    title: str
    handle: str = ""
    body: str = ""
    visible: bool = True
    product_ids: tuple[UUID, ...] = ()


def checked_collection(draft: CollectionDraft) -> CollectionDraft:
    """The tidied draft; raises InputRefused when something is wrong with it."""
    tidied = replace(
        draft,
        title=tidy_text(draft.title),
        handle=slug_of(draft.handle),
        body=clean_html(draft.body) if len(draft.body) <= LONGEST_BODY else draft.body,
        product_ids=tuple(dict.fromkeys(draft.product_ids)),
    )
    found = [
        *text_faults(tidied.title, ("title",), LONGEST["title"], required=True),
        *text_faults(tidied.body, ("body",), LONGEST_BODY),
    ]
    if found:
        raise InputRefused(nested(found))
    return tidied
