"""Where a product comes from: what the merchant knows of it, and nothing where nothing is known; pure values."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

from core.commerce.catalog.rich_text import clean_html, plain_text

LONGEST_STORY = 20_000
# Longest of the short texts, in characters.
LONGEST = {"origin": 200, "producer": 120, "batch": 80, "shelf_life": 120, "storage": 200}


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Origin, producer, the producer's story (HTML), batch, day of harvest or production, shelf life, storage."""

    origin: str = ""
    producer: str = ""
    story: str = ""
    batch: str = ""
    made_on: date | None = None
    shelf_life: str = ""
    storage: str = ""

    @property
    def is_known(self) -> bool:
        """Whether anything is said at all."""
        return bool(self.as_json())

    def as_json(self) -> dict[str, Any]:
        """What is known, as it is stored."""
        found = {one.name: getattr(self, one.name) for one in fields(self)}
        return {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in found.items()
            if value
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Provenance":
        """The inverse of `as_json`."""
        made_on = stored.get("made_on")
        words = {one.name: str(stored.get(one.name, "")) for one in fields(cls) if one.name != "made_on"}
        return cls(made_on=date.fromisoformat(made_on) if made_on else None, **words)


def tidy_provenance(given: Provenance) -> Provenance:
    """As it is stored: one line each, the story cleaned; a story without words is none."""
    texts: dict[str, Any] = {name: " ".join(getattr(given, name).split()) for name in LONGEST}
    story = clean_html(given.story) if len(given.story) <= LONGEST_STORY else given.story
    return replace(given, story=story if plain_text(story) or "<img" in story else "", **texts)
