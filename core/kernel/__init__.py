"""Foundations without Flask and without shop nouns."""
