"""Segments: groups of customers by what they did, as saved queries with live counts."""
