"""What all tests share: one Chromium per module that asks, and random examples that no busy machine stops."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser

from tests.browser import running_chromium

settings.register_profile("pinpu", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("pinpu")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A real browser."""
    with running_chromium() as browser:
        yield browser
