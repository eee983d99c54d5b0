"""A program with a token, for tests of the API."""

from core.testing.fixtures import *  # noqa: F403
