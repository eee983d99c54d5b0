"""The worker is killed in the middle of an import of 5,000 products, twice; it goes on and does nothing twice."""

import io

import pytest

from core.commerce.merchandising.import_states import start_products_import
from core.commerce.merchandising.import_uploads import (
    carry_out_check,
    check_products_import,
    upload_products_file,
)
from core.kernel.tenancy import SYSTEM, shop_bound
from tests.processes.fates import forget_dead_workers
from tests.processes.installation import wait_until
from tests.processes.people import booted, open_tea_shop, work

pytestmark = pytest.mark.slow
PRODUCTS = 5_000


def file_of_many():
    lines = ["商品名称,规格,价格,库存,货号"]
    for number in range(PRODUCTS):
        lines += [f"茶 {number},小,{number % 90 + 1}.50,7,A{number}", f",大,{number % 90 + 3},,B{number}"]
    return "\n".join(lines).encode("gb18030")


def hand_in(environment, *, scope):
    """Upload and check the file, and have it imported; returns the import's id."""
    booted(environment)
    with shop_bound(scope, SYSTEM):
        run_id = upload_products_file(file_name="many.csv", content=io.BytesIO(file_of_many()))
        check_products_import(run_id=run_id)
        carry_out_check(run_id=run_id)
        start_products_import(run_id=run_id)
    return str(run_id)


def test_worker_killed_in_the_middle_of_an_import_goes_on(installation):
    place = installation.act(open_tea_shop, handle="killed-import", plugins=())
    run_id = installation.act(hand_in, scope=place.scope)

    def state():
        return installation.rows("SELECT state, done FROM catalog_import WHERE id = %s", run_id)[0]

    seen = []
    for enough in (700, 2_500):
        worker = installation.fork(work)
        wait_until(lambda enough=enough: state()[1] >= enough, seconds=180, otherwise=installation.logs)
        worker.kill()
        worker.join()
        seen.append(state())
        forget_dead_workers(installation)
    assert all(name == "running" and done < PRODUCTS for name, done in seen), f"{seen} prove nothing"
    installation.start_worker()
    wait_until(lambda: state()[0] == "done", seconds=180, otherwise=installation.logs)
    counted = installation.rows(
        "SELECT (SELECT count(*) FROM catalog_product WHERE handle LIKE '茶-%%'),"
        " (SELECT count(DISTINCT handle) FROM catalog_product WHERE handle LIKE '茶-%%'),"
        " (SELECT max(version) FROM catalog_product WHERE handle LIKE '茶-%%'),"
        " (SELECT count(*) FROM catalog_variant WHERE sku ~ '^[AB][0-9]+$'),"
        " (SELECT count(*) FROM catalog_import_row WHERE outcome = 'create'),"
        " (SELECT count(*) FROM reservations_pool p JOIN catalog_variant v ON p.subject = v.id::text"
        "   WHERE v.sku ~ '^A' AND p.capacity = 7)"
    )[0]
    assert counted == (PRODUCTS, PRODUCTS, 1, 2 * PRODUCTS, PRODUCTS, PRODUCTS)
    row = installation.rows(
        "SELECT created, updated, skipped, done FROM catalog_import WHERE id = %s", run_id
    )[0]
    assert row == (PRODUCTS, 0, 0, PRODUCTS)
