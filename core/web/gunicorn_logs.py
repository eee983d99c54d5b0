"""What gunicorn says about its processes, as lines like all others."""

import os
from typing import Any

from gunicorn.glogging import Logger

from core.kernel.logs import configure_logging


class RoutedLogger(Logger):  # type: ignore[misc]
    """Hands gunicorn's lines on instead of writing them itself."""

    def setup(self, cfg: Any) -> None:
        """Read the options; called again when they are read anew."""
        super().setup(cfg)
        for log in (self.error_log, self.access_log):
            log.handlers.clear()
            log.propagate = True
        configure_logging(os.environ.get("PINPU_LOG_FORMAT", "text"))
