"""Gunicorn's settings: its first process imports what every worker needs, and the workers share it.

While plugins are written they are left out: a worker that is forked anew then runs what was saved.
"""

import gc
from typing import Any

from core.app import import_parts, plugin_registry
from core.settings import Settings


def on_starting(server: Any) -> None:
    """Called by gunicorn in its first process, before it forks."""
    import_parts()
    settings = Settings.from_environment()
    if not settings.dev:
        plugin_registry(settings)
    # The collector writes into every object that it looks at, and a page that is written to is shared no more.
    gc.collect()
    gc.freeze()
