"""The rooms of commerce, lower to upper; each has the same shelves."""
