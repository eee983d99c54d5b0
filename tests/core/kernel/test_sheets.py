"""Tables in and out: what people's programs write is read, what is no table is named, nothing that is written can run."""

import contextlib
import datetime as dt
import io
import os
import random
import tracemalloc
import zipfile
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from core.kernel.i18n import speaking
from core.kernel.sheets import Page, SheetLimits, SheetRefused, csv_lines, open_sheet, write_xlsx

TABLE = '名称,价格,备注\r\n青瓷杯,12.50,"大,小"\r\n\r\n竹篮,30,\r\n'
CELLS = (("青瓷杯", "12.50", "大,小"), ("竹篮", "30", ""))


def read(content, **limits):
    with open_sheet(content, limits=SheetLimits(**limits)) as sheet:
        return sheet.header, [(row.number, row.cells) for row in sheet.rows()]


def refused(content, **limits):
    with pytest.raises(SheetRefused) as caught:
        read(content, **limits)
    return caught.value


def workbook(*rows, **more):
    book = Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(row)
    for place, pattern in more.items():
        sheet[place].number_format = pattern
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_is_read_in_every_encoding_of_spreadsheets(encoding):
    header, rows = read(TABLE.encode(encoding))
    assert header == ("名称", "价格", "备注")
    assert rows == [(2, CELLS[0]), (4, CELLS[1])]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_is_read_with_every_delimiter(delimiter):
    # A tab apart, the other delimiters may stand inside a name.
    names = ["Name", "Price, gross" if delimiter == "\t" else "Price", "Note"]
    head, rows = read(f"{delimiter.join(names)}\nTea{delimiter}1{delimiter}x\n".encode())
    assert head == tuple(names)
    assert rows == [(2, ("Tea", "1", "x"))]


def test_csv_with_a_hint_for_excel_is_read_with_that_delimiter():
    assert read(b"sep=;\nA,B;C\n1;2\n") == (("A,B", "C"), [(3, ("1", "2"))])


def test_csv_with_quoted_line_breaks_counts_rows_as_spreadsheets_do():
    assert read(b'A,B\n"1\n1",2\n3,4\n')[1] == [(2, ("1\n1", "2")), (3, ("3", "4"))]


def test_wider_and_narrower_rows_keep_their_cells():
    assert read(b"A,B\n1\n1,2,3\n")[1] == [(2, ("1", "")), (3, ("1", "2", "3"))]


def test_xlsx_numbers_come_as_people_see_them():
    content = workbook(
        ["a", "b", "c", "d", "e", "f", "g", "h", "i"],
        [1.0, 19.9, 6901234567892, 42, 0.15, dt.date(2026, 1, 31), dt.datetime(2026, 1, 31, 13, 5),  # noqa: DTZ001 - as Excel has it
         True, 0.1 + 0.2],
        D2="0000", E2="0%",
    )  # fmt: skip
    expected = (
        "1",
        "19.9",
        "6901234567892",
        "0042",
        "15%",
        "2026-01-31",
        "2026-01-31 13:05:00",
        "TRUE",
        "0.3",
    )
    assert read(content)[1] == [(2, expected)]


def test_xlsx_number_stored_with_an_exponent_has_all_its_digits():
    content = workbook(["barcode"], [6901234567892])
    old, new = io.BytesIO(content), io.BytesIO()
    with zipfile.ZipFile(old) as source, zipfile.ZipFile(new, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            target.writestr(name, data.replace(b"<v>6901234567892</v>", b"<v>6.901234567892E12</v>"))
    assert read(new.getvalue())[1] == [(2, ("6901234567892",))]


def test_xlsx_hidden_sheet_is_passed_over():
    book = Workbook()
    book.active.append(["secret"])
    book.active.sheet_state = "hidden"
    book.create_sheet("Goods").append(["Name"])
    target = io.BytesIO()
    book.save(target)
    with open_sheet(target) as sheet:
        assert (sheet.name, sheet.header, list(sheet.rows())) == ("Goods", ("Name",), [])


def test_half_a_workbook_is_called_incomplete():
    content = workbook(["a"], *([random.Random(7).random()] for _ in range(500)))
    assert refused(content[: len(content) // 2]).code == "kernel.sheet_incomplete"
    middle = bytearray(content)
    middle[len(content) // 3 : len(content) // 3 + 200] = os.urandom(200)
    assert refused(bytes(middle)).code in ("kernel.sheet_incomplete", "kernel.not_a_sheet")


@given(st.binary(min_size=1, max_size=300), st.integers(0, 2**31))
@settings(max_examples=60, deadline=None)
def test_damaged_workbook_is_read_or_refused_and_never_anything_else(noise, place):
    content = bytearray(DAMAGED)
    start = place % len(content)
    content[start : start + len(noise)] = noise
    with contextlib.suppress(SheetRefused):
        read(bytes(content))


DAMAGED = workbook(["a", "b"], *([f"text {n}", n / 7] for n in range(40)))


@given(st.binary(max_size=400))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_a_table_or_a_refusal(content):
    with contextlib.suppress(SheetRefused):
        header, rows = read(content)
        assert all(len(cells) >= len(header) for _, cells in rows)


def archive(files):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in files.items():
            packed.writestr(name, data)
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"%PDF-1.7 ...", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"<!DOCTYPE html><html>", "HTML"),
        (archive({"xl/workbook.bin": b""}), "XLSB"),
        (archive({"mimetype": b"", "content.xml": b""}), "OpenDocument"),
        (archive({"word/document.xml": b""}), "Word"),
        (archive({"a.jpg": b""}), "ZIP"),
    ],
)  # fmt: skip
def test_other_formats_are_named(content, name):
    error = refused(content)
    assert (error.code, error.params["format"]) == ("kernel.not_a_sheet", name)
    assert name in error.text
    assert error.fix_text


def test_old_excel_is_named_with_the_way_out():
    error = refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512))
    with speaking("zh-CN"):
        assert ".xls" in error.text
        assert ".xlsx" in error.fix_text


