"""A booted process as its parts see it: settings, the plugins that were found, and secrets derived for one purpose."""

import hashlib
import hmac
from dataclasses import dataclass

from core.hooks.dispatch import Dispatcher
from core.hooks.registry import HookRegistry
from core.settings import Settings


@dataclass(frozen=True, slots=True)
class Platform:
    """What `core.app.boot` put together; handed to web, worker and command line."""

    settings: Settings
    registry: HookRegistry
    dispatcher: Dispatcher

    def secret(self, purpose: str) -> bytes:
        """A secret for one purpose, made from the installation's own; the same in every process."""
        return hmac.new(self.settings.secret_key.encode(), purpose.encode(), hashlib.sha256).digest()
