"""Customers: the list, the page of each, segments, links and files."""
