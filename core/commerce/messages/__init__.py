"""Messages to people: written in the transaction that causes them, sent afterwards."""
