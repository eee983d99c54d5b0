"""Reviews in the console: reading, answering, approving and hiding them, and the rules for all that."""