def test_zip_bomb_is_refused_before_it_is_unpacked():
    sheets = {"[Content_Types].xml": b"<Types/>", "xl/worksheets/sheet1.xml": bytes(60 * 1024 * 1024)}
    bomb = archive(sheets)
    assert len(bomb) < 100_000
    tracemalloc.start()
    assert refused(bomb).code == "kernel.sheet_bomb"
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()
    many = archive({"[Content_Types].xml": b"", **{f"x{n}": b"" for n in range(2100)}})
    assert refused(many).code == "kernel.sheet_bomb"


def test_entities_of_a_workbook_are_not_expanded():
    content = workbook(["a"], ["b"])
    evil = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]><x>&a;</x>'
    old, new = io.BytesIO(content), io.BytesIO()
    with zipfile.ZipFile(old) as source, zipfile.ZipFile(new, "w") as target:
        for name in source.namelist():
            target.writestr(name, evil if "sheet1" in name else source.read(name))
    assert refused(new.getvalue()).code in ("kernel.sheet_incomplete", "kernel.sheet_empty")


@pytest.mark.parametrize(
    ("content", "limits", "code", "place"),
    [
        (b"", {}, "kernel.sheet_empty", ""),
        (b" \r\n ;;\n", {}, "kernel.sheet_empty", ""),
        (b"A\n" + b"1\n" * 11, {"rows": 10}, "kernel.too_many_rows", "row 12"),
        (workbook(["A"], *([1] for _ in range(11))), {"rows": 10}, "kernel.too_many_rows", "Sheet, row 12"),
        (b"A,B,C\n", {"columns": 2}, "kernel.too_many_columns", "row 1"),
        (workbook(["A"], [1, 2, 3]), {"columns": 2}, "kernel.too_many_columns", "Sheet, row 2"),
        (b"A\n" + b"x" * 200, {"cell": 100}, "kernel.cell_never_ends", "row 2"),
        (workbook(["A"], ["", "x" * 200]), {"cell": 100}, "kernel.cell_too_long", "Sheet, row 2, column B"),
        (b'A,B\n1,2\n"3,4\n5,6\n', {}, "kernel.quotes_do_not_match", "row 3"),
        (b"A\n1\n\xff\xff\xff\n", {}, "kernel.encoding_unknown", "row 3"),
        (bytes(2 * 1024 * 1024), {"megabytes": 1}, "kernel.sheet_too_heavy", ""),
    ],
)  # fmt: skip
def test_refusals_say_where(content, limits, code, place):
    error = refused(content, **limits)
    assert (error.code, error.place) == (code, place)
    with speaking("zh-CN"):
        assert error.text != error.message
        assert error.fix_text != error.fix


def test_memory_does_not_grow_with_a_csv_file():
    def peak(rows):
        content = io.BytesIO(b"A,B,C\n" + b"some text,12.50,more text\n" * rows)
        tracemalloc.start()
        with open_sheet(content) as sheet:
            count = sum(1 for _ in sheet.rows())
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert count == rows
        return used

    assert peak(60_000) < peak(20_000) + 100_000


def written(rows):
    return b"".join(csv_lines(["text", "number"], rows))


def written_xlsx(rows):
    target = io.BytesIO()
    write_xlsx(target, Page("Goods", ["text", "number"], rows))
    return target.getvalue()


def test_csv_cells_that_could_run_are_guarded_and_numbers_stay_numbers():
    rows = [["=1+1", -5], ["+8613800138000", Decimal("-12.50")], ["@SUM(A1)", 1.5], ["-1+cmd|'/c calc'!A0", "-3"],
            ["\t=1", None], ["=1", True], ["plain", dt.date(2026, 1, 31)]]  # fmt: skip
    lines = written(rows).decode("utf-8-sig").splitlines()[1:]
    assert lines == ["'=1+1,-5", "'+8613800138000,-12.50", "'@SUM(A1),1.5", "'-1+cmd|'/c calc'!A0,-3", "'\t=1,",
                     "'=1,TRUE", "plain,2026-01-31"]  # fmt: skip


def test_xlsx_cells_that_could_run_are_text():
    content = written_xlsx([["=1+1", 5], ["#N/A", 123456789012345678], ["\x01=x", Decimal("2.50")]])
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        xml = packed.read("xl/worksheets/sheet1.xml")
        assert b"<f>" not in xml
        assert b"<v>5</v>" in xml
        assert b'quotePrefix="1"' in packed.read("xl/styles.xml")
    assert [cells for _, cells in read(content)[1]] == [
        ("=1+1", "5"), ("#N/A", "123456789012345678"), ("=x", "2.5")
    ]  # fmt: skip


words = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("=+-@'\"\n,;"), max_size=20)


@given(st.lists(words.map(str.strip).filter(bool), min_size=1, max_size=6))
@settings(max_examples=80, deadline=None)
def test_what_is_written_as_csv_is_read_again(texts):
    assert [cells[0] for _, cells in read(written([[text, 1] for text in texts]))[1]] == texts
    for line in written([[text, 1] for text in texts]).decode("utf-8-sig").split("\r\n")[1:]:
        assert not line.startswith(("=", "@", "+", "\t"))


@given(st.lists(words.map(str.strip).filter(lambda text: text and text[0] != "'"), min_size=1, max_size=6))
@settings(max_examples=25, deadline=None)
def test_what_is_written_as_xlsx_is_read_again(texts):
    assert [cells[0] for _, cells in read(written_xlsx([[text, 1] for text in texts]))[1]] == texts
