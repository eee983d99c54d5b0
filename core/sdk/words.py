"""Words in the reader's language: `_` translates now, `N_` marks for later; catalogues are locales/zh_Hans/*.po.

`format_money` writes an amount, `shown_moment` an instant in the shop's zone.
"""

from datetime import datetime

from core.kernel.i18n import N_ as N_
from core.kernel.i18n import _ as _
from core.kernel.i18n import current_language as current_language
from core.kernel.i18n import ngettext as ngettext
from core.kernel.i18n import sentences as sentences
from core.kernel.money import format_money as format_money
from core.rendering.console import formats


def shown_moment(value: datetime) -> str:
    """An instant in the shop's zone, in the reader's language: "Today 14:28", "Aug 6, 2025 14:28"."""
    return formats.moment(value)
