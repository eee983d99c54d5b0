"""Who comes in: log-in, shops, languages, and that nobody learns of shops that are not theirs."""

import re

import pytest

from core.kernel.ids import new_code
from core.rendering.console.visits import LOGIN_PATH, STAFF_COOKIE, own_path
from core.testing.goods import make_product


def words(answer):
    """A page without what differs from request to request: nonces, tokens, instants, its own path."""
    text = re.sub(r'nonce="[^"]*"', "", answer.text)
    text = re.sub(r'(csrf-token|pp-now)" content="[^"]*"', r"\1", text)
    text = re.sub(r'name="csrf_token" value="[^"]*"', "", text)
    return re.sub(r'name="next" value="[^"]*"', "", text)


@pytest.mark.parametrize("path", ["/", "/orders/?view=all", "/products/new", "/settings/"])
def test_page_without_login_leads_to_the_login_and_back(nobody, shop, path):
    address = f"/console/{shop.handle}{path}"
    answer = nobody.get(address, base_url="http://localhost")
    assert answer.status_code == 302
    target, _, query = answer.location.partition("?next=")
    assert target == LOGIN_PATH
    assert own_path(query.replace("%2F", "/").replace("%3F", "?").replace("%3D", "=")) == address


def test_form_without_login_leads_back_to_the_page_it_stood_on(nobody, shop):
    page = f"http://localhost/console/{shop.handle}/orders/"
    answer = nobody.post(
        f"/console/{shop.handle}/settings/",
        data={"name": "x"},
        base_url="http://localhost",
        headers={"Referer": page},
    )
    assert answer.status_code == 302
    assert answer.location.endswith(f"next=%2Fconsole%2F{shop.handle}%2Forders%2F")
    answer = nobody.post(
        f"/console/{shop.handle}/settings/",
        base_url="http://localhost",
        headers={"Referer": "http://evil.example/x"},
    )
    assert answer.location == f"{LOGIN_PATH}?next=%2Fconsole%2F"


def test_htmx_without_login_is_told_where_to_go(nobody, shop):
    page = f"http://localhost/console/{shop.handle}/orders/"
    answer = nobody.get(
        f"/console/{shop.handle}/orders/",
        base_url="http://localhost",
        headers={"HX-Request": "true", "HX-Current-URL": page},
    )
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (
        401,
        f"{LOGIN_PATH}?next=%2Fconsole%2F{shop.handle}%2Forders%2F",
    )


def test_palette_without_login_is_refused_as_json(nobody, shop):
    answer = nobody.get(
        f"/console/{shop.handle}/find/?q=x",
        base_url="http://localhost",
        headers={"Accept": "application/json"},
    )
    assert answer.status_code == 401
    assert answer.json["message"]


@pytest.mark.parametrize("token", ["", "nobody's", "x" * 5000, "tök", "a\x01b"])
def test_cookie_of_nobody_is_no_login(nobody, shop, token):
    header = {"Cookie": f"{STAFF_COOKIE}={token}"}
    answer = nobody.get(f"/console/{shop.handle}/", base_url="http://localhost", headers=header)
    assert answer.status_code == 302


def test_shop_of_others_answers_like_no_shop(hired, shop, other_shop):
    owner = hired(shop)
    theirs = owner.get(f"/console/{other_shop.handle}/orders/")
    missing = owner.get(f"/console/{new_code(9)}/orders/")
    assert theirs.status_code == missing.status_code == 404
    assert words(theirs) == words(missing)
    assert other_shop.handle not in theirs.text
    assert other_shop.name not in theirs.text


def test_every_shop_shows_its_own_goods_only(hired, in_shop, other_shop):
    make_product(title="只在这家店")
    both = hired(in_shop, other_shop)
    assert "只在这家店" in both.get("/products/").text
    assert "只在这家店" not in both.get(f"/console/{other_shop.handle}/products/").text


def test_front_leads_to_the_first_shop_the_login_or_says_that_there_is_none(hired, nobody, shop, other_shop):
    assert hired(other_shop, shop).get("/console/").location == f"/console/{other_shop.handle}/"
    assert nobody.get("/console/", base_url="http://localhost").location == LOGIN_PATH
    assert nobody.get("/", base_url="http://localhost").location == "/console/"
    alone = hired()
    page = alone.get("/console/")
    assert page.status_code == 200
    assert "You do not work in any shop yet" in page.text


@pytest.mark.parametrize(("language", "said"), [("zh-CN", "订单"), ("en", "Orders")])
def test_pages_speak_the_persons_language(hired, shop, language, said):
    page = hired(shop, language=language).get("/orders/")
    assert f'<html lang="{language}"' in page.text
    assert f"<h1>{said}</h1>" in page.text


@pytest.mark.parametrize(
    ("accepts", "cookie", "language"),
    [
        ("zh-Hans-CN,zh;q=0.9", "", "zh-CN"),
        ("de,en;q=0.5", "", "en"),
        ("en", "zh-CN", "zh-CN"),
        ("xx", "yy", "en"),
    ],
)
def test_pages_before_login_speak_what_the_browser_wants(nobody, accepts, cookie, language):
    header = {"Accept-Language": accepts, "Cookie": f"pinpu_language={cookie}"}
    page = nobody.get("/console/nowhere/at/all", base_url="http://localhost", headers=header)
    assert f'<html lang="{language}"' in page.text


@pytest.mark.parametrize(
    "path",
    [None, "", "//evil.example", "/\\evil.example", "https://evil.example/console/", "/console/\r\nX: y", "/orders",
     "/console/a//b", "/console/" + "a" * 3000, "javascript:alert(1)"],
)  # fmt: skip
def test_next_may_only_lead_into_the_console(path):
    assert own_path(path) == "/console/"


def test_shop_switcher_names_both_shops_and_marks_the_present_one(hired, shop, other_shop):
    page = hired(shop, other_shop).get("/orders/").text
    assert f'href="/console/{other_shop.handle}/"' in page
    assert re.search(rf'href="/console/{shop.handle}/" aria-current="true"', page)


def test_pages_are_not_kept_and_carry_the_headers(owner):
    page = owner.get("/orders/")
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self' 'nonce-" in policy
    assert "unsafe" not in policy
    nonce = re.search(r"'nonce-([^']+)'", policy)[1]
    assert set(re.findall(r'<script nonce="([^"]*)"', page.text)) == {nonce}
    assert "<style" not in page.text
    assert " style=" not in page.text


def test_session_cookie_is_out_of_reach_of_scripts(owner):
    cookie = owner.get("/orders/").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie
    owner.client.delete_cookie("pinpu_console", domain="localhost")
    secure = owner.client.get(f"{owner.home}/orders/", base_url="https://localhost").headers["Set-Cookie"]
    assert "Secure" in secure


def test_life_is_told_without_login(nobody):
    assert nobody.get("/livez", base_url="http://localhost").json == {"status": "ok"}


def test_static_files_need_no_login_and_stay_in_caches(nobody):
    answer = nobody.get("/static/console/console.css", base_url="http://localhost")
    assert answer.status_code == 200
    assert "max-age" in answer.headers["Cache-Control"]
    assert nobody.get("/static/console/../render.py", base_url="http://localhost").status_code == 404
