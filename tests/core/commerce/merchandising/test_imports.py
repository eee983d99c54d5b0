"""Importing product files into a shop: checked, carried out, stopped and gone on with, repeated."""

import io

import obstore
import pytest
from PIL import Image
from sqlalchemy import func, select

import core.commerce.merchandising.import_writing as writing_module
from core.commerce.catalog.actions import save_product
from core.commerce.catalog.models import ImportRun, Product, Variant
from core.commerce.catalog.queries import product_page, stored_product_at
from core.commerce.media.models import Asset
from core.commerce.media.storage import file_content
from core.commerce.merchandising.errors import FileRefused, ImportNotStartable, UnknownImport, UnknownShop
from core.commerce.merchandising.import_plans import BATCH
from core.commerce.merchandising.import_runs import carry_out_import, dry_run_report, import_products_file
from core.commerce.merchandising.import_states import cancel_products_import, start_products_import
from core.commerce.merchandising.import_uploads import check_products_file
from core.commerce.merchandising.picture_import import ImportedPictures
from core.commerce.merchandising.queries import import_runs
from core.commerce.merchandising.row_problems import MOST_KEPT
from core.commerce.reservations.models import Pool
from core.commerce.reservations.stock import stock_of
from core.kernel.db import app_engine, reading
from core.kernel.errors import PermissionRefused
from core.kernel.events import EventRow
from core.kernel.i18n import speaking
from core.kernel.ids import new_id
from core.kernel.sheets import SheetRefused
from core.kernel.tenancy import GUEST, SYSTEM, acting_as, shop_bound
from core.testing.races import overlapping_pairs, race
from tests.core.commerce.catalog.goods import epoch, rows, simple, variant_rows
from tests.core.commerce.merchandising.files import (
    HOME,
    JEWELRY,
    NoNetwork,
    finished,
    import_file,
    pot,
    real_file,
    said,
    table,
)


def everything():
    """What an import may touch, as numbers."""
    with reading() as session:
        return [
            session.scalar(select(func.count()).select_from(one))
            for one in (Product, Variant, Pool, Asset, ImportRun, EventRow)
        ] + [epoch()]


def drawn(colour="red"):
    target = io.BytesIO()
    Image.new("RGB", (20, 10), colour).save(target, "PNG")
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "variants", "pictures", "prices"),
    [(HOME, 21, 21, 234584), (JEWELRY, 23, 41, 98074)],
    ids=["home-and-garden", "jewelry"],
)
def test_real_file_lands_whole_and_again_updates_only(in_shop, files, content, variants, pictures, prices):
    run = import_file(content())
    assert (run.state, run.total, run.done, run.created, run.updated, run.skipped) == (
        "done",
        20,
        20,
        20,
        0,
        0,
    )
    assert (run.percent, run.currency) == (100, "CNY")
    assert sum(one.level == "picture" for one in run.problems) == pictures
    with reading() as session:
        assert session.scalar(select(func.sum(Variant.price_minor))) == prices
        ids = set(session.scalars(select(Variant.id)))
    assert (rows(Product), rows(Variant), len(ids)) == (20, variants, variants)
    again = import_file(content())
    assert (again.created, again.updated, again.skipped) == (0, 20, 0)
    with reading() as session:
        assert set(session.scalars(select(Variant.id).where(~Variant.archived))) == ids
        assert session.scalar(select(func.sum(Variant.price_minor))) == prices


def test_stock_of_the_real_file_is_tracked_where_it_says_so(in_shop, files):
    import_file(HOME())
    with reading() as session:
        levels = stock_of(session.scalars(select(Variant.id)))
        tracked = [one for one, stock in levels.items() if stock.on_hand is not None]
        owner = session.scalar(
            select(Product.handle)
            .join(Variant, Variant.product_id == Product.id)
            .where(Variant.id == tracked[0])
        )
    assert (len(levels), len(tracked), levels[tracked[0]].on_hand, owner) == (
        21,
        1,
        8,
        "biodegradable-cardboard-pots",
    )


def test_body_of_the_real_file_is_cleaned_and_multi_line_cells_are_kept(in_shop, files):
    import_file(JEWELRY())
    with reading():
        body = product_page("choker-with-gold-pendant").body_html
    assert body.count("<li>") == 6
    assert '<li>Length, 12" with 2.5" extender</li>' in body


def test_dry_run_tells_what_would_happen_and_changes_nothing(in_shop, files):
    save_product(draft=simple("Pot", handle="b"))
    before = everything()
    report = dry_run_report(
        file_name="x.csv",
        content=table(pot("a"), pot("b"), pot("c", price="-1"), pot("d", image="https://e.example/1")),
    )
    assert everything() == before
    assert (report.dry_run, report.currency, report.total) == (True, "CNY", 4)
    assert (report.created, report.updated, report.skipped) == (2, 1, 1)
    assert [(one.handle, one.kind, one.pictures) for one in report.entries] == [
        ("a", "create", 0),
        ("b", "update", 0),
        ("c", "skip", 0),
        ("d", "create", 1),
    ]
    assert said(report.problems) == [(4, "Variant Price", "error")]


