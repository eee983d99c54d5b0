"""The one primitive for everything limited: pools and reservations."""
