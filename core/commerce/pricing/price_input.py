"""Everything a price depends on, frozen: stored with the order, it can be priced again years later."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Literal
from uuid import UUID

from core.commerce.pricing.adjustments import RESERVED_KEYS, SHIPPING
from core.commerce.pricing.errors import PriceInputError
from core.commerce.pricing.freight import HEAVIEST, NOWHERE_YET, Destination, Freight
from core.commerce.pricing.frozen import changed, frozen, thawed
from core.kernel.money import MAXIMUM_AMOUNT, exponent

VERSION = 1
NO_FACTS: Mapping[str, Any] = MappingProxyType({})
MAXIMUM_QUANTITY = 9999


def _check(condition: bool, problem: str) -> None:
    if not condition:
        raise PriceInputError(problem)


def _is_amount(value: object) -> bool:
    return type(value) is int and 0 <= value <= MAXIMUM_AMOUNT


def _is_rate(value: object) -> bool:
    return type(value) is int and 0 <= value <= 10_000


def _is_text(value: object) -> bool:
    return isinstance(value, str) and "\0" not in value


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceLine:
    """A variant and a quantity; prices in minor units per unit. `marks`: plugin → what it noted on the line.

    `compare_at` is the merchant's struck-through price, for display only. `grams` is the weight of one unit.
    `tax_basis_points` is the line's own rate; None: that of the basket.
    """

    key: str
    product_id: UUID
    variant_id: UUID
    sku: str
    title: str
    quantity: int
    unit_price: int
    compare_at: int | None = None
    marks: Mapping[str, Any] = field(default_factory=dict)
    grams: int = 0
    tax_basis_points: int | None = None

    def __post_init__(self) -> None:
        if not _is_text(self.key) or not self.key or self.key in RESERVED_KEYS:
            raise PriceInputError(f"key: {self.key!r} cannot name a line")
        _check(isinstance(self.product_id, UUID) and isinstance(self.variant_id, UUID), "ids: are UUIDs")
        _check(_is_text(self.sku) and _is_text(self.title), "sku, title: are text")
        counted = type(self.quantity) is int and 1 <= self.quantity <= MAXIMUM_QUANTITY
        _check(counted, f"quantity: is 1 to {MAXIMUM_QUANTITY}")
        _check(_is_amount(self.unit_price), "unit_price: is whole minor units")
        _check(
            self.compare_at is None or _is_amount(self.compare_at), "compare_at: is whole minor units or None"
        )
        _check(type(self.grams) is int and 0 <= self.grams <= HEAVIEST, "grams: is a whole number")
        _check(
            self.tax_basis_points is None or _is_rate(self.tax_basis_points),
            "tax_basis_points: is 0 to 10000",
        )
        _check(isinstance(self.marks, Mapping), "marks: is a mapping")
        try:
            object.__setattr__(self, "marks", frozen(self.marks))
        except ValueError as error:
            raise PriceInputError(f"marks: {error}") from error

    @property
    def list_amount(self) -> int:
        """Quantity × unit price, minor units."""
        return self.quantity * self.unit_price

    def as_json(self) -> dict[str, Any]:
        """Every field, JSON-able; weight and rate only where there are any."""
        found = {
            "key": self.key,
            "product_id": str(self.product_id),
            "variant_id": str(self.variant_id),
            "sku": self.sku,
            "title": self.title,
            "quantity": self.quantity,
            "unit_price": self.unit_price,
            "compare_at": self.compare_at,
            "marks": thawed(self.marks),
        }
        if self.grams:
            found["grams"] = self.grams
        if self.tax_basis_points is not None:
            found["tax_basis_points"] = self.tax_basis_points
        return found

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "PriceLine":
        """The inverse of `as_json`."""
        plain = dict(data)
        product_id, variant_id = UUID(plain.pop("product_id")), UUID(plain.pop("variant_id"))
        return cls(product_id=product_id, variant_id=variant_id, **plain)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippingOption:
    """The way to send that the buyer chose: a fee, free when the goods are worth `free_from` or more.

    With `freight`, its rules make both out of where the goods go and what they weigh.
    """

    key: str
    title: str
    fee: int
    free_from: int | None = None
    freight: Freight | None = None

    def __post_init__(self) -> None:
        _check(_is_text(self.key) and _is_text(self.title), "shipping: key and title are text")
        _check(_is_amount(self.fee), "shipping: fee is whole minor units")
        _check(
            self.free_from is None or _is_amount(self.free_from),
            "shipping: free_from is whole minor units or None",
        )

    def as_json(self) -> dict[str, Any]:
        """Every field, JSON-able; rules only where there are any."""
        flat = {"key": self.key, "title": self.title, "fee": self.fee, "free_from": self.free_from}
        return {**flat, "freight": self.freight.as_json()} if self.freight else flat

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "ShippingOption":
        """The inverse of `as_json`."""
        rules = data.get("freight")
        return cls(**{**data, "freight": Freight.from_json(rules) if rules else None})


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerFacts:
    """What prices may know of the buyer; `customer_id` is None for a guest."""

    customer_id: UUID | None = None
    paid_orders: int = 0

    def __post_init__(self) -> None:
        known = self.customer_id is None or isinstance(self.customer_id, UUID)
        _check(
            known and type(self.paid_orders) is int and self.paid_orders >= 0, "customer: an id and a count"
        )

    def as_json(self) -> dict[str, Any]:
        """Every field, JSON-able."""
        known = str(self.customer_id) if self.customer_id else None
        return {"customer_id": known, "paid_orders": self.paid_orders}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "CustomerFacts":
        """The inverse of `as_json`."""
        known = data["customer_id"]
        return cls(customer_id=UUID(known) if known else None, paid_orders=data["paid_orders"])


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceInput:
    """A basket at one moment (UTC). Prices are in `currency`.

    `tax_mode`: prices contain the tax ("inclusive"), or it is added to them ("added"); `tax_basis_points` of the net,
    on shipping `shipping_tax_basis_points` where that differs (None: it does not).
    `destination`: where the goods go, as far as fees depend on it.
    `claw_back`: whether a return that breaks a discount's threshold keeps part of it back (a rule of the shop).
    `rounding_step`: the total is taken down to a multiple of this many minor units (1 = not rounded).
    `facts`: plugin → what it looked up for this basket (`enrich_price_input`), so that its prices need no
    database and the same input gives the same price for ever.
    """

    currency: str
    moment: datetime
    lines: tuple[PriceLine, ...]
    customer: CustomerFacts = CustomerFacts()
    codes: tuple[str, ...] = ()
    shipping: ShippingOption | None = None
    destination: Destination = NOWHERE_YET
    tax_mode: Literal["inclusive", "added"] = "inclusive"
    tax_basis_points: int = 0
    shipping_tax_basis_points: int | None = None
    rounding_step: int = 1
    claw_back: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        exponent(self.currency)
        _check(isinstance(self.moment, datetime) and self.moment.tzinfo is not None, "moment: is aware")
        object.__setattr__(self, "moment", self.moment.astimezone(UTC))
        lines = isinstance(self.lines, tuple) and all(isinstance(line, PriceLine) for line in self.lines)
        _check(lines, "lines: is a tuple of PriceLine")
        _check(len({line.key for line in self.lines}) == len(self.lines), "lines: two have the same key")
        _check(isinstance(self.customer, CustomerFacts), "customer: is CustomerFacts")
        _check(isinstance(self.codes, tuple) and all(map(_is_text, self.codes)), "codes: is a tuple of text")
        _check(
            self.shipping is None or isinstance(self.shipping, ShippingOption),
            "shipping: is a ShippingOption",
        )
        _check(isinstance(self.destination, Destination), "destination: is a Destination")
        _check(self.tax_mode in ("inclusive", "added"), "tax_mode: is inclusive or added")
        rates = (self.tax_basis_points, self.shipping_tax_basis_points or 0)
        _check(all(map(_is_rate, rates)), "tax_basis_points: is 0 to 10000")
        _check(_is_amount(self.rounding_step) and self.rounding_step >= 1, "rounding_step: is at least 1")
        _check(isinstance(self.facts, Mapping), "facts: is a mapping")
        try:
            object.__setattr__(self, "facts", frozen(self.facts))
        except ValueError as error:
            raise PriceInputError(f"facts: {error}") from error

    def knowing(self, facts: Mapping[str, Any]) -> "PriceInput":
        """The same basket with these facts, whose values are `frozen` already; nothing else is looked at again."""
        return changed(self, facts=MappingProxyType(dict(facts)))

    @property
    def grams(self) -> int:
        """The weight of everything."""
        return sum(line.quantity * line.grams for line in self.lines)

    @property
    def pieces(self) -> int:
        """All units of all lines."""
        return sum(line.quantity for line in self.lines)

    @property
    def tax_rates(self) -> dict[str, int]:
        """Basis points of tax by line key, and under "shipping" those on the fee."""
        own = {
            line.key: self.tax_basis_points if line.tax_basis_points is None else line.tax_basis_points
            for line in self.lines
        }
        on_fee = self.shipping_tax_basis_points
        return {**own, SHIPPING: self.tax_basis_points if on_fee is None else on_fee}

    @property
    def keys(self) -> frozenset[str]:
        """The keys of all lines."""
        return frozenset(line.key for line in self.lines)

    @property
    def marked_by(self) -> frozenset[str]:
        """The plugins that noted something on a line."""
        return frozenset(plugin for line in self.lines for plugin in line.marks)

    def as_json(self) -> dict[str, Any]:
        """Every field, JSON-able; `from_json` gives back an equal input."""
        found = {
            "version": VERSION,
            "currency": self.currency,
            "moment": self.moment.isoformat(),
            "lines": [line.as_json() for line in self.lines],
            "customer": self.customer.as_json(),
            "codes": list(self.codes),
            "shipping": self.shipping.as_json() if self.shipping else None,
            "tax_mode": self.tax_mode,
            "tax_basis_points": self.tax_basis_points,
            "rounding_step": self.rounding_step,
            "facts": thawed(self.facts),
        }
        if self.destination != NOWHERE_YET:
            found["destination"] = self.destination.as_json()
        if self.claw_back:
            found["claw_back"] = True
        if self.shipping_tax_basis_points is not None:
            found["shipping_tax_basis_points"] = self.shipping_tax_basis_points
        return found

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "PriceInput":
        """The inverse of `as_json`. Raises PriceInputError for a version that is not known."""
        _check(data.get("version") == VERSION, f"version: {data.get('version')!r} is not known")
        shipping = data["shipping"]
        return cls(
            currency=data["currency"],
            moment=datetime.fromisoformat(data["moment"]),
            lines=tuple(PriceLine.from_json(line) for line in data["lines"]),
            customer=CustomerFacts.from_json(data["customer"]),
            codes=tuple(data["codes"]),
            shipping=ShippingOption.from_json(shipping) if shipping else None,
            destination=Destination(**data.get("destination", {})),
            tax_mode=data["tax_mode"],
            tax_basis_points=data["tax_basis_points"],
            shipping_tax_basis_points=data.get("shipping_tax_basis_points"),
            rounding_step=data["rounding_step"],
            claw_back=data.get("claw_back", False),
            facts=data["facts"],
        )
