"""Words in the reader's language: `_` translates now, `N_` marks for later; catalogues are locales/zh_Hans/*.po."""

from core.kernel.i18n import N_ as N_
from core.kernel.i18n import _ as _
from core.kernel.i18n import current_language as current_language
from core.kernel.i18n import ngettext as ngettext
from core.kernel.money import format_money as format_money
