"""The shop's tax rules: rates by class and place, contained in prices or added to them; pure values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from core.kernel.regions import wider

TaxMode = Literal["inclusive", "added"]
TAX_CLASSES = ("standard", "reduced", "zero")


@dataclass(frozen=True, slots=True)
class PlaceRates:
    """Rates in basis points for a country or a province."""

    place: str
    standard: int
    reduced: int


@dataclass(frozen=True, slots=True)
class TaxRules:
    """Rates in basis points of the net price; `places` have rates of their own, the narrowest one counts.

    `freight_class` is the tax class of what sending costs.
    """

    mode: TaxMode = "inclusive"
    standard: int = 0
    reduced: int = 0
    freight_class: str = "standard"
    places: tuple[PlaceRates, ...] = ()

    def rate(self, tax_class: str, place: str) -> int:
        """Basis points for goods of `tax_class` that go to `place` ("" where that is not known)."""
        if tax_class == "zero":
            return 0
        known = {one.place: one for one in reversed(self.places)}
        rates = next((known[one] for one in wider(place) if one in known), self)
        return rates.reduced if tax_class == "reduced" else rates.standard

    def as_json(self) -> dict[str, Any]:
        """Everything but the standard rate, which has a column of its own."""
        return {
            "mode": self.mode,
            "reduced": self.reduced,
            "freight_class": self.freight_class,
            "places": [[one.place, one.standard, one.reduced] for one in self.places],
        }

    @classmethod
    def stored(cls, standard: int, data: Mapping[str, Any]) -> "TaxRules":
        """The rules of a shop's row; {} is one rate, contained in prices."""
        return cls(
            mode="added" if data.get("mode") == "added" else "inclusive",
            standard=standard,
            reduced=data.get("reduced", 0),
            freight_class=data.get("freight_class", "standard"),
            places=tuple(PlaceRates(*row) for row in data.get("places", ())),
        )
