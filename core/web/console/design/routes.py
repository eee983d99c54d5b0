"""All routes of shop design, gathered on their blueprint."""

from core.web.console.design import history, pages, views
from core.web.console.design.blueprint import blueprint

__all__ = ["blueprint", "history", "pages", "views"]
