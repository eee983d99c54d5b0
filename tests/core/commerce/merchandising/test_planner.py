"""What the rows of a product say, and every reason to skip it."""

from dataclasses import replace
from datetime import date

import pytest

from core.commerce.catalog.provenance import Provenance
from core.commerce.catalog.queries import StoredProduct
from core.commerce.merchandising.import_writing import merged_draft
from core.commerce.merchandising.picture_import import ImportedPictures
from core.commerce.merchandising.planner import Known, new_draft
from core.kernel import clock
from core.kernel.i18n import speaking
from core.kernel.ids import new_id
from tests.core.commerce.merchandising.files import HOME, JEWELRY, Planned, pot, said, table

planned = Planned


def only(content, **more):
    [product] = planned(content, **more).products
    return product


def test_real_files_are_planned_without_a_problem():
    cases = ((HOME, 21, 21, 18, {"biodegradable-cardboard-pots": (8,)}), (JEWELRY, 23, 41, 20, {}))
    for content, variants, pictures, unused, stock in cases:
        plan = planned(content())
        assert (plan.count("create"), plan.count("skip")) == (20, 0)
        assert sum(len(one.read.variants) for one in plan.products) == variants
        assert sum(len(one.read.pictures) for one in plan.products) == pictures
        # Where the tracker column is empty, the format says that stock is not tracked; one row has it filled.
        tracked = {
            one.read.handle: one.read.stock
            for one in plan.products
            if one.read.stock != (None,) * len(one.read.stock)
        }
        assert tracked == stock
        [note] = plan.problems
        assert (note.level, note.params) == ("note", {"count": unused})


def test_product_of_a_real_file_says_what_its_rows_say():
    anchor = next(one.read for one in planned(JEWELRY()).products if one.read.handle == "leather-anchor")
    assert [(option.name, option.values) for option in anchor.options] == [("Color", ("Gold", "Silver"))]
    assert [(one.title, one.price_minor, one.compare_at_minor) for one in anchor.variants] == [
        ("Gold", 6999, 8500),
        ("Silver", 5500, 8500),
    ]
    assert anchor.fields["tags"] == ("Anchor", "Gold", "Leather", "Silver")
    assert (anchor.fields["status"], anchor.fields["kind"], anchor.fields["vendor"]) == (
        "active",
        "Bracelet",
        "Company 123",
    )
    assert anchor.variant_lines == (4, 5)
    assert [one.url.rsplit("/", 1)[1] for one in anchor.pictures] == [
        "anchor-bracelet-mens_925x.jpg",
        "anchor-bracelet-for-men_925x.jpg",
        "leather-anchor-bracelet-for-men_925x.jpg",
    ]


@pytest.mark.parametrize(
    ("cells", "minor"),
    [
        ("9.99", 999), ("500", 50000), ("1,234.50", 123450), ("１２．５", 1250), ("¥12", 1200), ("0", 0), (" 7.00 ", 700),
    ],
)  # fmt: skip
def test_prices_as_people_write_them(cells, minor):
    product = only(table(pot(price=cells)))
    assert (product.kind, product.read.variants[0].price_minor) == ("create", minor)


@pytest.mark.parametrize(
    "price",
    [
        "",
        "-1",
        "－５",
        "9.999",
        "1e3",
        "abc",
        "99999999999999999999",
        "1,23",
        "NaN",
        "∞",
        "12 元",
        "9" * 5000,
    ],
)
def test_prices_that_are_none_skip_the_product_by_line_and_column(price):
    product = only(table(pot(price=price)))
    assert product.kind == "skip"
    assert said(product.problems) == [(2, "Variant Price", "error")]
    for language in ("en", "zh-CN"):
        with speaking(language):
            assert product.problems[0].text


def test_price_has_the_decimals_of_the_currency():
    assert only(table(pot(price="9.99")), currency="JPY").kind == "skip"
    assert only(table(pot(price="999")), currency="JPY").read.variants[0].price_minor == 999


