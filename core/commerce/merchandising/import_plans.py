"""What importing a kept table would do, batch by batch: products are read, looked up in the shop and decided upon."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import BinaryIO

from core.commerce.merchandising.kept_tables import kept_rows
from core.commerce.merchandising.picture_archive import PictureArchive
from core.commerce.merchandising.planner import PlannedProduct, Planner
from core.commerce.merchandising.product_columns import FileColumns
from core.commerce.merchandising.product_file import ProductReader, ProductRows
from core.commerce.merchandising.queries import known_goods
from core.commerce.merchandising.row_problems import RowProblem
from core.kernel.db import reading
from core.kernel.tenancy import current_scope

BATCH = 100
# Pictures cost seconds where rows cost milliseconds: a batch ends when it has so many of them.
MOST_PICTURES = 40


class ImportPlan:
    """The plan of one table, made while it is read; memory does not grow with the table.

    Prices are taken in the bound shop's currency. `archive` are the pictures that came with it.
    """

    def __init__(
        self,
        table: BinaryIO,
        columns: FileColumns,
        *,
        split: Mapping[str, int] | None = None,
        archive: PictureArchive | None = None,
    ) -> None:
        self._table = table
        self._reader = ProductReader(columns)
        self._planner = Planner(columns, current_scope().currency)
        self._archive = archive
        self.split = (
            dict(split) if split is not None else ProductReader(columns).split_handles(kept_rows(table))
        )

    def count(self) -> int:
        """How many products there are."""
        return sum(
            1 for _ in ProductReader(self._reader.columns).products(kept_rows(self._table), self.split)
        )

    def batches(self, start: int = 0) -> Iterator[list[PlannedProduct]]:
        """Products from the `start`th on, planned, in batches; each batch looks at the shop anew."""
        products = self._reader.products(kept_rows(self._table), self.split)
        for _ in islice(products, start):
            pass
        while True:
            rows = list(islice(products, BATCH))
            if not rows:
                return
            yield from self._planned(rows)

    def _planned(self, rows: Sequence[ProductRows]) -> Iterator[list[PlannedProduct]]:
        reads = self._planner.read(rows)
        if self._archive is not None:
            reads = [self._archive.with_pictures(read) for read in reads]
        handles = [read.handle for read in reads]
        skus = [variant.sku for read in reads for variant in read.variants if variant.sku]
        with reading():
            known = known_goods(handles, skus)
        batch: list[PlannedProduct] = []
        pictures = 0
        for planned in self._planner.plan(reads, known):
            batch.append(planned)
            pictures += len(planned.read.pictures) if planned.kind != "skip" else 0
            if pictures >= MOST_PICTURES:
                yield batch
                batch, pictures = [], 0
        if batch:
            yield batch

    def problems(self) -> list[RowProblem]:
        """What concerns no product, as far as the table was read: lost rows, columns that are not kept."""
        return [*self._reader.problems, *self._planner.notes(self._reader.used)]
