"""What can go wrong while a basket is priced, quoted or refunded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.kernel.errors import PinpuError
from core.kernel.i18n import N_


class AdjustmentError(ValueError):
    """An adjustment that cannot be meant; `problems` maps each wrong field to what is wrong with it."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{field}: {problem}" for field, problem in problems.items()))
        self.problems = dict(problems)


class PriceInputError(ValueError):
    """Core put together a basket that cannot be priced; the message names the field."""


@dataclass(frozen=True, slots=True)
class AnswerProblem:
    """Why one answer of one plugin cannot be used."""

    plugin: str
    rule_id: str
    problem: str

    def __str__(self) -> str:
        return (
            f"{self.plugin} ({self.rule_id}): {self.problem}"
            if self.rule_id
            else f"{self.plugin}: {self.problem}"
        )


class PricingError(PinpuError):
    """Answers of plugins that cannot be priced; `problems` lists them all with their plugins."""

    code = "pricing.answer_refused"
    status = 500
    message = N_("The price could not be worked out because of: %(plugins)s.")

    def __init__(self, problems: Sequence[AnswerProblem]) -> None:
        super().__init__(plugins=", ".join(sorted({problem.plugin for problem in problems})))
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return f"{self.code}: " + "; ".join(map(str, self.problems))


class TotalTooLarge(PinpuError):
    """The basket is worth more than one order may be."""

    code = "pricing.total_too_large"
    status = 422
    message = N_("This is more than one order can hold.")
    fix = N_("Lower a quantity or split the order.")


class PriceUnavailable(PinpuError):
    """A plugin whose price the buyer was promised does not answer; `lines` are the keys of the lines concerned."""

    code = "pricing.price_unavailable"
    status = 503
    message = N_("The promised price of %(titles)s cannot be confirmed at the moment.")
    fix = N_("Nothing was charged. Please try again in a moment, or take these items out.")
    retry = True

    def __init__(self, lines: Sequence[str], **params: Any) -> None:
        super().__init__(**params)
        self.lines = tuple(lines)


class QuoteExpired(PinpuError):
    """The buyer took longer than the quote is good for."""

    code = "pricing.quote_expired"
    status = 409
    message = N_("This price was held for a limited time, which is over.")
    fix = N_("Look at the current price and confirm again.")


class QuoteForged(PinpuError):
    """The quote is not ours, was changed, or belongs to another checkout."""

    code = "pricing.quote_forged"
    status = 400
    message = N_("This price confirmation is not valid.")
    fix = N_("Go back to the checkout and confirm again.")


class RefundRefused(PinpuError):
    """More is asked back than there is to give; `line` is the key of the line, or "shipping"."""

    code = "pricing.refund_refused"
    status = 422
    message = N_("At most %(left)s can still be refunded of %(title)s.")


class RefundLineUnknown(PinpuError):
    """The refund names a line that the order does not have."""

    code = "pricing.refund_line_unknown"
    status = 404
    message = N_("This order has no such line.")


class RefundEmpty(PinpuError):
    """Nothing was chosen to refund."""

    code = "pricing.refund_empty"
    status = 422
    message = N_("Choose what to refund.")
