"""Installed themes: one folder each, without Python inside, and the catalogue that reads them."""
