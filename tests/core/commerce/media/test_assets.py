"""Pictures in a shop's media: kept once, found on the own host only."""

import io

import obstore
import pytest
from PIL import Image
from sqlalchemy import func, select

from core.commerce.media.actions import store_asset
from core.commerce.media.errors import NotAPicture
from core.commerce.media.models import Asset
from core.commerce.media.queries import asset_views, media_file
from core.commerce.media.storage import file_content, open_store, put_file
from core.kernel import tenancy
from core.kernel.db import reading
from core.kernel.errors import PermissionRefused
from core.kernel.ids import new_id
from core.kernel.tenancy import GUEST, SYSTEM, Actor, acting_as, shop_bound
from core.testing.statements import count_statements

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 80 60"/>'


def png(colour="red", size=(900, 600)):
    target = io.BytesIO()
    Image.new("RGB", size, colour).save(target, "PNG")
    return target.getvalue()


def stored_assets():
    with reading() as session:
        return session.scalar(select(func.count()).select_from(Asset))


def place(url):
    return url.removeprefix("/media/")


def test_stored_picture_is_shown_in_its_usual_width_with_others_to_choose(in_shop, files):
    asset = store_asset(content=png(), file_name="C:\\photos\\tea\u202e.png")
    shown = asset.picture
    assert (shown.width, shown.height) == (640, 427)
    assert [part.split(" ")[1] for part in shown.srcset.split(", ")] == ["320w", "640w", "900w"]
    assert asset.file_name == "tea.png"
    file = media_file(place(shown.url))
    assert file.mime == "image/webp"
    assert Image.open(io.BytesIO(file.content)).size == (640, 427)
    assert media_file(place(shown.full_url)).mime == "image/png"


def test_same_bytes_are_kept_once(in_shop, files):
    first = store_asset(content=png(), file_name="a.png")
    again = store_asset(content=png(), file_name="b.png")
    assert again == first
    assert stored_assets() == 1


def test_same_bytes_have_another_address_in_each_shop(shop, other_shop, files):
    with shop_bound(shop, SYSTEM):
        ours = store_asset(content=png()).picture.url
    with shop_bound(other_shop, SYSTEM):
        theirs = store_asset(content=png("blue")).picture.url
        assert media_file(place(ours)) is None
        assert media_file(place(theirs)) is not None
        same = store_asset(content=png()).picture.url
    assert same != ours
    with shop_bound(shop, SYSTEM):
        assert media_file(place(theirs)) is None
        assert asset_views([]) == {}


def test_picture_of_another_shop_has_no_view(shop, other_shop, files):
    with shop_bound(other_shop, SYSTEM):
        theirs = store_asset(content=png())
    with shop_bound(shop, SYSTEM), reading():
        assert asset_views([theirs.id, new_id()]) == {}


@pytest.mark.parametrize(
    "address",
    [
        "",
        "x",
        "../1/secret",
        "0" * 40,
        "0" * 40 + "/full.html",
        "0" * 40 + "/../imports",
        "0" * 40 + "/320.webp/x",
        "\x00",
        "Z" * 40 + "/full.png",
    ],
)
def test_addresses_that_are_none_find_nothing(in_shop, files, address):
    assert media_file(address) is None


def test_only_pictures_below_the_shop_are_served(in_shop, files):
    put_file(f"imports/{in_shop.shop_id}/run.csv", b"secret")
    assert media_file("imports/run.csv") is None
    assert file_content("../etc/passwd") is None


def test_refused_file_leaves_nothing_behind(in_shop, files):
    with pytest.raises(NotAPicture):
        store_asset(content=b"<svg onload=alert(1)>", file_name="a.png")
    assert stored_assets() == 0
    assert not [one for batch in obstore.list(files) for one in batch]


def test_drawing_is_admitted_from_the_system_only(in_shop, files, monkeypatch):
    drawing = store_asset(content=SVG, trusted=True)
    assert media_file(place(drawing.picture.url)).mime == "image/svg+xml"
    monkeypatch.setattr(tenancy, "_gatekeeper", lambda actor, permission, shop_id: True)
    with acting_as(Actor("staff", new_id())):
        assert store_asset(content=png()).mime == "image/png"
        with pytest.raises(PermissionRefused):
            store_asset(content=SVG, trusted=True)


def test_guest_cannot_store(in_shop, files):
    with acting_as(GUEST), pytest.raises(PermissionRefused):
        store_asset(content=png())


@pytest.mark.parametrize("count", [1, 3])
def test_views_need_one_statement(in_shop, files, count):
    ids = [store_asset(content=png(colour)).id for colour in ("red", "green", "blue")[:count]]
    with reading(), count_statements() as sent:
        assert len(asset_views(ids)) == count
    assert len(sent) == 1


def test_store_in_a_folder_keeps_and_reads(tmp_path):
    store = open_store(tmp_path / "new" / "media")
    obstore.put(store, "1/abc/full.png", b"x")
    assert (tmp_path / "new" / "media" / "1" / "abc" / "full.png").read_bytes() == b"x"
