"""`pinpu shop`, `pinpu plugin`, `pinpu products import` and `pinpu audit` from the outside, on a database of their own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from core.cli.problems import FAILED, MISUSED
from core.kernel.db import make_engine
from core.settings import ROOT
from core.testing import cluster
from core.testing.shops import make_shop

PLUGIN = '''
from core.hooks.manifest import Plugin
from core.sdk.hooks import DrainItem, DrainReport, hookimpl


class Club(Plugin):
    """A plugin whose open business is a number beside it."""

    version = "2.0.0"
    sdk = ">=0.1,<1"
    title = {"en": "Tea club", "zh": "茶友会"}
    summary = {"en": "Lower prices for members.", "zh": "会员价。"}

    @hookimpl
    def switch_off(self):
        from pathlib import Path

        state = Path(__file__).with_suffix(".open")
        return DrainReport((DrainItem("open baskets", int(state.read_text() if state.exists() else 0)),))
'''


pytestmark = pytest.mark.slow


class Installation:
    """An installation with two shops, driven by its command line."""

    def __init__(self, addresses, home, folder):
        self.folder = folder
        self.environment = {
            "PATH": os.environ["PATH"],
            "PINPU_HOME": str(home),
            "PINPU_SECRET_KEY": "k" * 40,
            "PINPU_PLUGIN_FOLDER": str(folder),
            "PYTHONPATH": str(folder.parent),
            "DATABASE_URL": addresses.database_url,
            "DATABASE_OWNER_URL": addresses.database_owner_url,
            "DATABASE_PLATFORM_URL": addresses.database_platform_url,
        }
        self.owner = make_engine(addresses.database_owner_url, pool_size=1, guarded=False)

    def pinpu(self, *arguments):
        return subprocess.run(
            [sys.executable, "-m", "core.cli", *arguments],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip

    def json(self, *arguments):
        done = self.pinpu(*arguments, "--json")
        assert done.stderr == "", done.stderr
        return done.returncode, json.loads(done.stdout)

    def sql(self, statement):
        with self.owner.begin() as connection:
            return connection.execute(text(statement))


@pytest.fixture(scope="module")
def here(database, tmp_path_factory):
    server, template = os.environ[cluster.SERVER_VARIABLE], os.environ[cluster.TEMPLATE_VARIABLE]
    addresses = cluster.clone(server, template)
    parent = tmp_path_factory.mktemp("installation")
    folder = parent / "club_shelf"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "club.py").write_text(PLUGIN)
    (folder / "torn.py").write_text("def (")
    made = Installation(addresses, parent / "home", folder)
    made.sql("SELECT 1")
    make_shop(made.owner, handle="tea")
    make_shop(
        made.owner, handle="home", name="Harbor", currency="USD", language="en", timezone="America/New_York"
    )
    yield made
    made.owner.dispose()
    cluster.drop(server, addresses.database_url.rsplit("/", 1)[1])


def test_shops_are_listed_with_address_and_plugins(here):
    here.sql("INSERT INTO tenants_host (host, shop_id, canonical) SELECT 'tea.localhost', shop_id, true"
             " FROM shops_directory WHERE handle = 'tea'")  # fmt: skip
    code, said = here.json("shop", "list")
    assert code == 0
    assert [(one["handle"], one["address"], one["currency"]) for one in said["shops"]] == [
        ("home", "", "USD"),
        ("tea", "http://tea.localhost:8000", "CNY"),
    ]
    assert said["shops"][1]["name"] == "青山茶事"


def test_plugins_are_listed_and_a_torn_one_says_why(here):
    code, said = here.json("plugin", "list", "--shop", "tea")
    states = {one["name"]: one for one in said["plugins"]}
    assert code == 0
    assert (states["club"]["state"], states["club"]["version"]) == ("off", "2.0.0")
    assert states["torn"]["state"] == "quarantined"
    assert "torn.py" in states["torn"]["reasons"][0]


def test_plugin_goes_on_drains_and_goes_off(here):
    assert here.json("plugin", "on", "--shop", "tea", "club") == (
        0,
        {"shop": "tea", "plugin": "club", "state": "on"},
    )
    assert [one["plugins"] for one in here.json("shop", "list")[1]["shops"]] == [[], ["club"]]
    (here.folder / "club.open").write_text("2")
    code, said = here.json("plugin", "off", "--shop", "tea", "--dry-run", "club")
    assert (code, said["state"], said["open"]) == (
        0,
        "on",
        [{"what": "open baskets", "count": 2, "until": None}],
    )
    assert here.json("plugin", "off", "--shop", "tea", "club")[1]["state"] == "draining"
    (here.folder / "club.open").write_text("0")
    here.sql("UPDATE tenants_plugin_switch SET state = 'on'")
    assert here.json("plugin", "off", "--shop", "tea", "club")[1]["state"] == "off"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("plugin", "list", "--shop", "nowhere"), "There is no open shop with the handle “nowhere”."),
        (("plugin", "on", "--shop", "tea", "nothing"), "There is no plugin called “nothing” here."),
        (("plugin", "on", "--shop", "tea", "torn"), "There is no plugin called “torn” here."),
        (("audit", "--shop", "nowhere"), "There is no open shop with the handle “nowhere”."),
        (("products", "import", "--shop", "nowhere", "README.md"), "There is no open shop with the handle “nowhere”."),
    ],
)  # fmt: skip
def test_mistakes_are_one_sentence(here, tmp_path, arguments, said):
    (tmp_path / "README.md").write_text("Handle,Title,Variant Price\n")
    arguments = [str(tmp_path / one) if one == "README.md" else one for one in arguments]
    done = here.pinpu(*arguments, "--json")
    assert (done.returncode, json.loads(done.stdout)) == (FAILED, {"error": said})
    assert done.stderr.splitlines()[-1] == f"pinpu: {said}"
    assert "Traceback" not in done.stderr


def test_missing_options_are_misuse(here):
    assert here.pinpu("plugin", "on", "--shop", "tea").returncode == MISUSED


FILES = Path(__file__).resolve().parents[3] / "shared" / "data"


@pytest.mark.parametrize(("name", "products"), [("home-and-garden", 19), ("jewelry", 20)])
def test_real_product_files_are_tried_imported_and_updated(here, name, products):
    path = FILES / f"shopify-{name}.csv"
    if not path.exists():
        pytest.skip("no real product files beside the project")
    code, tried = here.json("products", "import", "--shop", "home", "--dry-run", str(path))
    assert (code, tried["dry_run"], tried["created"], tried["updated"]) == (0, True, tried["total"], 0)
    count = (
        "SELECT count(*) FROM catalog_product p JOIN shops_directory d USING (shop_id) WHERE d.handle = '{}'"
    )
    before = here.sql(count.format("home")).scalar()
    code, done = here.json("products", "import", "--shop", "home", str(path))
    assert (code, done["created"], done["updated"], done["skipped"]) == (0, tried["total"], 0, 0)
    assert here.sql(count.format("home")).scalar() == before + done["total"]
    assert here.sql(count.format("tea")).scalar() == 0
    code, again = here.json("products", "import", "--shop", "home", str(path))
    assert (code, again["created"], again["updated"]) == (0, 0, done["total"])
    assert here.sql(count.format("home")).scalar() == before + done["total"]


def test_audit_of_sound_data_finds_nothing(here):
    assert here.pinpu("audit").stdout == "Every invariant holds.\n"


def test_audit_names_a_corrupted_row_and_its_shop(here):
    here.sql("UPDATE reservations_pool SET confirmed = confirmed + 1 WHERE id = (SELECT id FROM reservations_pool"
             " WHERE capacity > confirmed + reserved ORDER BY id LIMIT 1)")  # fmt: skip
    here.sql("CREATE TABLE kernel_left_behind (id bigint)")
    try:
        code, said = here.json("audit")
        assert code == FAILED
        assert [(one["code"], one["shop"]) for one in said["findings"]] == [("catalog", ""), ("A3", "home")]
        assert said["findings"][0]["thing"] == "public.kernel_left_behind"
        assert said["findings"][1]["thing"].startswith("pool catalog/stock/")
        refused = here.pinpu("plugin", "list", "--shop", "tea")
        assert refused.returncode == FAILED
        assert "public.kernel_left_behind: its kind is not declared" in refused.stderr
    finally:
        here.sql("DROP TABLE kernel_left_behind")