def test_checked_file_waits_with_its_report_until_it_is_started(in_shop, files, run_jobs):
    run_id = check_products_file(file_name="my products.csv", content=table(pot("a"), pot("b", price="?")))
    run = finished(run_id)
    assert (run.state, run.total, run.created, run.skipped, run.percent) == ("checked", 2, 1, 1, 0)
    assert rows() == 0
    assert {kind: len(first) for kind, first in run.plan["first"].items()} == {
        "create": 1,
        "update": 0,
        "skip": 1,
    }
    start_products_import(run_id=run_id)
    with pytest.raises(ImportNotStartable):
        start_products_import(run_id=run_id)
    assert run_jobs() >= 1
    run = finished(run_id)
    assert (run.state, run.created, run.skipped, rows()) == ("done", 1, 1, 1)
    assert said(run.problems) == [(3, "Variant Price", "error")]
    assert run.finished_at is not None
    assert file_content(f"imports/{in_shop.shop_id}/{run_id}.csv") is None
    with reading():
        assert [one.id for one in import_runs()] == [run_id]


def test_reasons_are_told_in_the_readers_language(in_shop, files):
    run = import_file(table(pot("a", price="-1"), pot("b", image="http://e.example/1")))
    with speaking("zh-CN"):
        assert run.problems[0].text == "金额不能为负数。"
    with speaking("en"):
        assert run.problems[0].text == "An amount cannot be negative."


def test_bad_variant_row_skips_its_product_and_the_others_land(in_shop, files):
    content = table(
        pot("a"), pot("b", name="Size", value="S"), {"handle": "b", "value": "M", "price": "cheap"}, pot("c")
    )
    run = import_file(content)
    assert (run.created, run.skipped) == (2, 1)
    with reading() as session:
        assert set(session.scalars(select(Product.handle))) == {"a", "c"}


def test_file_that_is_refused_leaves_nothing(in_shop, files):
    before = everything()
    for content in (b"", b"PK\x03\x04", b"a,b\n1,2\n", b"Handle,Title,Variant Price\n\xff\xff,a,1\n"):
        with pytest.raises((FileRefused, SheetRefused)):
            check_products_file(file_name="x", content=content)
    assert everything() == before


def test_update_keeps_what_the_file_has_no_column_for(in_shop, files):
    import_file(
        table(
            pot(
                "pot",
                sku="S1",
                grams="500",
                barcode="690",
                tags="a, b",
                name="Size",
                value="S",
                compare_at="20",
                tracker="shopify",
                quantity="4",
            )
        )
    )
    import_file(b"Handle,Title,Variant Price,Option1 Name,Option1 Value\npot,New,5,Size,S\n")
    with reading():
        stored = stored_product_at("pot")
        stock = stock_of([stored.draft.variants[0].id])
    [variant] = stored.draft.variants
    assert (stored.draft.title, variant.price_minor, stored.draft.tags) == ("New", 500, ("a", "b"))
    assert (variant.sku, variant.grams, variant.barcode, variant.compare_at_minor) == ("S1", 500, "690", 2000)
    assert [one.on_hand for one in stock.values()] == [4]
    import_file(table(pot("pot", title="New", name="Size", value="S", quantity="1", tracker="shopify")))
    with reading():
        stored = stored_product_at("pot")
        stock = stock_of([stored.draft.variants[0].id])
    [variant] = stored.draft.variants
    assert (stored.draft.tags, variant.sku, variant.grams, variant.compare_at_minor) == ((), "", 0, None)
    assert [one.on_hand for one in stock.values()] == [1]


def test_variant_that_the_file_no_longer_has_is_put_away(in_shop, files):
    import_file(
        table(pot(name="Size", value="S", sku="1"), {"handle": "pot", "value": "M", "price": "2", "sku": "2"})
    )
    import_file(table(pot(name="Size", value="M", sku="2")))
    with reading():
        product_id = stored_product_at("pot").id
    assert variant_rows(product_id) == [("M", "2", False), ("S", "1", True)]


def test_archived_product_comes_back_when_it_is_published(in_shop, files):
    save_product(draft=simple("Pot", handle="pot", status="archived"))
    run = import_file(table(pot(published="true")))
    with reading():
        assert (run.updated, product_page("pot").status) == (1, "active")


