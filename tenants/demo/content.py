"""The written content of the example shops, as it stands in the TOML files beside this module."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from core.kernel.tenancy import ShopScope

FOLDER = Path(__file__).resolve().parent / "content"
HANDLES = ("qingshan", "harbor")

Entry = Mapping[str, Any]


@dataclass(frozen=True)
class ShopContent:
    """One example shop: every list in the order of its file, amounts in minor units."""

    folder: Path

    def _file(self, name: str) -> Entry:
        return tomllib.loads((self.folder / f"{name}.toml").read_text(encoding="utf-8"))

    @cached_property
    def shop(self) -> Entry:
        """Name, language, address and look."""
        return self._file("shop")

    @cached_property
    def collections(self) -> tuple[Entry, ...]:
        """Collections in the order of the shop."""
        return tuple(self._file("collections")["collection"])

    @cached_property
    def products(self) -> tuple[Entry, ...]:
        """Products, best loved first."""
        files = sorted((self.folder / "products").glob("*.toml"))
        found = [one for file in files for one in tomllib.loads(file.read_text(encoding="utf-8"))["product"]]
        return tuple(sorted(found, key=lambda one: -one["popularity"]))

    @cached_property
    def home(self) -> Entry:
        """The front page and the menu."""
        return self._file("home")

    @cached_property
    def policies(self) -> tuple[Entry, ...]:
        """Pages of rules."""
        return tuple(self._file("policies")["policy"])

    @cached_property
    def shipping(self) -> Entry:
        """Ways to send, and pick-up points."""
        return self._file("shipping")

    @cached_property
    def customers(self) -> tuple[Entry, ...]:
        """The people who buy."""
        return tuple(self._file("customers")["customer"])

    @cached_property
    def variants(self) -> Mapping[str, Entry]:
        """Every variant by SKU."""
        return {one["sku"]: one for product in self.products for one in product["variants"]}

    def drawing(self, name: str) -> bytes:
        """The bytes of a picture that an entry names ("illustrations/….svg")."""
        return (self.folder / name).read_bytes()

    @property
    def handle(self) -> str:
        """The shop's short name."""
        return str(self.shop["handle"])

    def said(self, scope: ShopScope, *, zh: str, en: str) -> str:
        """A word that the files leave out, in the shop's language."""
        return zh if scope.language == "zh-CN" else en


def shop_contents() -> tuple[ShopContent, ...]:
    """The example shops, in order."""
    return tuple(ShopContent(FOLDER / handle) for handle in HANDLES)
