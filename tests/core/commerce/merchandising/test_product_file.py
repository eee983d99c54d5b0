"""Reading product files: what is one, how rows become products, and what is thrown at it."""

import csv
import io
import time

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from core.commerce.merchandising import product_file
from core.commerce.merchandising.errors import (
    ColumnsMissing,
    FileRefused,
    FileTooHeavy,
    NoProducts,
    NotCsv,
    NotUtf8,
    QuotesDoNotMatch,
    TooManyRows,
)
from core.commerce.merchandising.planner import Known, plan_import, read_products
from core.commerce.merchandising.product_file import MAXIMUM_ROWS, read_product_file
from core.kernel.i18n import speaking
from tests.core.commerce.merchandising.files import HEADER, HOME, JEWELRY, pot, said, table


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
    file = read_product_file(content())
    assert len(file.products) == products
    assert sum(len(one.rows) for one in file.products) == rows
    assert file.problems == ()
    assert file.ignored == ()


def test_line_numbers_count_physical_lines():
    file = read_product_file(
        table(pot("a", body="one\ntwo\nthree"), pot("b"), pot("c", body="x\r\ny"), pot("d"))
    )
    assert [one.rows[0].line for one in file.products] == [2, 5, 6, 8]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("start", ["", "\ufeff", "\n\n", "\r\n"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiters_byte_order_marks_and_line_ends(delimiter, start, end):
    lines = [["Handle", "Title", "Variant Price"], ["pot", "Pot, large; blue", "1.5"]]
    text = start + end.join(delimiter.join(f'"{cell}"' for cell in line) for line in lines)
    [product] = read_product_file(text.encode()).products
    assert product.rows[0].cells == {"handle": "pot", "title": "Pot, large; blue", "price": "1.5"}


def test_names_of_columns_in_any_case_and_of_the_newer_template():
    header = "url handle,TITLE, Description ,SKU,price,Inventory quantity,Continue selling when out of stock"
    file = read_product_file(f"{header}\npot,Pot,<p>x</p>,S1,5,3,DENY\n".encode())
    assert file.products[0].rows[0].cells == {
        "handle": "pot", "title": "Pot", "body": "<p>x</p>", "sku": "S1", "price": "5", "quantity": "3", "policy": "DENY",
    }  # fmt: skip
    assert file.header("price") == "price"
    assert file.header("body") == "Description"


def test_columns_with_content_that_is_not_kept_are_named():
    content = b"Handle,Title,Variant Price,SEO Title,Cost per item,Variant Taxable\npot,Pot,1,,3.50,true\n"
    assert read_product_file(content).ignored == ("Cost per item",)


def test_rows_of_a_product_belong_together_wherever_they_are():
    file = read_product_file(table(pot("a"), pot("b"), {"handle": "A", "value": "x"}))
    assert [(one.handle, len(one.rows)) for one in file.products] == [("a", 2), ("b", 1)]


def test_rows_without_a_handle_are_named_and_skipped():
    file = read_product_file(table(pot("a"), pot(""), pot("🍵"), {"price": "3"}))
    assert [one.handle for one in file.products] == ["a"]
    assert said(file.problems) == [(3, "Handle", "error"), (4, "Handle", "error"), (5, "Handle", "error")]


def test_empty_rows_are_nothing():
    content = table(pot("a")) + b"\n,,,\n  ,\n" + table(pot("b")).split(b"\n", 1)[1]
    assert [one.handle for one in read_product_file(content).products] == ["a", "b"]


def test_row_with_too_many_cells_makes_its_product_bad():
    content = b"Handle,Title,Variant Price\na,A,1\nb,B,1,surplus\nc,C,1,,\n"
    file = read_product_file(content)
    assert [said(one.problems) for one in file.products] == [[], [(3, "", "error")], []]


def test_cells_that_are_too_long_or_hold_nul_are_named_by_line_and_column():
    content = table(pot("a", body="x" * 1_000_000), pot("b", title="B\x00"), pot("c", vendor="v" * 1_000_000))
    file = read_product_file(content)
    assert [said(one.problems) for one in file.products] == [
        [(2, "Body (HTML)", "error")],
        [(3, "Title", "error")],
        [(4, "Vendor", "error")],
    ]


def test_cells_that_look_like_formulas_stay_text():
    cells = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)"]
    file = read_product_file(table(*(pot(f"p{index}", title=cell) for index, cell in enumerate(cells))))
    assert [one.rows[0]["title"] for one in file.products] == cells


GOOD = table(pot())
REFUSED = [
    ("empty", b"", NoProducts),
    ("blank", b"\xef\xbb\xbf  \n\n", NoProducts),
    ("header only", table(), NoProducts),
    ("excel", b"PK\x03\x04" + b"\0" * 100, NotCsv),
    ("old excel", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", NotCsv),
    ("pdf", b"%PDF-1.7", NotCsv),
    ("zeros", b"\0" * 1000, NotCsv),
    ("utf-16", GOOD.decode().encode("utf-16"), NotUtf8),
    ("gbk", table(pot(title="茶")).decode().encode("gbk"), NotUtf8),
    ("latin-1", table(pot(title="Café")).decode().encode("latin-1"), NotUtf8),
    ("half a character", table(pot(title="\ud800"), encoding="utf-8"), NotUtf8),
    ("html", b"<!doctype html><html><body>Handle</body></html>", ColumnsMissing),
    ("json", b'{"products": [{"Handle": "pot"}]}', ColumnsMissing),
    ("other table", b"Name,Phone\nA,1\n", ColumnsMissing),
    ("no price column", b"Handle,Title\na,A\n", ColumnsMissing),
    ("quote left open", GOOD + b'pan,"Pan,1\n', QuotesDoNotMatch),
    ("quote inside", GOOD + b'pan,"Pan" deluxe,1\n', QuotesDoNotMatch),
    ("open quote at once", b'"Handle,Title,Variant Price\n', QuotesDoNotMatch),
]


@pytest.mark.parametrize(
    ("content", "error"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_what_is_no_product_file_is_refused_with_a_sentence(content, error):
    with pytest.raises(error) as refused:
        read_product_file(content)
    for language in ("en", "zh-CN"):
        with speaking(language):
            assert refused.value.text


def test_refusals_say_where_and_what():
    with pytest.raises(NotUtf8) as bad:
        read_product_file(b"Handle,Title,Variant Price\na,A,1\nb,\xb2\xe8,1\n")
    assert bad.value.params == {"line": 3}
    with pytest.raises(QuotesDoNotMatch) as unclosed:
        read_product_file(b'Handle,Title,Variant Price\na,A,1\nb,"B,1\nc,C,1\n')
    assert unclosed.value.params == {"line": 3}
    with pytest.raises(ColumnsMissing) as missing:
        read_product_file(b"Handle,Title\na,A\n")
    assert missing.value.params == {"columns": "Variant Price"}


def test_too_many_rows_and_bytes_are_refused(monkeypatch):
    header = b"Handle,Title,Variant Price\n"
    assert len(read_product_file(header + b"a,A,1\n" * MAXIMUM_ROWS).products[0].rows) == MAXIMUM_ROWS
    with pytest.raises(TooManyRows):
        read_product_file(header + b"a,A,1\n" * (MAXIMUM_ROWS + 1))
    monkeypatch.setattr(product_file, "MAXIMUM_BYTES", 100)
    with pytest.raises(FileTooHeavy):
        read_product_file(header + b"a,A,1\n" * 20)


def test_many_columns_and_long_lines_take_no_time():
    began = time.monotonic()
    with pytest.raises(FileRefused):
        read_product_file(b"," * 2_000_000)
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
    try:
        file = read_product_file(target.getvalue().encode("utf-8", "replace"))
    except FileRefused as refused:
        assert refused.text  # noqa: PT017 - any refusal will do, as long as it has words
        return
    plan = plan_import(file, read_products(file, "CNY"), Known())
    last = target.getvalue().count("\n") + target.getvalue().count("\r") + 1
    assert len({one.read.handle for one in plan.products}) == len(plan.products)
    for one in plan.products:
        assert (one.kind == "skip") == any(problem.level == "error" for problem in one.problems)
        assert len(one.read.variants) == len(one.read.stock) == len(one.read.variant_lines) >= 1
    for problem in plan.all_problems:
        assert 0 <= problem.line <= last
        assert problem.text


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
@example(b"Handle,Title,Variant Price\n" + b"\xff" * 10)
@example(b"Handle,Title,Variant Price\n\r\n\x00,\x00,\x00")
def test_any_bytes_are_read_or_refused(content):
    for start in (b"", b"Handle,Title,Variant Price\n"):
        try:
            file = read_product_file(start + content)
        except FileRefused:
            continue
        plan_import(file, read_products(file, "JPY"), Known())
