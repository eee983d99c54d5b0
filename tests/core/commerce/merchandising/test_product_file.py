"""Reading product files: what is one, how rows become products, and what is thrown at it."""

import contextlib
import csv
import io
import time

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from core.commerce.merchandising.errors import FileRefused
from core.commerce.merchandising.kept_tables import LIMITS
from core.kernel.i18n import speaking
from core.kernel.sheets import SheetRefused
from tests.core.commerce.merchandising.files import HEADER, HOME, JEWELRY, Planned, ReadFile, pot, said, table


@pytest.mark.parametrize(
    ("content", "products", "rows"),
    [(HOME, 20, 21), (JEWELRY, 20, 41)],
    ids=["home-and-garden", "jewelry"],
)
def test_real_file_is_read_whole(content, products, rows):
    # Counted a second way: the standard library's own reading of the file.
    records = list(csv.DictReader(io.StringIO(content().decode(), newline="")))
    assert len(records) == rows
    assert len({record["Handle"] for record in records}) == products
    file = ReadFile(content())
    assert len(file.products) == products
    assert sum(len(one.rows) for one in file.products) == rows
    assert file.problems == []
    assert file.ignored == ()


def test_rows_are_counted_as_spreadsheets_do():
    file = ReadFile(table(pot("a", body="one\ntwo\nthree"), pot("b"), pot("c", body="x\r\ny"), pot("d")))
    assert [one.rows[0].line for one in file.products] == [2, 3, 4, 5]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("start", ["", "\ufeff", "\n\n", "\r\n"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiters_byte_order_marks_and_line_ends(delimiter, start, end):
    lines = [["Handle", "Title", "Variant Price"], ["pot", "Pot, large; blue", "1.5"]]
    text = start + end.join(delimiter.join(f'"{cell}"' for cell in line) for line in lines)
    [product] = ReadFile(text.encode()).products
    assert product.rows[0].cells == {"handle": "pot", "title": "Pot, large; blue", "price": "1.5"}


def test_names_of_columns_in_any_case_and_of_the_newer_template():
    header = "url handle,TITLE, Description ,SKU,price,Inventory quantity,Continue selling when out of stock"
    file = ReadFile(f"{header}\npot,Pot,<p>x</p>,S1,5,3,DENY\n".encode())
    assert file.products[0].rows[0].cells == {
        "handle": "pot", "title": "Pot", "body": "<p>x</p>", "sku": "S1", "price": "5", "quantity": "3", "policy": "DENY",
    }  # fmt: skip
    assert file.columns.header("price") == "price"
    assert file.columns.header("body") == "Description"


def test_columns_with_content_that_is_not_kept_are_named():
    content = (
        b"Handle,Title,Variant Price,SEO Title,Google Shopping / MPN,Variant Taxable\npot,Pot,1,,X-3,true\n"
    )
    assert ReadFile(content).ignored == ("Google Shopping / MPN",)


def test_rows_of_a_product_belong_together_wherever_they_are():
    file = ReadFile(table(pot("a"), pot("b"), {"handle": "A", "value": "x"}))
    assert [(one.handle, len(one.rows)) for one in file.products] == [("b", 1), ("a", 2)]


def test_rows_without_a_handle_are_named_and_skipped():
    file = ReadFile(table(pot("a"), pot(""), pot("🍵"), {"price": "3"}))
    assert [one.handle for one in file.products] == ["a"]
    assert said(file.problems) == [(3, "Handle", "error"), (4, "Handle", "error"), (5, "Handle", "error")]


def test_empty_rows_are_nothing():
    content = table(pot("a")) + b"\n,,,\n  ,\n" + table(pot("b")).split(b"\n", 1)[1]
    assert [one.handle for one in ReadFile(content).products] == ["a", "b"]


def test_row_with_too_many_cells_makes_its_product_bad():
    content = b"Handle,Title,Variant Price\na,A,1\nb,B,1,surplus\nc,C,1,,\n"
    file = ReadFile(content)
    assert [said(one.problems) for one in file.products] == [[], [(3, "", "error")], []]


def test_cells_that_are_too_long_or_hold_nul_are_named_by_line_and_column():
    content = table(pot("a", body="x" * 200_000), pot("b", title="B\x00"), pot("c", vendor="v" * 200_000))
    file = ReadFile(content)
    assert [said(one.problems) for one in file.products] == [
        [(2, "Body (HTML)", "error")],
        [(3, "Title", "error")],
        [(4, "Vendor", "error")],
    ]


def test_cells_that_look_like_formulas_stay_text():
    cells = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)"]
    file = ReadFile(table(*(pot(f"p{index}", title=cell) for index, cell in enumerate(cells))))
    assert [one.rows[0]["title"] for one in file.products] == cells


GOOD = table(pot())
REFUSED = [
    ("empty", b"", "kernel.sheet_empty"),
    ("blank", b"\xef\xbb\xbf  \n\n", "kernel.sheet_empty"),
    ("header only", table(), "merchandising.no_products"),
    ("half an archive", b"PK\x03\x04" + b"\0" * 100, "kernel.sheet_incomplete"),
    ("old excel", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "kernel.old_excel"),
    ("pdf", b"%PDF-1.7", "kernel.not_a_sheet"),
    ("zeros", b"\0" * 1000, "kernel.not_a_sheet"),
    ("quote left open", GOOD + b'pan,"Pan,1\n', "kernel.quotes_do_not_match"),
    ("quote inside", GOOD + b'pan,"Pan" deluxe,1\n', "kernel.quotes_do_not_match"),
    ("open quote at once", b'"Handle,Title,Variant Price\n', "kernel.quotes_do_not_match"),
]


@pytest.mark.parametrize(
    ("content", "code"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_what_is_no_product_file_is_refused_with_a_sentence(content, code):
    with pytest.raises((FileRefused, SheetRefused)) as refused:
        ReadFile(content)
    assert refused.value.code == code
    for language in ("en", "zh-CN"):
        with speaking(language):
            assert refused.value.text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
def test_every_encoding_of_spreadsheets_is_read(encoding):
    [product] = ReadFile(table(pot("茶", title="茶杯")).decode().encode(encoding)).products
    assert (product.handle, product.rows[0]["title"]) == ("茶", "茶杯")


def test_two_hundred_thousand_rows_are_refused_early_with_the_limit_in_words():
    began = time.monotonic()
    with pytest.raises(SheetRefused) as refused:
        ReadFile(b"Handle,Title,Variant Price\n" + b"a,A,1\n" * 200_000)
    assert time.monotonic() - began < 20
    assert f"{LIMITS.rows:,}" in refused.value.text
    assert refused.value.fix_text


def test_rows_without_handles_are_told_apart_by_name_and_follow_the_row_above():
    file = ReadFile("商品名称,规格,价格\n青瓷杯,小,10\n,大,12\n竹篮,,30\n".encode())
    assert [(one.handle, len(one.rows)) for one in file.products] == [("青瓷杯", 2), ("竹篮", 1)]
    [cup, basket] = Planned("商品名称,规格,价格\n青瓷杯,小,10\n,大,12\n竹篮,,30\n".encode()).products
    assert [(option.name, option.values) for option in cup.read.options] == [("规格", ("小", "大"))]
    assert (cup.kind, basket.kind, basket.read.options) == ("create", "create", ())


def test_many_columns_and_long_lines_take_no_time():
    began = time.monotonic()
    with pytest.raises((FileRefused, SheetRefused)):
        ReadFile(b"," * 2_000_000 + b"x")
    assert time.monotonic() - began < 20


CELL = st.one_of(
    st.sampled_from(
        ["", "pot", "Pot", "Title", "Default Title", "9.99", "-1", "1e9", "９．９", "0.001", "shopify", "deny", "continue",
         "true", "FALSE", "maybe", "10", "=1+1", "https://x.example/a.png", "a, b", '"', "\n", "\x00", "x" * 300, "💰"]
    ),
    st.text(max_size=12),
)  # fmt: skip


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(CELL, min_size=1, max_size=len(HEADER) + 2), max_size=8), st.sampled_from(",;\t"))
def test_any_table_gives_a_plan_in_which_every_product_is_sound_or_explained(rows, delimiter):
    target = io.StringIO()
    csv.writer(target, delimiter=delimiter).writerows([HEADER, *rows])
    content = target.getvalue().encode("utf-8", "replace")
    try:
        plan = Planned(content)
    except (FileRefused, SheetRefused) as refused:
        assert refused.text  # noqa: PT017 - any refusal will do, as long as it has words
        return
    last = len(rows) + 1
    assert len({one.read.handle for one in plan.products}) == len(plan.products)
    for one in plan.products:
        assert (one.kind == "skip") == any(problem.level == "error" for problem in one.problems)
        assert len(one.read.variants) == len(one.read.stock) == len(one.read.variant_lines) >= 1
    for problem in plan.all_problems:
        assert 0 <= problem.line <= last
        assert problem.text


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
@example(b"Handle,Title,Variant Price\n" + b"\xff" * 10)
@example(b"Handle,Title,Variant Price\n\r\n\x00,\x00,\x00")
def test_any_bytes_are_read_or_refused(content):
    for start in (b"", b"Handle,Title,Variant Price\n"):
        with contextlib.suppress(FileRefused, SheetRefused):
            Planned(start + content, "JPY")
