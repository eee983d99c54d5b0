"""How a shop does: visitors and what became of them, sales of a period beside another, what campaigns brought."""
