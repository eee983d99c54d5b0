"""The real tenants part, booted in place of core.testing's stand-in, with staff and small plugins on disk."""

import itertools
import sys
from contextlib import contextmanager
from dataclasses import replace

import pytest

from core.app import boot, connect
from core.kernel.db import app_engine, install_engine
from core.kernel.jobs_here import run_due_jobs_here
from core.kernel.tenancy import Actor, shop_bound
from core.testing import answers
from tenants import directory, passwords
from tenants.actions.shops import give_role, make_merchant, make_staff

PASSWORD = "correct horse battery"
_numbers = itertools.count(1)


@contextmanager
def real_tenants(base, **changes):
    """This process asks the real tenants part inside the block, then the stand-in again."""
    engine = app_engine()
    passwords.install_profile(time_cost=1, memory_cost=8)
    try:
        yield boot(replace(base.settings, **changes), pool_size=20)
    finally:
        app_engine().dispose()
        install_engine(engine)
        connect(base, [answers])


@pytest.fixture(scope="module")
def stand_in(platform):
    """The platform that core's own tests use."""
    return platform


@pytest.fixture(scope="module")
def tenants(stand_in, plugin_folder):
    """The booted platform with the real tenants part and the plugins of `plugin_folder`."""
    with real_tenants(stand_in, plugin_folder=plugin_folder) as booted:
        yield booted


@pytest.fixture
def staff(tenants):
    """`staff(shop, "owner")` is a new staff member with roles in these shops: id, e-mail, actor."""

    def make(*roles, language="en"):
        number = next(_numbers)
        merchant = make_merchant(name=f"Merchant {number}")
        email = f"person{number}@example.com"
        staff_id = make_staff(
            merchant_id=merchant, email=email, name=f"Person {number}", password=PASSWORD, language=language
        )
        for shop, role in roles:
            give_role(staff_id=staff_id, shop_id=shop.shop_id, role=role)
        return Member(staff_id, email, Actor("staff", staff_id, f"Person {number}"))

    return make


class Member:
    """A staff member of a test."""

    def __init__(self, staff_id, email, actor):
        self.id, self.email, self.actor = staff_id, email, actor


@pytest.fixture
def owner(staff, shop):
    """The owner of `shop`; acts in it inside `with owner_acts:`."""
    return staff((shop, "owner"))


@pytest.fixture
def run_jobs_here(tenants):
    """Run due jobs by the clock."""
    return run_due_jobs_here


PLUGIN = '''
from core.sdk.errors import PinpuError
from core.sdk.hooks import DrainItem, DrainReport, Problem, hookimpl
from core.hooks.manifest import Plugin

from pathlib import Path

from marshmallow import Schema, fields, validate

STATE = Path(__file__).with_suffix(".state")


def state():
    return STATE.read_text() if STATE.exists() else ""


class Settings(Schema):
    """What the merchant fills in."""

    greeting = fields.String(
        load_default="Hello", validate=validate.Length(min=1, max=40), metadata={{"label": "Greeting"}}
    )
    api_key = fields.String(load_default="", metadata={{"label": "Key", "widget": "password"}})


class {name}(Plugin):
    """A plugin whose behaviour stands in a file beside it."""

    version = "1.2.3"
    sdk = ">=0.1,<1"
    title = {{"en": "{name}", "zh": "小{name}"}}
    summary = {{"en": "Does little.", "zh": "做一点事。"}}
    data = {{"en": "Keeps nothing but its switch.", "zh": "只保存开关。"}}
    {extra}

    @hookimpl
    def declare_settings(self):
        return Settings

    @hookimpl
    def switch_check(self, turning):
        if state() == f"refuse {{turning}}":
            return [Problem("{slug}.not_yet", "Not yet.", "Wait a little.")]
        return []

    @hookimpl
    def switch_on(self):
        if state() == "raise on":
            raise RuntimeError("the plugin broke")

    @hookimpl
    def switch_off(self, dry_run):
        if state() == "raise off":
            raise RuntimeError("the plugin broke")
        open_things = int(state()) if state().isdigit() else 0
        return DrainReport((DrainItem("open things", open_things),), ("What was promised is kept.",))
'''


@pytest.fixture(scope="module")
def plugin_folder(tmp_path_factory):
    """A folder of plugins on the import path: `small`, `needy` (needs small), `hostile` (conflicts with small)."""
    parent = tmp_path_factory.mktemp("parent")
    folder = parent / f"shelf_{next(_numbers)}_{parent.name.replace('-', '_')}"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    extras = {"small": "", "needy": 'needs = ("small",)', "hostile": 'conflicts = ("small",)'}
    for slug, extra in extras.items():
        (folder / f"{slug}.py").write_text(PLUGIN.format(name=slug.title(), slug=slug, extra=extra))
    (folder / "broken.py").write_text("import nothing_of_that_name\n")
    sys.path.insert(0, str(parent))
    yield folder
    sys.path.remove(str(parent))


@pytest.fixture
def plugin_state(plugin_folder):
    """`plugin_state("small", "3")` tells a plugin how to behave."""

    def tell(slug, text):
        (plugin_folder / f"{slug}.state").write_text(text)

    yield tell
    for path in plugin_folder.glob("*.state"):
        path.unlink()


@contextmanager
def acting(member, shop):
    """`member` works in `shop`."""
    directory.forget_all()
    with shop_bound(shop, member.actor):
        yield
