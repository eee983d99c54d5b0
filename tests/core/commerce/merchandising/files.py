"""Product files for tests, and a fetcher for a network that is not there."""

import csv
import io
from pathlib import Path

import pytest

from core.commerce.merchandising.import_runs import carry_out_import
from core.commerce.merchandising.import_states import start_products_import
from core.commerce.merchandising.import_uploads import check_products_file
from core.commerce.merchandising.kept_tables import copy_table, kept_rows
from core.commerce.merchandising.picture_fetch import FetchRefused
from core.commerce.merchandising.picture_import import ImportedPictures
from core.commerce.merchandising.planner import Known, Planner
from core.commerce.merchandising.product_columns import detected_mapping, file_columns
from core.commerce.merchandising.product_file import ProductReader
from core.commerce.merchandising.queries import import_run
from core.kernel.db import reading

# Real files of another platform lie beside the project, not in it; a clone alone tests with files of our own making.
SHARED = Path(__file__).resolve().parents[5] / "shared" / "data"


def real_file(name):
    """The path of a real product file; the test is skipped where the files are not at hand."""
    path = SHARED / f"shopify-{name}.csv"
    if not path.exists():
        pytest.skip(f"no real product files beside the project ({path.name})")
    return path


def HOME():  # noqa: N802 - the name of a file
    return real_file("home-and-garden").read_bytes()


def JEWELRY():  # noqa: N802 - the name of a file
    return real_file("jewelry").read_bytes()


HEADER = (
    "Handle", "Title", "Body (HTML)", "Vendor", "Type", "Tags", "Published", "Option1 Name", "Option1 Value",
    "Option2 Name", "Option2 Value", "Variant SKU", "Variant Grams", "Variant Inventory Tracker",
    "Variant Inventory Qty", "Variant Inventory Policy", "Variant Price", "Variant Compare At Price", "Variant Barcode",
    "Image Src", "Image Position", "Image Alt Text", "Variant Image", "Gift Card",
)  # fmt: skip
SHORT = {
    "handle": "Handle", "title": "Title", "body": "Body (HTML)", "tags": "Tags", "published": "Published",
    "name": "Option1 Name", "value": "Option1 Value", "name2": "Option2 Name", "value2": "Option2 Value",
    "sku": "Variant SKU", "grams": "Variant Grams", "tracker": "Variant Inventory Tracker",
    "quantity": "Variant Inventory Qty", "policy": "Variant Inventory Policy", "price": "Variant Price",
    "compare_at": "Variant Compare At Price", "image": "Image Src", "position": "Image Position",
    "alt": "Image Alt Text", "variant_image": "Variant Image", "gift": "Gift Card", "vendor": "Vendor", "kind": "Type",
    "barcode": "Variant Barcode",
}  # fmt: skip


def table(*rows, header=HEADER, encoding="utf-8"):
    """A product file: one dict per row, by the short names above."""
    target = io.StringIO()
    writer = csv.DictWriter(target, header, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    for row in rows:
        writer.writerow({SHORT[name]: value for name, value in row.items()})
    return target.getvalue().encode(encoding, "surrogatepass")


def pot(handle="pot", title="Pot", price="9.99", **more):
    return {"handle": handle, "title": title, "price": price, **more}


class ReadFile:
    """A file that was read as a whole: its products, problems of rows that belong to none, and its columns."""

    def __init__(self, content):
        table = io.BytesIO()
        kept = copy_table(content, table)
        self.columns = file_columns(kept.header, detected_mapping(kept.header))
        self.headers = self.columns.headers
        reader = ProductReader(self.columns)
        split = reader.split_handles(kept_rows(table))
        self.products = list(reader.products(kept_rows(table), split))
        self.problems = reader.problems
        self.ignored = tuple(self.columns.others[place] for place in sorted(reader.used))
        self.used = reader.used


class Planned:
    """What importing a whole file would do, into a shop that has `known` goods."""

    def __init__(self, content, currency="CNY", known=None):
        file = ReadFile(content)
        planner = Planner(file.columns, currency)
        self.products = planner.plan(planner.read(file.products), known or Known())
        self.problems = [*file.problems, *planner.notes(file.used)]
        found = [*self.problems, *(problem for one in self.products for problem in one.problems)]
        self.all_problems = sorted(found, key=lambda problem: problem.line)

    def count(self, kind):
        return sum(one.kind == kind for one in self.products)


class NoNetwork:
    """A fetcher that knows some addresses and reaches nothing else; it counts what it was asked for."""

    def __init__(self, **pictures):
        self.pictures = {f"https://pictures.example/{name}": content for name, content in pictures.items()}
        self.asked = []

    def fetch(self, url):
        self.asked.append(url)
        if url in self.pictures:
            return self.pictures[url]
        raise FetchRefused("The host is not known or cannot be reached.", host="pictures.example")


def import_file(content, fetcher=None):
    """Check, start and carry out; returns the finished run."""
    run_id = check_products_file(file_name="products.csv", content=content)
    start_products_import(run_id=run_id)
    carry_out_import(run_id=run_id, pictures=ImportedPictures(fetcher or NoNetwork()))
    return finished(run_id)


def finished(run_id):
    with reading():
        return import_run(run_id)


def said(problems):
    """(line, column, level) of each problem."""
    return [(one.line, one.column, one.level) for one in problems]
