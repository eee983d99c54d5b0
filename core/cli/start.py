"""What every command does first: settings from the environment, the clock they name, and where log lines go."""

import os
from pathlib import Path

from core.kernel import clock
from core.kernel.logs import configure_logging
from core.settings import Settings


def settings_from_environment(*, demo: bool = False) -> Settings:
    """Settings of this process, which logs as they say from now on; raises SettingsError on nonsense."""
    settings = Settings.from_environment({**os.environ, "PINPU_DEMO": "1"} if demo else os.environ)
    configure_logging(settings.log_format)
    if settings.clock_file is not None:
        clock.install(clock.FileClock(Path(settings.clock_file)))
    return settings
