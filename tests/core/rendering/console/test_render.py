"""Rendered pages: escaped, fit for a strict content policy, strict about names, in the reader's language."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import UndefinedError
from werkzeug.datastructures import MultiDict

from core.kernel import clock
from core.kernel.i18n import speaking
from core.kernel.tenancy import shop_bound
from core.rendering.console import assets
from core.rendering.console.forms import Form
from core.rendering.console.icons import ICONS, sprite
from core.rendering.console.parts import Action, Badge, Source, Toast
from core.rendering.console.render import (
    add_templates,
    console_environment,
    icon,
    render_console,
    toast_headers,
)
from core.rendering.console.tables import IndexPage, IndexState
from tests.core.rendering.console import gallery_data as data

HERE = Path(__file__).resolve().parent
KIT = assets.CONSOLE_STATIC.parent / "templates" / "console"
EVIL = "\"><script>alert(1)</script><img src=x onerror=alert(2)>'{{ 7*7 }}"


@pytest.fixture(autouse=True)
def _here():
    add_templates("gallery", HERE / "gallery")
    clock.install(lambda: data.NOW)
    with shop_bound(data.SCOPE):
        yield
    clock.install_system_clock()


def rendered(name, language="zh-CN", **context):
    with speaking(language):
        return render_console(
            f"gallery/{name}.html", shell=context.pop("shell", data.shell()), data=data, Action=Action, Badge=Badge,
            report=data.impact_report(), **context,
        )  # fmt: skip


def index(query=(), rows=data.ORDERS, **options):
    state = IndexState.from_args(MultiDict(query), data.ORDERS_SPEC)
    return IndexPage(data.ORDERS_SPEC, state, rows=rows, total=214, counts=data.COUNTS, **options)


def pages():
    form = Form(data.SettingsSchema(), values={"title": "x"}, previews={"picture": "/pic/0.svg"})
    form.submit(MultiDict({"title": "", "kind": "tiered", "tiers-0-size": "x"}))
    yield rendered("index", page=index())
    yield rendered("index", page=index([("q", "茶"), ("channel", "live")], rows=[]))
    yield rendered("index", page=index(rows=[]))
    yield rendered("index", page=index(rows=[], busy=True))
    yield rendered("settings", form=form)
    for name in ("order", "impact", "parts", "wizard", "login"):
        yield rendered(name, shell=data.shell(toasts=(data.TOAST,)))


class Elements(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.found = []
        self.texts = []
        self.feed(html)

    def handle_data(self, data):
        self.texts.append(data)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def test_no_page_needs_inline_styles_handlers_or_scripts():
    for html in pages():
        for tag, attributes in Elements(html).found:
            inline = [
                name
                for name in attributes
                if name == "style" or name.startswith(("on", "hx-on", "x-on-", "@"))
            ]
            assert not inline, (tag, attributes)
            assert tag != "style"
            assert tag != "script" or (attributes["nonce"] == "n0nce" and attributes["src"]), attributes
            assert not str(attributes.get("href", "")).startswith("javascript:")


def test_no_template_marks_text_as_safe():
    for path in KIT.rglob("*.html"):
        source = path.read_text(encoding="utf-8")
        assert not re.search(r"\|\s*safe|autoescape|\bstyle=|\son\w+=", source), path


def test_every_posting_form_carries_the_token_and_every_id_is_once():
    for html in pages():
        elements = Elements(html.split("<template")[0]).found
        ids = [attributes["id"] for _, attributes in elements if "id" in attributes]
        assert len(ids) == len(set(ids)), sorted({one for one in ids if ids.count(one) > 1})
        posting = len(re.findall(r'<form[^>]*method="post"', html))
        assert html.count('name="csrf_token" value="token-1"') == posting


def test_every_control_has_a_name_for_people():
    for html in pages():
        labels = {
            attributes["for"]
            for tag, attributes in Elements(html).found
            if tag == "label" and "for" in attributes
        }
        for tag, attributes in Elements(html).found:
            if tag in ("select", "textarea") or (tag == "input" and attributes.get("type", "text") == "text"):
                named = "aria-label" in attributes or attributes.get("id") in labels
                inside = attributes.get("name", "").startswith(("total_", "placed_"))
                assert named or inside, attributes


def test_hostile_text_is_inert_everywhere():
    order = data.Order(EVIL, 1, EVIL, EVIL, 0, EVIL, EVIL, (Badge(EVIL),), Source(EVIL), 1)
    form = Form(data.SettingsSchema(), values={"title": EVIL, "story": EVIL, "tags": [EVIL]})
    for html in (
        rendered("index", page=index([("q", EVIL[:90])], rows=[order]), shell=data.shell(staff_name=EVIL)),
        rendered("index", page=index([("q", EVIL[:90])], rows=[])),
        rendered("settings", form=form, shell=data.shell(path=EVIL, toasts=(Toast(EVIL, EVIL),))),
    ):
        page = Elements(html)
        values = [str(value) for _, attributes in page.found for value in attributes.values()]
        assert [tag for tag, attributes in page.found if tag == "script" and "src" not in attributes] == []
        assert [tag for tag, attributes in page.found if "onerror" in attributes] == []
        assert any(EVIL[:90] in text for text in [*values, *page.texts])


def test_source_colour_that_is_no_colour_is_refused():
    with pytest.raises(ValueError, match="colour"):
        Source("x", '"/><script>')


def test_missing_name_in_a_template_is_an_error():
    with pytest.raises(UndefinedError):
        console_environment().from_string("{{ nobody }}").render()


def test_unknown_icon_is_refused_by_name():
    with pytest.raises(KeyError, match="unicorn"):
        icon("unicorn")


def test_namespace_of_another_folder_is_refused():
    with pytest.raises(ValueError, match="gallery"):
        add_templates("gallery", HERE)


def test_page_speaks_the_readers_language():
    chinese, english = (rendered("index", language, page=index()) for language in ("zh-CN", "en"))
    assert '<html lang="zh-CN"' in chinese
    assert "全部快捷键" in chinese
    assert "第 1–10，共 214 " in chinese
    assert '<html lang="en"' in english
    assert "all keys" in english
    assert "1–10 of 214 orders" in english


def test_theme_of_the_shell_is_set_before_the_first_paint():
    assert 'data-bs-theme="dark"' in rendered("login", shell=data.shell(theme="dark"))
    assert "data-bs-theme" not in rendered("login", shell=data.shell(theme="auto"))


def test_failed_form_is_announced_and_linked_to_its_fields():
    form = Form(data.SettingsSchema())
    form.submit(MultiDict({"title": "", "price": "x"}))
    html = rendered("settings", "en", form=form)
    assert 'role="alert"' in html
    assert '<a href="#f-title">Name</a>: Fill this in.' in html
    assert 'id="f-title" name="title" value=""' in html
    assert 'aria-describedby="f-title-help f-title-error" aria-invalid="true"' in html


def test_disabled_action_says_why_in_its_own_label():
    html = rendered("order")
    assert re.search(r"<button[^>]*disabled>.*?成团后可发货</button>", html)
    assert ">发货</" not in html


def test_countdown_shows_the_time_in_the_shop_zone_without_a_script():
    assert re.search(
        r'<time class="pp-countdown big"[^>]*datetime="2026-08-06T08:44:09Z"[^>]*>今天 16:44</time>',
        rendered("order"),
    )


def test_toast_header_is_ascii():
    header = toast_headers(data.TOAST)["HX-Trigger"]
    assert header.isascii()
    assert json.loads(header)["pp-toast"]["text"] == data.TOAST.text


def test_shop_without_a_second_one_has_no_switcher():
    alone = data.shell(shops=(data.shell().shops[0],))
    assert "pp-shop-list" not in rendered("wizard", shell=alone)
    assert "pp-shop-list" in rendered("wizard")


def test_sprite_holds_each_icon_once(tmp_path):
    for name in ICONS:
        drawn = f'<svg\n class="x"><path stroke="none" d="M0 0h24v24H0z" fill="none" /><path d="M1 {len(name)}" /></svg>'
        (tmp_path / f"{name}.svg").write_text(drawn, encoding="utf-8")
    made = sprite(tmp_path)
    assert [made.count(f'id="i-{name}"') for name in ICONS] == [1] * len(ICONS)
    assert "M0 0h24v24H0z" not in made


def test_static_address_changes_with_the_content():
    assert re.fullmatch(
        r"/static/console/console\.css\?v=[0-9a-f]{10}", assets.static_url("console/console.css")
    )
    assert assets.static_url("console/none.css") == "/static/console/none.css"
