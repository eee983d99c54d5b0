"""Figures of a period: on the first page those of today, on their own page those of any days."""
