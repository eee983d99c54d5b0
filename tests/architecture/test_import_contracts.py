"""The import contracts of pyproject.toml notice every kind of breach; tried on a small tree of the same shape."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TREE = {
    "core/app.py": "",
    "core/cli/demo.py": "",
    "core/commerce/orders/actions.py": "",
    "core/commerce/orders/models.py": "",
    "core/commerce/payments/actions.py": "",
    "core/commerce/shops/queries.py": "",
    "core/hooks/registry.py": "",
    "core/jobs/worker.py": "",
    "core/kernel/clock.py": "",
    "core/rendering/pages.py": "import flask",
    "core/sdk/data.py": "from core.kernel import clock",
    "core/sdk/values.py": "",
    "core/settings.py": "",
    "core/testing/shops.py": "",
    "core/web/console.py": "import flask",
    "plugins/coupon/domain.py": "from core.sdk import values",
    "plugins/coupon/hooks.py": "from core.sdk import data",
    "plugins/coupon/tests/test_hooks.py": "from core.testing import shops",
    "plugins/coupon/web.py": "import flask\nfrom core.sdk import data",
    "plugins/group_buy/models.py": "",
    "tenants/models.py": "from core.kernel import clock",
    "tenants/web/login.py": "import flask",
}
BREACHES = [
    ("core/kernel/clock.py", "from core.hooks import registry"),
    ("core/kernel/clock.py", "from core import settings"),
    ("core/commerce/orders/actions.py", "from core.commerce.payments import actions"),
    ("core/commerce/orders/models.py", "from core.commerce.orders import actions"),
    ("core/commerce/shops/queries.py", "from core.commerce.orders import models"),
    ("core/commerce/orders/actions.py", "from core.rendering import pages"),
    ("core/web/console.py", "from core.jobs import worker"),
    ("core/jobs/worker.py", "from core import app"),
    ("core/cli/demo.py", "from core.testing import shops"),
    ("core/app.py", "from tenants import models"),
    ("core/sdk/data.py", "from plugins.coupon import hooks"),
    ("tenants/models.py", "from plugins.coupon import hooks"),
    ("plugins/coupon/hooks.py", "from core.kernel import clock"),
    ("plugins/coupon/hooks.py", "from core.testing import shops"),
    ("plugins/coupon/hooks.py", "from tenants import models"),
    ("plugins/coupon/hooks.py", "from plugins.group_buy import models"),
    ("plugins/coupon/domain.py", "from core.sdk import data"),
    ("plugins/coupon/domain.py", "import sqlalchemy"),
    ("plugins/group_buy/models.py", "import flask"),
    ("core/commerce/orders/actions.py", "import flask"),
    ("tenants/models.py", "import flask"),
]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The small tree, with every room as an empty package, and the real contracts."""
    rooms = [
        folder.name for folder in (ROOT / "core/commerce").iterdir() if (folder / "__init__.py").exists()
    ]
    files = {**TREE, **{f"core/commerce/{room}/__init__.py": "" for room in rooms}}
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n")
        for parent in path.relative_to(tmp_path).parents[:-1]:
            (tmp_path / parent / "__init__.py").touch()
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lint(tree: Path) -> subprocess.CompletedProcess[str]:
    """What `make check` runs, on another tree."""
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run([program, "--no-cache"], cwd=tree, capture_output=True, text=True, check=False)


def test_contracts_accept_the_directions_of_the_design(tree: Path) -> None:
    done = lint(tree)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("path", "line"), BREACHES)
def test_contracts_refuse_a_breach(tree: Path, path: str, line: str) -> None:
    file = tree / path
    file.write_text(f"{file.read_text()}{line}\n")
    done = lint(tree)
    assert done.returncode == 1, done.stdout
    assert "BROKEN" in done.stdout


def test_contracts_hold_for_the_project() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
