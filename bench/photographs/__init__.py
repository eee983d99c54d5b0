"""Photographs of every page that needs no more than a log-in: three shops, two widths, two languages."""
