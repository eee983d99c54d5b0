"""Console: everything to share a page, which ways work, and the settings of sharing."""

from core.commerce.sharing.queries import sharing_settings
from core.kernel.db import reading
from core.kernel.fonts import PACKAGE
from core.kernel.tenancy import SYSTEM, shop_bound
from core.testing.goods import make_product
from core.web.console import sharing


def shared(browser, path, **more):
    return browser.post("/share/", {"path": path, **more}, follow_redirects=True)


def test_merchant_shares_a_product_and_sees_what_works(owner, shop):
    with shop_bound(shop, SYSTEM):
        tea = make_product()
    page = shared(owner, f"/products/{tea.handle}")
    assert "明前龙井" in page.text
    for words in ("Words for a chat", "Link card", "Needs your WeChat account", "Save the poster"):
        assert words in page.text
    code = page.request.path.rpartition("/")[2]
    assert owner.get(f"/share/{code}/poster.png").mimetype == "image/png"
    # The same page is shared by the same link, a chat group's by another.
    assert shared(owner, f"/products/{tea.handle}").request.path == page.request.path
    group = shared(owner, f"/products/{tea.handle}", place="茶友群")
    assert group.request.path != page.request.path
    assert "茶友群" in group.text


def test_without_a_font_the_way_out_is_said(owner, shop, monkeypatch):
    def none():
        raise sharing.NoChineseFont

    monkeypatch.setattr(sharing, "cjk_font", none)
    page = shared(owner, "/")
    assert PACKAGE in page.text
    assert "Save the poster" not in page.text


def test_links_of_another_shop_are_not_there(owner, hired, other_shop):
    page = shared(owner, "/")
    code = page.request.path.rpartition("/")[2]
    stranger = hired(other_shop)
    assert stranger.get(f"/share/{code}").status_code == 404
    assert stranger.get(f"/share/{code}/poster.png").status_code == 404


def test_account_without_its_secret_is_refused_and_a_good_one_is_kept(owner, shop):
    form = {"prompts_per_week": "3", "prompts_per_day": "", "wechat_app_id": "wx123", "wechat_secret": ""}
    wrong = owner.post("/settings/sharing", form)
    assert wrong.status_code == 422
    assert "An AppID is wx" in wrong.text
    lacking = owner.post("/settings/sharing", {**form, "wechat_app_id": "wx0123456789abcdef"})
    assert "Fill in the AppSecret" in lacking.text
    good = {**form, "wechat_app_id": "wx0123456789abcdef", "wechat_secret": "hush-hush"}
    saved = owner.post("/settings/sharing", good, follow_redirects=True)
    assert saved.status_code == 200
    assert "hush-hush" not in saved.text
    with shop_bound(shop, SYSTEM), reading():
        assert sharing_settings().prompts_per_week == 3
        assert sharing_settings().has_secret
