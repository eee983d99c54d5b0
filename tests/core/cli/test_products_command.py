"""`pinpu products import` from the outside: reports, exit codes, JSON."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from core.commerce.catalog.models import Product
from core.kernel.db import reading
from core.kernel.tenancy import SYSTEM, shop_bound

ROOT = Path(__file__).resolve().parents[3]
GOOD = "Handle,Title,Variant Price\npot,Pot,9.99\npan,Pan,19.50\n"
BAD = GOOD + "cup,Cup,cheap\n"


@pytest.fixture
def run(database, tmp_path):
    """Runs the command as a person would, on the database of the test."""

    def pinpu(*arguments):
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        environment = {
            "PINPU_HOME": str(tmp_path / "home"),
            "DATABASE_URL": database.database_url,
            "DATABASE_OWNER_URL": database.database_owner_url,
            "DATABASE_PLATFORM_URL": database.database_platform_url,
        }
        return subprocess.run(
            [sys.executable, "-m", "core.cli", "products", "import", *arguments],
            cwd=ROOT, env={**kept, **environment}, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip

    return pinpu


def written(folder, text):
    path = folder / "products.csv"
    path.write_text(text, encoding="utf-8")
    return str(path)


def handles(shop):
    with shop_bound(shop, SYSTEM), reading() as session:
        return sorted(session.scalars(select(Product.handle)))


def test_dry_run_then_import(run, shop, other_shop, tmp_path):
    path = written(tmp_path, GOOD)
    done = run("--shop", shop.handle, path, "--dry-run")
    assert (done.returncode, handles(shop)) == (0, [])
    assert "2 products, prices in CNY" in done.stdout
    assert "2 would be created, 0 would be updated, 0 would be skipped" in done.stdout
    done = run("--shop", shop.handle, path, "--json")
    report = json.loads(done.stdout)
    assert (done.returncode, report["created"], report["updated"], report["dry_run"]) == (0, 2, 0, False)
    assert (handles(shop), handles(other_shop)) == (["pan", "pot"], [])


def test_skipped_products_are_listed_and_give_exit_code_1(run, shop, tmp_path):
    done = run("--shop", shop.handle, written(tmp_path, BAD))
    assert done.returncode == 1
    assert "  skipped · line 4, Variant Price: This is not an amount. Write it like 1234.50.\n" in done.stdout
    assert handles(shop) == ["pan", "pot"]


def test_unknown_shop_bad_file_and_missing_file_are_one_sentence(run, shop, tmp_path):
    path = written(tmp_path, "a,b\n1,2\n")
    for arguments, code, words in (
        (("--shop", "nobody", path), 1, "There is no open shop with the handle “nobody”."),
        (
            ("--shop", shop.handle, path),
            1,
            "These columns are needed and not chosen yet: Product name, Price.",
        ),
        (("--shop", shop.handle, str(tmp_path / "none.csv")), 2, "does not exist"),
        ((path,), 2, "--shop"),
    ):
        done = run(*arguments)
        assert done.returncode == code
        assert words in done.stderr
        assert "Traceback" not in done.stderr
    assert handles(shop) == []
