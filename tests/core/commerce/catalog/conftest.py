"""Every test of this room runs in a booted process, with all plugins installed and none switched on."""

import pytest


@pytest.fixture(autouse=True)
def booted(platform):
    return platform
