"""Importing products: rows per second and peak memory, beside the same rows written by COPY and by INSERT."""

import csv
import itertools
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
from openpyxl import Workbook
from sqlalchemy.engine import make_url

from bench.stage import Stage, platform_of, stage, table
from core.commerce.media.storage import install_store, open_store
from core.kernel.clock import now
from core.kernel.ids import new_id
from core.kernel.tenancy import SYSTEM, shop_bound
from core.testing import shops

SIZES = (1_000, 5_000, 20_000)
# Each product has two rows: two variants.
VARIANTS = 2
HEADER = ("Product name", "Size", "Price", "Stock", "SKU", "Description", "Category", "Tags")
BODY = "<p>Picked before the rains, roasted over charcoal, packed on the same day.</p>" * 3


def rows(count: int, mark: str) -> Iterator[tuple[str, ...]]:
    """A file's rows below the header."""
    for number in range(count):
        product, variant = divmod(number, VARIANTS)
        name = f"高山茶 Mountain tea {mark} {product}" if variant == 0 else ""
        size = ("50 g", "250 g")[variant]
        words = (BODY, "Tea", "tea, spring") if variant == 0 else ("", "", "")
        yield (name, size, f"{product % 90 + 1}.50", "12", f"{mark}-{number}", *words)


def csv_file(path: Path, count: int, mark: str) -> None:
    """Write a CSV file of so many rows."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(rows(count, mark))


def xlsx_file(path: Path, count: int, mark: str) -> None:
    """Write an XLSX file of so many rows."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Products")
    sheet.append(HEADER)
    for row in rows(count, mark):
        sheet.append(row)
    book.save(path)


def _imported(place: Stage, path: Path, home: Path, answers: Any) -> None:
    """In a process of its own: the file is uploaded, checked, carried out; tells seconds of each and peak memory."""
    platform_of(place.database)
    shops.remember(place.shop)
    install_store(open_store(home / "files"))
    from core.commerce.merchandising.import_runs import carry_out_import  # noqa: PLC0415 - after boot
    from core.commerce.merchandising.import_states import start_products_import  # noqa: PLC0415 - after boot
    from core.commerce.merchandising.import_uploads import (  # noqa: PLC0415 - after boot
        carry_out_check,
        check_products_import,
        upload_products_file,
    )
    from core.commerce.merchandising.product_columns import detected_mapping  # noqa: PLC0415 - after boot

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with shop_bound(place.shop, SYSTEM), path.open("rb") as file:
        moments = [time.perf_counter()]
        run_id = upload_products_file(file_name=path.name, content=file)
        moments.append(time.perf_counter())
        mapping = {**detected_mapping(HEADER), "option1_value": HEADER.index("Size")}
        check_products_import(run_id=run_id, mapping=mapping)
        carry_out_check(run_id=run_id)
        moments.append(time.perf_counter())
        start_products_import(run_id=run_id)
        carry_out_import(run_id=run_id)
        moments.append(time.perf_counter())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answers.put(([late - early for early, late in itertools.pairwise(moments)], before, peak))


def imported(place: Stage, path: Path, home: Path) -> tuple[list[float], int, int]:
    """(seconds of upload, check and import, memory before and at the peak in KB)."""
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    process = context.Process(target=_imported, args=(place, path, home, answers))
    process.start()
    found: tuple[list[float], int, int] = answers.get(timeout=300)
    process.join()
    return found


# XLSX is written and read for the largest size only: its reading is what differs.
WRITERS = (("csv", csv_file), ("xlsx", xlsx_file))
COLUMNS = {
    "catalog_product": "shop_id, id, handle, title, subtitle, body_html, vendor, kind, tags, facts, options, status,"
    " position, version, updated_at, created_at",
    "catalog_variant": "shop_id, id, product_id, position, title, option_values, sku, barcode, price_minor, grams, archived",
    "reservations_pool": "shop_id, id, owner, kind, subject, capacity, reserved, confirmed, created_at",
}


def raw_rows(shop: int, count: int, mark: str) -> dict[str, list[tuple[Any, ...]]]:
    """What lies in the tables after such an import."""
    made: dict[str, list[tuple[Any, ...]]] = {name: [] for name in COLUMNS}
    product = new_id()
    for number, (name, size, _, stock, sku, body, *_) in enumerate(rows(count, mark)):
        moment = now()
        if name:
            product = new_id()
            option = '[{"name": "Size", "values": ["50 g", "250 g"]}]'
            made["catalog_product"].append(
                (shop, product, f"{mark}-{number}", name, "", body, "", "Tea", '["tea"]', "[]", option, "active",
                 number, 1, moment, moment)
            )  # fmt: skip
        variant = new_id()
        made["catalog_variant"].append(
            (shop, variant, product, number % 2, size, f'["{size}"]', sku, "", 1250, 0, False)
        )
        made["reservations_pool"].append(
            (shop, new_id(), "catalog", "stock", str(variant), int(stock), 0, 0, moment)
        )
    return made


def by_copy(cursor: psycopg.Cursor[Any], name: str, made: list[tuple[Any, ...]]) -> None:
    """One COPY for a table."""
    with cursor.copy(f"COPY {name} ({COLUMNS[name]}) FROM STDIN") as copy:
        for row in made:
            copy.write_row(row)


def by_insert(cursor: psycopg.Cursor[Any], name: str, made: list[tuple[Any, ...]]) -> None:
    """One INSERT for each row, in batches as the import sends them."""
    places = ", ".join(["%s"] * len(made[0]))
    for start in range(0, len(made), 200):
        cursor.executemany(
            f"INSERT INTO {name} ({COLUMNS[name]}) VALUES ({places})", made[start : start + 200]
        )


def raw(place: Stage, count: int, mark: str, write: Callable[..., None]) -> float:
    """Rows of the file per second when only the tables are written."""
    # COPY does not go through row-level security: the owner of the tables writes here, for both ways.
    url = make_url(place.database.database_owner_url).set(drivername="postgresql")
    made = raw_rows(place.shop.shop_id, count, mark)
    with psycopg.connect(url.render_as_string(hide_password=False)) as connection:
        begun = time.perf_counter()
        connection.execute(f"SET LOCAL app.shop_id = '{place.shop.shop_id}'")
        with connection.cursor() as cursor:
            for name, lines in made.items():
                write(cursor, name, lines)
        connection.commit()
    return count / (time.perf_counter() - begun)


def run() -> str:
    """Rows per second by size and kind of file, peak memory, and the limits."""
    lines = []
    with stage(products=1) as place, tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        for count in SIZES:
            for kind, write in WRITERS[: 1 if count < SIZES[-1] else 2]:
                mark = f"{kind}{count}"
                path = home / f"{mark}.{kind}"
                write(path, count, mark)
                (upload, check, carry), before, peak = imported(place, path, home)
                lines.append(
                    (
                        f"{kind}, {count:,} rows, {path.stat().st_size / 1e6:.1f} MB",
                        f"{count / upload:,.0f}",
                        f"{count / check:,.0f}",
                        f"{count / carry:,.0f}",
                        f"{count / (upload + check + carry):,.0f}",
                        f"{before / 1024:.0f} → {peak / 1024:.0f}",
                    )
                )
            # The limit: the same rows and nothing else. One size tells it.
            for label, way in (("COPY", by_copy), ("INSERT", by_insert)) if count == SIZES[1] else ():
                rate = raw(place, count, f"{label}{count}", way)
                lines.append((f"{label} of the same rows, {count:,}", "", "", f"{rate:,.0f}", "", ""))
    head = ("rows/s", "upload", "check", "import", "all", "memory MB before → peak")
    return table(head, lines)
