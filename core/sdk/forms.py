"""Fields for marshmallow schemas that are also forms: amounts, percents, times in the shop's zone, lengths of time.

A schema's `metadata` names label, help, unit, group, choices and widget; the console draws, reads and validates it.
"""

from core.rendering.console.fields import DurationField as DurationField
from core.rendering.console.fields import ImageField as ImageField
from core.rendering.console.fields import LocalDateTimeField as LocalDateTimeField
from core.rendering.console.fields import MoneyField as MoneyField
from core.rendering.console.fields import PercentField as PercentField
from core.rendering.console.fields import TagsField as TagsField
from core.rendering.console.forms import Form as Form
from core.rendering.console.widgets import Choice as Choice
