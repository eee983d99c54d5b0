"""Plugins hear of products that changed."""

import textwrap

import pytest
from sqlalchemy import select

from core.commerce.catalog import hookspecs
from core.commerce.catalog.actions import change_product_status
from core.commerce.catalog.models import Product
from core.hooks import current
from core.hooks.dispatch import Dispatcher, PluginSets
from core.hooks.registry import HookRegistry
from core.kernel.db import reading
from core.kernel.tenancy import SYSTEM, shop_bound
from tests.core.commerce.catalog.goods import sell

# Writes what it hears where the test can see it.
LISTENER = """
from core.commerce.catalog.models import Product
from core.hooks.manifest import Plugin
from core.hooks.markers import hookimpl
from core.kernel.db import session
from sqlalchemy import select


class Listener(Plugin):
    version = "1.0.0"
    sdk = ">=0.1"
    title = {"en": "Listener", "zh": "听者"}
    summary = {"en": "Listens.", "zh": "倾听。"}

    @hookimpl
    def on_products_changed(self, event):
        for product in session().scalars(select(Product).where(Product.id.in_(event.product_ids))):
            product.subtitle = f"heard {product.status}"
"""


@pytest.fixture
def listener(tmp_path, monkeypatch):
    """A plugin that is on in every shop that the test names."""
    folder = tmp_path / "catalog_trial"
    folder.mkdir()
    (folder / "listener.py").write_text(textwrap.dedent(LISTENER), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    registry = HookRegistry.boot([hookspecs], plugin_folder=folder, entry_point_group=None)
    assert registry.plugins["listener"].problems == ()
    shops = set()
    monkeypatch.setattr(current, "_dispatcher", Dispatcher(registry))
    monkeypatch.setattr(
        current, "_enabled_plugins", lambda shop_id: PluginSets.of(["listener"] if shop_id in shops else [])
    )
    return shops


def heard():
    with reading() as session:
        return list(session.scalars(select(Product.subtitle).order_by(Product.position)))


def test_products_changed_reaches_the_plugins_of_its_shop_only(shop, other_shop, run_jobs, listener):
    listener.add(shop.shop_id)
    made = {}
    for scope in (shop, other_shop):
        with shop_bound(scope, SYSTEM):
            made[scope] = [sell("A"), sell("B")]
    run_jobs()
    with shop_bound(shop, SYSTEM):
        assert heard() == ["heard active", "heard active"]
        change_product_status(product_ids=made[shop][:1], status="draft")
    run_jobs()
    with shop_bound(shop, SYSTEM):
        assert heard() == ["heard draft", "heard active"]
    with shop_bound(other_shop, SYSTEM):
        assert heard() == ["", ""]