@pytest.mark.parametrize(
    ("cells", "stock"),
    [
        ({"tracker": "shopify", "quantity": "7", "policy": "deny"}, 7),
        ({"tracker": "shopify", "quantity": "", "policy": "deny"}, 0),
        ({"tracker": "shopify", "quantity": "-3"}, 0),
        ({"tracker": "shopify", "quantity": "１２"}, 12),
        ({"tracker": "shopify", "quantity": "5.0"}, 5),
        ({"tracker": "shopify", "quantity": "7", "policy": "continue"}, None),
        ({"tracker": "", "quantity": "7", "policy": "deny"}, None),
    ],
)
def test_stock_is_tracked_only_where_it_ends_the_selling(cells, stock):
    assert only(table(pot(**cells))).read.stock == (stock,)


def test_quantity_counts_in_a_file_without_a_tracker_and_no_column_leaves_stock_alone():
    assert only(b"Handle,Title,Variant Price,Variant Inventory Qty\na,A,1,7\n").read.stock == (7,)
    assert only(b"Handle,Title,Variant Price\na,A,1\n").read.stock == ("leave",)


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"title": ""}, "Title"),
        ({"title": "x" * 256}, "Title"),
        ({"quantity": "many"}, "Variant Inventory Qty"),
        ({"quantity": "99999999999999999999"}, "Variant Inventory Qty"),
        ({"quantity": "1.5"}, "Variant Inventory Qty"),
        ({"policy": "maybe"}, "Variant Inventory Policy"),
        ({"published": "perhaps"}, "Published"),
        ({"grams": "-5"}, "Variant Grams"),
        ({"grams": "heavy"}, "Variant Grams"),
        ({"grams": "999999999999"}, "Variant Grams"),
        ({"compare_at": "-1"}, "Variant Compare At Price"),
        ({"sku": "s" * 81}, "Variant SKU"),
        ({"vendor": "v" * 101}, "Vendor"),
        ({"tags": "t" * 101}, "Tags"),
        ({"gift": "true"}, "Gift Card"),
        ({"name": "Size", "value": ""}, "Option1 Value"),
        ({"name": "", "value": "L"}, "Option1 Value"),
        ({"name2": "Size", "value2": "L"}, "Option1 Name"),
        ({"name": "n" * 61, "value": "L"}, "Option1 Name"),
        ({"name": "Size", "value": "v" * 121}, "Option1 Value"),
        ({"name": "Size", "value": "S", "name2": "size", "value2": "M"}, "Option2 Name"),
    ],
    ids=str,
)
def test_bad_cell_skips_its_product_and_says_where(cells, column):
    product = only(table(pot(**cells)))
    assert product.kind == "skip"
    assert (2, column, "error") in said(product.problems)


def test_bad_variant_row_skips_its_product_and_the_others_land():
    plan = planned(
        table(
            pot("a"),
            pot("b", name="Size", value="S"),
            {"handle": "b", "value": "M", "price": "cheap"},
            {"handle": "b", "value": "L", "price": "-2"},
            pot("c"),
        )
    )
    assert [(one.read.handle, one.kind) for one in plan.products] == [
        ("a", "create"),
        ("b", "skip"),
        ("c", "create"),
    ]
    assert said(plan.all_problems) == [(4, "Variant Price", "error"), (5, "Variant Price", "error")]


def test_same_combination_twice_is_named_at_the_second():
    product = only(table(pot(name="Size", value="S"), {"handle": "pot", "value": "S", "price": "1"}))
    assert said(product.problems) == [(3, "Option1 Value", "error")]


def test_option_called_otherwise_in_a_later_row_is_refused():
    rows = pot(name="Size", value="S"), {"handle": "pot", "name": "Colour", "value": "M", "price": "1"}
    assert said(only(table(*rows)).problems) == [(3, "Option1 Name", "error")]


def test_weights_are_rounded_to_grams():
    weights = [
        only(table(pot(grams=text))).read.variants[0].grams for text in ("28", "113.4", "0.5", "0.0", "")
    ]
    assert weights == [28, 113, 1, 0, 0]


@pytest.mark.parametrize(
    ("published", "status"), [("true", "active"), ("FALSE", "draft"), ("", "active"), ("是", "active")]
)
def test_published_tells_the_status(published, status):
    assert only(table(pot(published=published))).read.fields["status"] == status


def test_status_column_counts_before_published():
    content = b"Handle,Title,Variant Price,Published,Status\na,A,1,true,draft\nb,B,1,true,archived\nc,C,1,false,active\n"
    assert [one.read.fields["status"] for one in planned(content).products] == ["draft", "archived", "draft"]


