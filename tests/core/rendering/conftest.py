"""What tests of storefront pages share: the starter theme, a still clock and the sample pages of both shops."""

import pytest

from core.kernel import clock
from core.kernel.i18n import speaking
from core.rendering import engine
from core.rendering.storefront import render_page
from core.rendering.theme import install_themes, installed_theme
from tests.core.rendering.sample_pages import all_samples
from tests.core.rendering.samples import NOW, PLUGIN, TEMPLATES, Samples
from themes.catalog import installed_themes


@pytest.fixture(scope="module")
def theme():
    """The starter theme, read strictly, with the sample plugin's templates."""
    install_themes(installed_themes())
    engine.configure(strict=True)
    engine.add_plugin_templates(PLUGIN, TEMPLATES)
    yield installed_theme("starter")
    engine.configure()


@pytest.fixture(scope="module")
def still():
    """A clock that stands at the samples' moment."""
    stopped = clock.MovableClock()
    stopped.freeze(NOW)
    clock.install(stopped)
    yield NOW
    clock.install_system_clock()


@pytest.fixture(scope="module")
def rendered_samples(theme, still):
    """(language, name) → (sample, HTML) for every page in both shops."""
    found = {}
    for language in ("zh-CN", "en"):
        with speaking(language):
            for one in all_samples(Samples(language, theme)):
                html = render_page(
                    one.page, theme=theme, shop=one.shop, path=one.path, slots=one.slots, visitor=one.visitor
                )
                found[language, one.name] = one, html
    return found
