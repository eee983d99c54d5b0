"""Every test of this room runs in a booted process."""

import pytest


@pytest.fixture(autouse=True)
def booted(platform):
    return platform
