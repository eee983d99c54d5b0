"""Imports and bulk runs whose job fails for good say so, and go on where they stopped when somebody tries again."""

import io

import pytest
from sqlalchemy import select

from core.commerce.catalog.models import ImportRun, Product
from core.commerce.customers.models import Customer, CustomerImport
from core.commerce.fulfilment.bulk_runs import begin_bulk_run, start_bulk_run
from core.commerce.fulfilment.models import BulkRun
from core.commerce.fulfilment.selections import Selection
from core.commerce.media.storage import file_content
from core.commerce.orders.tagging import save_tag
from core.commerce.orders.tags import tags_of_orders
from core.jobs import sweeps
from core.kernel.command import command
from core.kernel.db import reading, session
from core.testing.goods import make_product
from core.testing.jobs import run_due_jobs
from tests.core.jobs.test_sweeps import sweep
from tests.core.web.console.orders_at_hand import paid_order

STOPPED = "Something went wrong that nobody expected. Nothing is lost: try again."
PRODUCTS = "Title,Price\n雨前茶,58\n白露茶,66\n".encode()
CUSTOMERS = "姓名,手机\n小雨,13900000011\n".encode()


def upload(browser, path, content):
    answer = browser.post(path, {"file": (io.BytesIO(content), "a.csv")}, content_type="multipart/form-data")
    assert answer.status_code == 303, answer.text
    return answer.location.partition("localhost")[2] or answer.location


@command("system")
def change(model, **values):
    """Change the only row of a table."""
    row = session().scalars(select(model)).one()
    for name, value in values.items():
        setattr(row, name, value)


@pytest.fixture
def fails_for_good(clock):
    def work(error):
        for _ in range(10):
            try:
                run_due_jobs()
            except error:
                return
            clock.advance(minutes=2)
        raise AssertionError("it never failed for good")

    return work


def test_a_product_import_that_failed_is_tried_again(owner, files, in_shop, fails_for_good):
    run = upload(owner, "/products/import/", PRODUCTS)
    with reading():
        sheet = session().scalars(select(ImportRun.sheet)).one()
    owner.post(f"{run}/start")
    change(ImportRun, sheet={})
    fails_for_good(KeyError)
    page = owner.get(run).text
    assert STOPPED in page
    assert f"{run}/again" in page
    change(ImportRun, sheet=sheet)
    assert owner.post(f"{run}/again").status_code == 303
    run_due_jobs()
    assert "The import is finished." in owner.get(run).text
    with reading():
        assert set(session().scalars(select(Product.title))) == {"雨前茶", "白露茶"}
    assert owner.post(f"{run}/again").status_code == 409


def test_a_customers_import_that_failed_is_tried_again(owner, files, in_shop, fails_for_good):
    run = upload(owner, "/customers/import/", CUSTOMERS)
    owner.post(f"{run}/start")
    change(CustomerImport, mapping={"phone": "x"})
    fails_for_good(TypeError)
    page = owner.get(run).text
    assert STOPPED in page
    assert f"{run}/again" in page
    change(CustomerImport, mapping={"name": 0, "phone": 1})
    owner.post(f"{run}/again")
    run_due_jobs()
    assert "All rows are through." in owner.get(run).text
    with reading():
        assert session().scalars(select(Customer.phone)).all() == ["13900000011"]


def test_a_bulk_run_that_failed_is_tried_again(owner, buyer, gateway, in_shop, fails_for_good):
    order_id = paid_order(buyer(), gateway, [(make_product().variant_id, 1)])
    tag = save_tag(name="急件", colour="red")
    run_id = begin_bulk_run(kind="tag", selection=Selection((order_id,)))
    start_bulk_run(run_id=run_id, options={"tag": "no tag"})
    fails_for_good(ValueError)
    page = owner.get(f"/orders/bulk/{run_id}").text
    assert STOPPED in page
    assert f"/orders/bulk/{run_id}/again" in page
    with reading():
        options = session().scalars(select(BulkRun.options)).one()
    change(BulkRun, options={**options, "tag": str(tag)})
    owner.post(f"/orders/bulk/{run_id}/again")
    owner.post(f"/orders/bulk/{run_id}/again")
    run_due_jobs()
    assert STOPPED not in owner.get(f"/orders/bulk/{run_id}").text
    with reading():
        assert [one.name for one in tags_of_orders([order_id])[order_id]] == ["急件"]


def test_drafts_that_nobody_started_are_forgotten(owner, buyer, gateway, files, in_shop, clock):
    order_id = paid_order(buyer(), gateway, [(make_product().variant_id, 1)])
    draft = begin_bulk_run(kind="pick_list", selection=Selection((order_id,)))
    upload(owner, "/customers/import/", CUSTOMERS)
    with reading():
        path = session().scalars(select(CustomerImport.path)).one()
    clock.advance(days=6)
    young = begin_bulk_run(kind="slips", selection=Selection((order_id,)))
    sweep(sweeps.EVERYTHING)
    assert kept() == ({draft, young}, 1)
    clock.advance(days=2)
    sweep(sweeps.EVERYTHING)
    assert kept() == ({young}, 0)
    assert file_content(path) is None
    assert owner.get(f"/orders/bulk/{draft}").status_code == 404


def kept():
    with reading():
        runs = set(session().scalars(select(BulkRun.id)))
        return runs, len(session().scalars(select(CustomerImport.id)).all())
