"""`pinpu plugin backtest` from the outside: the plugin of docs/writing_a_plugin.md, installed, on orders that were paid."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from core.testing.buying import pay
from core.testing.goods import make_product

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "writing_a_plugin.md").read_text()
EXAMPLE = "spend_and_save"


@pytest.fixture
def run(database, tmp_path):
    """Runs the command as a developer would, with the example installed beside the program."""
    (tmp_path / f"{EXAMPLE}.py").write_text(re.findall(r"```python\n(.+?)```", PAGE, re.DOTALL)[0])
    known = tmp_path / f"{EXAMPLE}-0.1.0.dist-info"
    known.mkdir()
    (known / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {EXAMPLE}\nVersion: 0.1.0\n")
    (known / "entry_points.txt").write_text(f"[pinpu.plugins]\n{EXAMPLE} = {EXAMPLE}\n")

    def pinpu(*arguments):
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        environment = {
            "PINPU_HOME": str(tmp_path / "home"),
            "PYTHONPATH": str(tmp_path),
            "DATABASE_URL": database.database_url,
            "DATABASE_OWNER_URL": database.database_owner_url,
            "DATABASE_PLATFORM_URL": database.database_platform_url,
        }
        return subprocess.run(
            [sys.executable, "-m", "core.cli", "plugin", "backtest", *arguments],
            cwd=ROOT, env={**kept, **environment}, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip

    return pinpu


def test_the_printed_example_is_installed_and_tried_on_paid_orders(run, in_shop, buyer, gateway):
    tea = make_product(title="Tea", prices=[60_00])
    somebody = buyer()
    small, large, unpaid = (somebody.order([(tea.variant_id, count)]).order_id for count in (1, 3, 4))
    for order_id in (small, large):
        pay(gateway, order_id)
    assert unpaid
    done = run(EXAMPLE, "--shop", in_shop.handle, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    # 10.00 off 180.00; the order of 60.00 does not reach 100.00, the third was never paid.
    assert (found["orders"], found["changed"], found["cost"], found["gainers"]) == (2, 1, 10_00, 1)
    assert [one["before"] - one["after"] for one in found["examples"]] == [10_00]
    told = run(EXAMPLE, "--shop", in_shop.handle, "--days", "7", "--at", "2027-01-01 08:00:00").stdout
    assert "2 paid orders" in told
    assert "customers who would have gained: 1" in told


def test_unknown_plugins_and_shops_are_named(run, in_shop):
    nobody = run("nobody", "--shop", in_shop.handle)
    assert (nobody.returncode != 0, "There is no plugin nobody" in nobody.stderr) == (True, True)
    nowhere = run(EXAMPLE, "--shop", "nowhere")
    assert (nowhere.returncode != 0, "no open shop" in nowhere.stderr) == (True, True)
