"""Pages about orders: the list, one order, sending and refunding it."""