def test_sku_twice_in_the_file_skips_the_second():
    plan = planned(table(pot("a", sku="X"), pot("b", sku="X"), pot("c", sku="x")))
    assert [one.kind for one in plan.products] == ["create", "skip", "create"]
    [problem] = plan.all_problems
    assert (problem.line, problem.column, problem.params) == (3, "Variant SKU", {"line": 2})


def test_sku_of_a_skipped_product_is_free():
    assert [one.kind for one in planned(table(pot("a", sku="X", price="?"), pot("b", sku="X"))).products] == [
        "skip",
        "create",
    ]


def test_sku_of_another_product_of_the_shop_skips_and_the_own_one_updates():
    known = Known({"a": new_id()}, {"X": "a", "Y": "elsewhere"})
    plan = planned(table(pot("a", sku="X"), pot("b", sku="Y")), known=known)
    assert [one.kind for one in plan.products] == ["update", "skip"]
    assert plan.all_problems[0].params == {"handle": "elsewhere"}


def test_apostrophes_of_spreadsheets_before_numbers_go():
    variant = only(table(pot(sku="'0012", barcode="'690"))).read.variants[0]
    assert (variant.sku, variant.barcode) == ("0012", "690")


def test_pictures_come_in_the_order_of_their_positions_each_once():
    rows = [
        pot(
            image="https://e.example/2",
            position="2",
            alt="two",
            name="Size",
            value="S",
            variant_image="https://e.example/9",
        ),
        {"handle": "pot", "image": "https://e.example/1", "position": "1"},
        {"handle": "pot", "image": "https://e.example/2", "position": "x"},
    ]
    read = only(table(*rows)).read
    assert [(one.url[-1], one.alt, one.line) for one in read.pictures] == [
        ("1", "", 3),
        ("2", "two", 2),
        ("9", "", 2),
    ]
    assert len(read.variants) == 1
    assert read.variant_pictures == ("https://e.example/9",)


def test_tax_class_and_provenance_are_read_where_the_file_has_columns():
    content = (
        "商品名称,价格,税率类别,产地,批次,生产日期,产地故事\n"
        "龙井,128,低税率,西湖,L-7,2026年4月5日,<p>采于清晨</p><script>x</script>\n"
        "白茶,99,,,,,\n"
    ).encode()
    tea, white = planned(content).products
    assert (tea.kind, white.kind) == ("create", "create")
    assert tea.draft.tax_class == "reduced"
    assert tea.draft.provenance == Provenance(
        origin="西湖", batch="L-7", made_on=date(2026, 4, 5), story="<p>采于清晨</p>"
    )
    assert set(tea.read.provenance) == {"origin", "batch", "made_on", "story"}
    assert white.draft.tax_class == "standard"
    assert white.draft.provenance in (None, Provenance())


def test_file_without_these_columns_says_nothing_about_them():
    read = only("商品名称,价格\n龙井,128\n".encode()).read
    assert "tax_class" not in read.fields
    assert read.provenance == {}


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("税率类别", "13%"),
        ("生产日期", "2026-02-30"),
        ("生产日期", "spring"),
        ("生产日期", "20260405"),
        ("产地", "x" * 2000),
    ],
)
def test_cell_of_these_columns_that_means_nothing_skips_the_product(column, cell):
    product = only(f"商品名称,价格,{column}\n龙井,128,{cell}\n".encode())
    assert product.kind == "skip"
    assert [one.column for one in product.problems] == [column]


def test_update_changes_what_the_file_has_columns_for_and_keeps_the_rest():
    read = only("商品名称,价格,产地,批次\n龙井,128,狮峰,\n".encode()).read
    known = Provenance(origin="西湖", batch="L-6", story="<p>采于清晨</p>", made_on=date(2026, 4, 5))
    before = replace(new_draft(read), tax_class="reduced", provenance=known)
    stored = StoredProduct(new_id(), 1, clock.now(), clock.now(), before, {})
    after = merged_draft(read, stored, ImportedPictures())
    assert after.provenance == replace(known, origin="狮峰", batch="")
    assert after.tax_class == "reduced"
