"""Reads of a shop's sharing settings."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from core.commerce.sharing.models import SharingSettings
from core.commerce.sources.queries import LinkView, link_of_code
from core.kernel.clock import now
from core.kernel.db import session
from core.kernel.errors import NotFound

# What can go wrong on a page inside WeChat: its script does not load, we have no signature, WeChat refuses signature or
# domain, the account may not do this, anything else.
PAGE_PROBLEMS = ("script", "unsigned", "signature", "domain", "permission", "other")


@dataclass(frozen=True, slots=True)
class SharingView:
    """A shop's settings; the secret is never part of it, only whether there is one.

    Args:
        prompts_per_week: prompts to one buyer in seven days; 0 asks nobody.
        prompts_per_day: prompts to all buyers in one day; None: no cap.
        wechat_app_id: the WeChat account's id; "" when none is configured.
        has_secret: whether its secret is known.
        ticket: signs pages for WeChat; "" when there is none that still holds.
        trouble: WeChat's last refusal, as it said it.
        page_problem: what WeChat's script last said on a page: "" for well, else one of PAGE_PROBLEMS.
        page_heard_at: when it last said something.
    """

    prompts_per_week: int = 2
    prompts_per_day: int | None = None
    wechat_app_id: str = ""
    has_secret: bool = False
    ticket: str = field(default="", repr=False)
    ticket_until: datetime | None = None
    trouble: str = ""
    page_problem: str = ""
    page_heard_at: datetime | None = None

    @property
    def has_wechat(self) -> bool:
        """Whether a whole account is configured."""
        return bool(self.wechat_app_id) and self.has_secret


def sharing_settings() -> SharingView:
    """The bound shop's settings, defaults where nothing was saved."""
    row = session().scalars(select(SharingSettings).execution_options(populate_existing=True)).first()
    if row is None:
        return SharingView()
    holds = bool(row.ticket) and row.ticket_until is not None and row.ticket_until > now()
    return SharingView(
        row.prompts_per_week,
        row.prompts_per_day,
        row.wechat_app_id,
        bool(row.wechat_secret),
        row.ticket if holds else "",
        row.ticket_until,
        row.trouble,
        row.page_problem,
        row.page_heard_at,
    )


def shared_link(code: str) -> LinkView:
    """The bound shop's link with this code, as an address names it. Raises NotFound."""
    found = link_of_code(code) if code.isascii() and code.isalnum() and len(code) <= 20 else None
    if found is None:
        raise NotFound
    return found
