"""What every command does first: settings from the environment, and the clock they name."""

from dataclasses import replace
from pathlib import Path

from core.kernel import clock
from core.settings import Settings


def settings_from_environment(*, demo: bool = False) -> Settings:
    """Settings of this process; raises SettingsError on nonsense."""
    settings = Settings.from_environment()
    if settings.clock_file is not None:
        clock.install(clock.FileClock(Path(settings.clock_file)))
    return replace(settings, demo=True) if demo else settings
