"""Switching group-buy off in the middle: what is open is finished, nothing new begins, and core needs none of it."""

import pytest

from core.hooks_of import nothing
