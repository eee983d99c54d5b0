"""Unit: templates use exactly what the views document."""

import dataclasses

import pytest
from jinja2 import meta

from core.rendering import contexts as c
from core.rendering import engine
from core.rendering.contexts import sections as section_views
from core.rendering.holes import DRAWN
from core.rendering.sandbox import environment as sandbox_environment
from core.rendering.sandbox import filters as sandbox_filters
from core.rendering.sandbox import views
from core.rendering.storefront import fill_visitor, render_page
from tests.core.rendering.sample_pages import all_samples
from tests.core.rendering.samples import Samples

PAGE_NAMES = {"page", "shop", "here"}
HOLE_NAMES = {"shop", "here", "customer", "cart", "notices", "announcement"}
SECTION_NAMES = {"section", "shop", "here", "id"}
# What a template sets for the parts it includes.
OWN_NAMES = {"bar_title", "ui", "product", "caller", "super"}

# Documented for other themes and for routes; the starter theme shows the same thing another way.
UNREAD = {
    "Page": {"subject_ids", "selected_id"},
    "HomePage": {"back"},
    "OrderPage": {"number"},
    # The hole `announcement` shows it.
    "ShopView": {"handle", "language", "zone", "announcement"},
    "PluginPage": {"body_template", "body"},
    "SectionView": {"id", "type", "template", "context"},
    "ProductView": {"id", "url"},
    "VariantView": {"id", "title"},
    "ProductCard": {"id", "reviews"},
    "AftersalePage": {"number"},
    "RatingView": {"pictured"},
    "LineView": {"maximum"},
    "HereView": {"path"},
    "Look": set(),
}


def documented():
    found = {}
    for module in (c, section_views):
        for kind in vars(module).values():
            if isinstance(kind, type) and dataclasses.is_dataclass(kind) and kind is not c.Visitor:
                found[kind.__name__] = {field.name for field in dataclasses.fields(kind)}
    return found


def used_names(theme, *names):
    """Names that a template and everything it extends, includes or imports take from outside."""
    env = engine.environment_of(theme.key, theme.folder)
    seen, todo, found = set(), list(names), set()
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        tree = env.parse(env.loader.get_source(env, name)[0])
        found |= meta.find_undeclared_variables(tree)
        todo += [other for other in meta.find_referenced_templates(tree) if other]
    return found - set(env.globals)


@pytest.mark.parametrize("name", c.PAGES)
def test_page_template_uses_documented_names_only(theme, name):
    assert used_names(theme, f"{name}.html") - OWN_NAMES <= PAGE_NAMES


@pytest.mark.parametrize("name", DRAWN)
def test_hole_uses_documented_names_only(theme, name):
    assert used_names(theme, f"holes/{name}.html") <= HOLE_NAMES


def test_section_templates_use_documented_names_only(theme):
    names = [f"sections/{path.name}" for path in sorted((theme.folder / "sections").glob("*.html"))]
    assert used_names(theme, *names) <= SECTION_NAMES


def test_every_documented_field_is_shown(theme, still, monkeypatch):
    read = {}

    def recording(value, name):
        found = views.read_field(value, name)
        if found is not views.MISSING and dataclasses.is_dataclass(value):
            for kind in type(value).__mro__:
                if (
                    name in {field.name for field in dataclasses.fields(kind)}
                    if dataclasses.is_dataclass(kind)
                    else ()
                ):
                    read.setdefault(kind.__name__, set()).add(name)
        return found

    monkeypatch.setattr(sandbox_environment, "read_field", recording)
    monkeypatch.setattr(sandbox_filters, "read_field", recording)
    samples = list(all_samples(Samples("en", theme)))
    # Samples of things that no ordinary page holds at once.
    unusual = dataclasses.replace(
        samples[0].shop,
        logo=None,
        seal="HL",
        look=dataclasses.replace(samples[0].shop.look, tabs=True, header="shop"),
    )
    for one in samples:
        for shop in (one.shop, unusual):
            html = render_page(one.page, theme=theme, shop=shop, path=one.path, slots=one.slots)
            notices = (c.NoticeView(text="Done"),)
            for customer in (one.visitor.customer, None):
                visitor = dataclasses.replace(one.visitor, notices=notices, customer=customer)
                fill_visitor(html, theme=theme, shop=shop, visitor=visitor, path=one.path)
    unread = {
        name: missing
        for name, names in documented().items()
        if (missing := names - read.get(name, set()) - UNREAD.get(name, set()) - UNREAD["Page"])
    }
    assert unread == {}


def test_views_are_frozen_and_keyword_only():
    image = c.ImageView(url="/a.png", alt="", width=1, height=1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        image.url = "/b.png"
    with pytest.raises(TypeError):
        c.LinkView("Tea", "/tea")


def test_every_field_says_what_it_is():
    silent = [
        f"{kind.__name__}.{field.name}"
        for module in (c, section_views)
        for kind in vars(module).values()
        if isinstance(kind, type) and dataclasses.is_dataclass(kind) and kind is not c.Visitor
        for field in dataclasses.fields(kind)
        if not field.metadata.get("help", "").endswith(".")
    ]
    assert silent == []
