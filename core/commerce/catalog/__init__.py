"""Products, variants, collections, their search and their import."""
