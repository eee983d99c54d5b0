"""Values of the merchandising room."""

from typing import Literal

# A stock that stays as it is: the editor did not touch its field, or the file has no column for it.
LEAVE: Literal["leave"] = "leave"
# What is wanted of a variant's stock: units on hand (held ones included), None for untracked, or to leave it.
StockWish = int | None | Literal["leave"]
