"""The mark for hook functions, the base of one-file plugins, and what hooks of several rooms answer."""

from core.hooks.manifest import Plugin as Plugin
from core.hooks.markers import hookimpl as hookimpl
from core.hooks.results import DrainItem as DrainItem
from core.hooks.results import DrainReport as DrainReport
from core.hooks.results import Problem as Problem
from core.hooks.results import PurgeItem as PurgeItem
from core.hooks.results import PurgePlan as PurgePlan
from core.hooks.results import Refusal as Refusal
