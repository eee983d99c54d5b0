"""A name tells its room: tables, events, errors and jobs begin with it; every table is of one kind."""

import importlib
from pathlib import Path

import pytest

from core.kernel.db import Base
from core.kernel.errors import PinpuError
from core.kernel.events import event_types
from core.kernel.jobs import job_types

ROOT = Path(__file__).resolve().parents[2]
ROOMS = sorted(path.name for path in (ROOT / "core/commerce").iterdir() if (path / "__init__.py").exists())
PLUGINS = sorted(path.parent.name for path in (ROOT / "plugins").glob("*/plugin.toml"))


@pytest.fixture(scope="module", autouse=True)
def everything_loaded():
    for pattern in ("core/**/*.py", "tenants/**/*.py", "plugins/**/*.py"):
        for path in ROOT.glob(pattern):
            parts = path.relative_to(ROOT).with_suffix("").parts
            if {"tests", "migrations", "__main__"} & set(parts):
                continue
            importlib.import_module(".".join(part for part in parts if part != "__init__"))


def test_tables_begin_with_their_room():
    allowed = {*ROOMS, "kernel", "tenants"}
    wrong = [
        table.fullname
        for table in Base.metadata.tables.values()
        if (table.schema is None and table.name.split("_")[0] not in allowed)
        or (table.schema is not None and table.schema.removeprefix("plugin_") not in PLUGINS)
    ]
    assert wrong == []


def test_every_table_is_a_tenant_or_a_reference_table():
    reference = {"shops_directory", "tenants_host"}
    wrong = [
        table.fullname
        for table in Base.metadata.tables.values()
        if [column.name for column in table.primary_key] != ["shop_id", "id"] and table.name not in reference
    ]
    assert wrong == []


def test_events_and_jobs_are_named_after_a_room():
    owners = {*ROOMS, *PLUGINS, "events", "tenants"}
    made = {name: kind.__module__ for name, kind in event_types().items()}
    made |= {name: kind.run.__module__ for name, kind in job_types().items()}
    # Tests of the machinery declare some of their own in the same process.
    ours = [name for name, module in made.items() if not module.startswith(("tests", "core.testing"))]
    assert [name for name in ours if name.split(".")[0] not in owners] == []


def errors(cls=PinpuError):
    for sub in cls.__subclasses__():
        yield sub
        yield from errors(sub)


def test_error_codes_are_unique_and_named_after_their_module():
    found = {}
    for error in errors():
        if error.__module__.startswith(("tests", "core.testing")) or "tests" in error.__module__:
            continue
        found.setdefault(error.code, set()).add(f"{error.__module__}.{error.__qualname__}")
        owner = error.code.split(".")[0]
        assert owner in error.__module__.split("."), error
    assert {code: classes for code, classes in found.items() if len(classes) > 1} == {}
