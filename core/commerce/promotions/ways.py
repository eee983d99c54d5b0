"""How goods can be bought in the price simulator besides alone: a plugin's marks on a line, with words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialWay:
    """One way to buy a variant: `mark` is what a line of the checkout would carry of the plugin, JSON-able.

    `key` names it within the plugin and the variant, so that an address can say it; `label` is in the reader's language.
    `plugin` is filled in by core.
    """

    variant_id: UUID
    key: str
    label: str
    mark: Mapping[str, Any]
    plugin: str = ""

    @property
    def name(self) -> str:
        """How the simulator's address names it."""
        return f"{self.plugin}:{self.key}"
