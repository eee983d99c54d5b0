"""A room with a hook of every family, and folders of real plugins written to disk."""

import importlib
import itertools
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from core.hooks.registry import HookRegistry

_numbers = itertools.count(1)

ROOM = '''
"""A room of a bookshop."""
from dataclasses import dataclass
from uuid import UUID

from core.hooks.markers import hookspec
from core.hooks.results import DrainReport, Problem, PurgePlan, Refusal


@dataclass(frozen=True)
class Discount:
    """So much off, in minor units."""
    amount: int


@hookspec
def declare_blocks() -> list[str]:
    """Name the blocks that pages may use."""


@hookspec
def declare_topics() -> tuple[str, ...]:
    """Name the messages that may be sent."""


@hookspec(budget_ms=5)
def enrich_books(book_ids: tuple[UUID, ...], language: str) -> dict[UUID, str]:
    """Add a badge to books.

    Badges are short.

    When: on every shelf.

    Args:
        book_ids: the books in view.
        language: what the reader reads.

    Returns: a badge by book.
    """


@hookspec
def adjust_price(total: int) -> list[Discount]:
    """Take something off."""


@hookspec
def check_basket(total: int, member: bool) -> list[Refusal]:
    """Refuse what must not be sold."""


@hookspec
def choose_carrier(weight: int) -> str | None:
    """Pick who carries the parcel."""


@hookspec
def claim_copies(total: int) -> list[str]:
    """Reserve copies."""


@hookspec
def on_book_sold(book_id: UUID, total: int) -> None:
    """A book was sold."""


@hookspec
def switch_check() -> list[Problem]:
    """Say what stands in the way."""


@hookspec
def switch_off() -> DrainReport:
    """Say what stays open."""


@hookspec
def show_shelf(shelf: str) -> dict[str, str]:
    """Give a shelf its words."""


@hookspec(activation="obligation")
def show_receipt(total: int) -> str | None:
    """Add a sentence to a receipt."""


@hookspec(stages=("paper", "main", "ribbon"))
def adjust_wrapping(total: int) -> list[Discount]:
    """Wrap the parcel, in layers."""
'''

HEADER = """
from core.hooks.markers import hookimpl
from core.hooks.results import DrainItem, DrainReport, Problem, PurgePlan, Refusal

"""


def module_from(source: str, name: str | None = None) -> ModuleType:
    """A module made of `source`, importable by nobody."""
    module = ModuleType(name or f"written_{next(_numbers)}")
    exec(compile(source, f"{module.__name__}.py", "exec"), vars(module))
    return module


class PluginFolder:
    """A folder `plugins…` on the import path, to be filled with plugins."""

    def __init__(self, home: Path) -> None:
        self.path = home / f"plugins_{next(_numbers)}"
        self.path.mkdir()

    def write(self, name: str, code: str = "", **keys: str) -> Path:
        """A plugin of its own folder; `keys` replace lines of its manifest, written as TOML."""
        folder = self.path / name
        folder.mkdir()
        lines = {
            "name": f'"{name}"',
            "version": '"1.2.0"',
            "sdk": '">=0.1,<1"',
            "title": f'{{ en = "{name}", zh = "{name} 插件" }}',
            "summary": '{ en = "Does things.", zh = "做一些事。" }',
        } | keys
        manifest = "\n".join(f"{key} = {value}" for key, value in lines.items() if value)
        (folder / "plugin.toml").write_text(manifest, encoding="utf-8")
        (folder / "hooks.py").write_text(HEADER + code, encoding="utf-8")
        return folder

    def write_file(self, name: str, code: str) -> Path:
        """A one-file plugin."""
        path = self.path / f"{name}.py"
        path.write_text("from core.hooks.manifest import Plugin\n" + HEADER + code, encoding="utf-8")
        return path

    def line_of(self, text: str, path: Path) -> int:
        """The number of the first line of `path` that contains `text`."""
        lines = path.read_text(encoding="utf-8").splitlines()
        return next(number for number, line in enumerate(lines, 1) if text in line)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PluginFolder]:
    """An empty plugin folder; what was imported from it is forgotten afterwards."""
    monkeypatch.syspath_prepend(str(tmp_path))
    made = PluginFolder(tmp_path)
    yield made
    for name in [name for name in sys.modules if name.split(".")[0] == made.path.name]:
        del sys.modules[name]


@pytest.fixture(scope="session")
def room() -> ModuleType:
    """The bookshop's hooks."""
    return module_from(ROOM, "bookshop")


@pytest.fixture
def boot(folder: PluginFolder, room: ModuleType) -> Callable[..., HookRegistry]:
    """Boots the bookshop with the plugins in `folder` and no installed ones."""

    def booted(**wishes: object) -> HookRegistry:
        importlib.invalidate_caches()
        wishes = {"plugin_folder": folder.path, "entry_point_group": None} | wishes
        return HookRegistry.boot(wishes.pop("specs", [room]), **wishes)

    return booted


@pytest.fixture
def written() -> Callable[..., ModuleType]:
    """Makes modules from text."""
    return module_from
