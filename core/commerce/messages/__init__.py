"""Messages to people: written in the transaction that causes them and kept; nothing sends them yet."""