def test_pictures_that_come_are_shown_and_those_that_do_not_are_reported(in_shop, files):
    fetcher = NoNetwork(a=drawn(), b=drawn("blue"), svg=b"<svg xmlns='x'/>")
    address = "https://pictures.example/"
    content = table(
        pot("pot", name="Size", value="S", image=address + "a", alt="A pot", variant_image=address + "b"),
        {"handle": "pot", "image": address + "gone"},
        {"handle": "pot", "image": address + "svg"},
        pot("pan", image=address + "a"),
    )
    run = import_file(content, fetcher)
    assert (run.created, run.skipped) == (2, 0)
    assert said(run.problems) == [(3, "Image Src", "picture"), (4, "Image Src", "picture")]
    with reading():
        page = product_page("pot")
        assert len(product_page("pan").pictures) == 1
    assert ([one.alt for one in page.pictures], page.variants[0].picture_index) == (["A pot", ""], 1)
    assert (rows(Asset), fetcher.asked.count(address + "a")) == (2, 1)


def test_pictures_stay_when_new_ones_cannot_be_fetched(in_shop, files):
    address = "https://pictures.example/"
    import_file(table(pot(image=address + "a", alt="A")), NoNetwork(a=drawn()))
    import_file(table(pot(image=address + "b")), NoNetwork())
    import_file(table(pot()), NoNetwork())
    with reading():
        assert [one.alt for one in product_page("pot").pictures] == ["A"]
    import_file(table(pot(image=address + "b", alt="B")), NoNetwork(b=drawn("blue")))
    with reading():
        assert [one.alt for one in product_page("pot").pictures] == ["B"]


class Killed(BaseException):
    """What a killed worker leaves: nothing is caught, nothing is cleaned up."""


class DiesAfter(NoNetwork):
    """Kills the process when it is asked for its nth picture."""

    def __init__(self, count):
        super().__init__()
        self.left = count

    def fetch(self, url):
        self.left -= 1
        if self.left < 0:
            raise Killed
        return super().fetch(url)


def many(count, **more):
    return table(
        *(
            pot(f"p{number:03}", f"P {number}", image=f"https://e.example/{number}", **more)
            for number in range(count)
        )
    )


def test_killed_worker_is_followed_by_one_that_goes_on_without_doing_anything_twice(in_shop, files, run_jobs):
    count = BATCH * 2 + 5
    run_id = check_products_file(file_name="x.csv", content=many(count) + b"broken,Broken,\n")
    start_products_import(run_id=run_id)
    with pytest.raises(Killed):
        carry_out_import(run_id=run_id, pictures=ImportedPictures(DiesAfter(BATCH + 3)))
    run = finished(run_id)
    assert (run.state, run.done, run.created, rows()) == ("running", BATCH, BATCH, BATCH)
    assert 0 < run.percent < 100
    with reading() as session:
        first = dict(session.execute(select(Product.handle, Product.id)).all())
    carry_out_import(run_id=run_id, pictures=ImportedPictures(NoNetwork()))
    run = finished(run_id)
    assert (run.state, run.done, run.created, run.updated, run.skipped) == ("done", count + 1, count, 0, 1)
    assert len(said(run.problems)) == len(set(said(run.problems))) == count + 1
    with reading() as session:
        handles = session.execute(select(Product.handle, Product.id, Product.version)).all()
    assert len(handles) == count
    assert {version for _, _, version in handles} == {1}
    assert first.items() <= {handle: product_id for handle, product_id, _ in handles}.items()
    run_jobs()
    assert finished(run_id) == run


def test_transaction_that_fails_in_the_middle_of_a_chunk_writes_nothing_of_it(in_shop, files, monkeypatch):
    run_id = check_products_file(file_name="x.csv", content=many(5))
    start_products_import(run_id=run_id)

    def dies(pools):
        assert len(list(pools)) == 5
        raise Killed

    with monkeypatch.context() as patch:
        # The products are written, their stock is not yet.
        patch.setattr(writing_module, "ensure_pools", dies)
        with pytest.raises(Killed):
            carry_out_import(run_id=run_id, pictures=ImportedPictures(NoNetwork()))
    assert (finished(run_id).done, rows(), rows(Pool)) == (0, 0, 0)
    carry_out_import(run_id=run_id, pictures=ImportedPictures(NoNetwork()))
    assert (finished(run_id).state, rows()) == ("done", 5)


@pytest.mark.race
def test_two_workers_at_the_same_import_do_nothing_twice(in_shop, files):
    count = BATCH * 3
    run_id = check_products_file(file_name="x.csv", content=many(count))
    start_products_import(run_id=run_id)
    attempts = race([lambda: carry_out_import(run_id=run_id, pictures=ImportedPictures(NoNetwork()))] * 3)
    assert overlapping_pairs(attempts) == 3
    assert [one.error for one in attempts] == [None] * 3
    run = finished(run_id)
    assert (run.state, run.done, run.created, run.updated, rows()) == ("done", count, count, 0, count)


