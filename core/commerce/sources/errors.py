"""Refusals of the sources room."""

from core.kernel.errors import PinpuError
from core.kernel.i18n import N_


class TargetRefused(PinpuError):
    """A source link leads to a path of its own shop and nowhere else."""

    code = "sources.target_refused"
    status = 422
    message = N_("A link leads to a page of this shop.")
    fix = N_("Write its address from the first slash on, like /products/spring-tea.")


class TooManyLinks(PinpuError):
    """A buyer made more share links than anybody needs."""

    code = "sources.too_many_links"
    status = 429
    message = N_("You have made very many links already.")
    fix = N_("Use one of those that you have shared before.")
