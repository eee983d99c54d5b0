"""Shipments and hand-overs."""
