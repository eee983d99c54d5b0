"""What can be wrong with a product before anything is written."""

from itertools import product

import pytest

from core.commerce.catalog.drafts import (
    MOST_VARIANTS,
    Fact,
    ImageDraft,
    Option,
    ProductDraft,
    checked,
    faults,
    tidy,
    tidy_text,
)
from core.kernel.errors import InputRefused
from core.kernel.i18n import speaking
from core.kernel.ids import new_id
from core.kernel.money import MAXIMUM_AMOUNT
from tests.core.commerce.catalog.goods import simple, tea, variant

ASSET = new_id()
SIZES = (Option("Size", ("S", "M")),)


def wrong(draft):
    return {fault.path for fault in faults(tidy(draft))}


def test_good_draft_has_no_faults():
    assert faults(tidy(tea())) == []


@pytest.mark.parametrize(
    ("draft", "path"),
    [
        (simple(""), ("title",)),
        (simple("   \u202e "), ("title",)),
        (simple("x" * 256), ("title",)),
        (simple("a\x00b"), ("title",)),
        (simple("a\ud800b"), ("title",)),
        (simple("x" * 1_000_000), ("title",)),
        (simple("t", subtitle="s" * 121), ("subtitle",)),
        (simple("t", vendor="v" * 101), ("vendor",)),
        (simple("t", body_html="b" * 100_001), ("body_html",)),
        (simple("t", status="sold"), ("status",)),
        (simple("t", tags=("x" * 101,)), ("tags",)),
        (simple("t", tags=tuple(map(str, range(101)))), ("tags",)),
        (simple("t", facts=(Fact("", "v"),)), ("facts", 0, "label")),
        (simple("t", facts=(Fact("l", " "),)), ("facts", 0, "value")),
        (ProductDraft(title="t", variants=()), ("variants",)),
        (tea(options=SIZES, variants=(variant(1, "S"), variant(1, "L"))), ("variants", 1, "option_values")),
        (tea(options=SIZES, variants=(variant(1),)), ("variants", 0, "option_values")),
        (tea(options=SIZES, variants=(variant(1, "S"), variant(1, "S"))), ("variants", 1, "option_values")),
        (tea(options=(Option("", ("S",)),), variants=(variant(1, "S"),)), ("options", 0, "name")),
        (tea(options=(Option("A", ()),), variants=(variant(1, ""),)), ("options", 0, "values")),
        (
            tea(options=(Option("A", ("x",)), Option("a", ("x",))), variants=(variant(1, "x", "x"),)),
            ("options", 1, "name"),
        ),
        (
            tea(
                options=(Option("A", ("x", "x / y")), Option("B", ("y / z", "z"))),
                variants=(variant(1, "x", "y / z"), variant(1, "x / y", "z")),
            ),
            ("variants", 1, "option_values"),
        ),
        (
            tea(options=tuple(Option(name, ("x",)) for name in "ABCD"), variants=(variant(1, *"xxxx"),)),
            ("options",),
        ),
        (simple("t", -1), ("variants", 0, "price_minor")),
        (simple("t", 1.5), ("variants", 0, "price_minor")),
        (simple("t", True), ("variants", 0, "price_minor")),
        (simple("t", MAXIMUM_AMOUNT + 1), ("variants", 0, "price_minor")),
        (simple("t", 10**30), ("variants", 0, "price_minor")),
        (simple("t", variant={"compare_at_minor": -5}), ("variants", 0, "compare_at_minor")),
        (simple("t", variant={"grams": -1}), ("variants", 0, "grams")),
        (simple("t", variant={"grams": 10**12}), ("variants", 0, "grams")),
        (simple("t", variant={"sku": "s" * 81}), ("variants", 0, "sku")),
        (simple("t", variant={"asset_id": ASSET}), ("variants", 0, "asset_id")),
        (
            tea(options=SIZES, variants=(variant(1, "S", sku="A"), variant(1, "M", sku="A"))),
            ("variants", 1, "sku"),
        ),
        (
            tea(options=SIZES, variants=(variant(1, "S", id=ASSET), variant(1, "M", id=ASSET))),
            ("variants", 1, "option_values"),
        ),
        (
            simple("t", images=(ImageDraft(asset_id=ASSET), ImageDraft(asset_id=ASSET))),
            ("images", 1, "asset_id"),
        ),
        (simple("t", images=(ImageDraft(asset_id=ASSET, tile="red"),)), ("images", 0, "tile")),
        (simple("t", images=(ImageDraft(asset_id=ASSET, alt="a" * 301),)), ("images", 0, "alt")),
    ],
    ids=lambda value: "-".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_fault_is_found_where_it_is(draft, path):
    assert path in wrong(draft)


def test_too_many_variants_are_refused():
    values = tuple(map(str, range(50)))
    options = (Option("A", values), Option("B", values))
    variants = tuple(
        variant(1, *combination) for combination in product(*(option.values for option in options))
    )
    assert len(variants) > MOST_VARIANTS
    assert ("variants",) in wrong(tea(options=options, variants=variants))


def test_refusal_nests_its_messages_like_the_form():
    draft = simple("", -1, facts=(Fact("a", "b"), Fact("", "b")), variant={"grams": -1})
    with pytest.raises(InputRefused) as refused, speaking("en"):
        checked(draft)
    assert refused.value.fields == {
        "title": ["Fill this in."],
        "facts": {1: {"label": ["Fill this in."]}},
        "variants": {
            0: {
                "price_minor": ["This is not an amount. Write it like 1234.50."],
                "grams": ["Give the weight in whole grams."],
            }
        },
    }
    with pytest.raises(InputRefused) as refused, speaking("zh-CN"):
        checked(draft)
    assert refused.value.fields["variants"][0]["grams"] == ["请用整数克填写重量。"]


def test_texts_are_tidied_and_emoji_stay():
    draft = tidy(
        simple(
            "  岩茶\n\t大红袍 \u202e\x07🍵 👨‍👩‍👧 ", tags=(" 茶 ", "茶", ""), variant={"compare_at_minor": 0}
        )
    )
    assert draft.title == "岩茶 大红袍 🍵 👨‍👩‍👧"
    assert draft.tags == ("茶",)
    assert draft.variants[0].compare_at_minor is None


def test_composed_and_decomposed_letters_become_the_same():
    assert tidy_text("Cafe\u0301") == tidy_text("Café")