def test_product_refused_only_when_it_is_written_is_skipped_alone(in_shop, files):
    run_id = check_products_file(
        file_name="x.csv", content=table(pot("a", sku="A"), pot("b", sku="B"), pot("c", sku="C"))
    )
    start_products_import(run_id=run_id)

    class Meanwhile(ImportedPictures):
        """Somebody takes a SKU after the check and before the writing of its chunk."""

        def load(self, wishes):
            save_product(draft=simple("Other", variant={"sku": "B"}))

    carry_out_import(run_id=run_id, pictures=Meanwhile(NoNetwork()))
    run = finished(run_id)
    assert (run.created, run.skipped) == (2, 1)
    assert [(one.line, one.level) for one in run.problems] == [(3, "error")]
    assert "Other" in run.problems[0].text


def test_missing_file_fails_the_import_with_a_sentence(in_shop, files):
    run_id = check_products_file(file_name="x.csv", content=table(pot()))
    start_products_import(run_id=run_id)
    obstore.delete(files, f"imports/{in_shop.shop_id}/{run_id}.csv")
    carry_out_import(run_id=run_id)
    run = finished(run_id)
    assert (run.state, rows()) == ("failed", 0)
    assert run.problems[0].text


def test_file_of_broken_rows_only_is_done_with_its_report(in_shop, files):
    run = import_file(table({"title": "no handle", "price": "1"}))
    assert (run.state, run.total, said(run.problems)) == ("done", 0, [(2, "Handle", "error")])


def test_very_many_problems_are_counted_not_listed(in_shop, files):
    run_id = check_products_file(
        file_name="x.csv", content=table(*(pot(f"p{number}", price="?") for number in range(MOST_KEPT + 50)))
    )
    run = finished(run_id)
    assert (run.skipped, len(run.problems)) == (MOST_KEPT + 50, MOST_KEPT + 1)
    assert run.problems[-1].params == {"count": 50}
    start_products_import(run_id=run_id)
    carry_out_import(run_id=run_id)
    assert finished(run_id).problems == run.problems


def test_import_reports_its_products_in_groups(in_shop, files):
    import_file(many(BATCH + 1))
    with reading() as session:
        events = session.scalars(select(EventRow).order_by(EventRow.created_at)).all()
    # Every product of this file has a picture to fetch: a batch ends early.
    assert [len(event.body["product_ids"]) for event in events] == [40, 40, 20, 1]


def test_same_file_in_two_shops_does_not_touch_the_other(shop, other_shop, files):
    content = table(pot("pot", price="10", sku="S1", tracker="shopify", quantity="3"))
    for scope in (shop, other_shop):
        with shop_bound(scope, SYSTEM):
            run = import_file(content)
            assert (run.created, run.currency) == (1, scope.currency)
    with shop_bound(shop, SYSTEM):
        changed = table(pot("pot", title="Changed", price="99", sku="S1", tracker="shopify", quantity="0"))
        run_id = check_products_file(file_name="x", content=changed)
    with shop_bound(other_shop, SYSTEM):
        assert finished(run_id) is None
        with pytest.raises(UnknownImport):
            start_products_import(run_id=run_id)
        with pytest.raises(UnknownImport):
            cancel_products_import(run_id=run_id)
        carry_out_import(run_id=run_id)
    with shop_bound(shop, SYSTEM):
        start_products_import(run_id=run_id)
        carry_out_import(run_id=run_id)
        with reading():
            assert product_page("pot").title == "Changed"
    with shop_bound(other_shop, SYSTEM), reading():
        page = product_page("pot")
        assert (page.title, page.variants[0].price_minor, page.variants[0].sku) == ("Pot", 1000, "S1")
        assert stock_of([page.variants[0].id])[page.variants[0].id].on_hand == 3


def test_guest_may_not_import(in_shop, files):
    with acting_as(GUEST), pytest.raises(PermissionRefused):
        check_products_file(file_name="x", content=table(pot()))
    with pytest.raises(UnknownImport):
        start_products_import(run_id=new_id())


def test_command_line_imports_by_the_shops_handle(shop, files):
    heard = []
    report = import_products_file(shop.handle, real_file("jewelry"), dry_run=True)
    assert (report.dry_run, report.created, report.currency) == (True, 20, "CNY")
    with shop_bound(shop, SYSTEM):
        assert rows() == 0
    path = real_file("jewelry")
    report = import_products_file(
        shop.handle, path, on_progress=lambda done, total: heard.append((done, total)), fetcher=NoNetwork()
    )
    assert (report.dry_run, report.created, report.updated, report.skipped) == (False, 20, 0, 0)
    assert heard[-1] == (20, 20)
    with pytest.raises(UnknownShop) as unknown:
        import_products_file("nobody", path)
    assert "nobody" in unknown.value.text
    assert app_engine().pool.checkedout() == 0
