"""What the storefront of one process is made of; views find it through the running application."""

from dataclasses import dataclass

from flask import current_app
from itsdangerous import URLSafeSerializer

from core.platform import Platform
from core.rendering.blocks import BlockTypes
from core.web.page_cache import PageCache
from core.web.storefront.frame import Frames

EXTENSION = "pinpu.storefront"


@dataclass(frozen=True, slots=True)
class StorefrontParts:
    """Args: plugins are storefront blueprints by their name in addresses; notices signs messages that wait in a cookie."""

    platform: Platform
    blocks: BlockTypes
    frames: Frames
    cache: PageCache
    notices: URLSafeSerializer

    @property
    def demo(self) -> bool:
        """Whether demo helpers are shown: the mailbox page."""
        return self.platform.settings.demo


def parts() -> StorefrontParts:
    """The parts of the running storefront."""
    found = current_app.extensions[EXTENSION]
    assert isinstance(found, StorefrontParts)
    return found
