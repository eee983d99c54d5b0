"""What plugins bring to segments: conditions of their own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class AudienceCondition:
    """Something that a plugin knows of customers: "has a place in a group".

    `key` is the plugin's own name for it, `label` and the choices' labels are message ids. `customers(value)` answers a
    select of one column, the ids of the customers for whom the choice `value` holds, and says `shop_id =` itself; it
    becomes a part of one larger statement, so it reads nothing and changes nothing.
    """

    key: str
    label: str
    choices: Sequence[tuple[str, str]]
    customers: Callable[[str], Any]
