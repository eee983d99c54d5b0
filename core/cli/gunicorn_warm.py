"""Gunicorn's settings for writing plugins: its first process imports core and tenants, a new worker only the plugins."""

from typing import Any

from core.app import import_parts


def on_starting(server: Any) -> None:
    """Called by gunicorn in its first process, before it forks."""
    import_parts()
